#include "cli/completion.h"

namespace sluice {
namespace {

// bash cuts words at = and : as well, and replaces only what comes after the cut.
constexpr const char* kBash = R"script(# bash completion for sluice, as `sluice completion bash` prints it. The program itself says what can come next.
_sluice() {
  local line=${COMP_LINE:0:COMP_POINT} lead="" word spaced i
  local -a words=() lines=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    spaced=no
    while [[ $line == [[:space:]]* ]]; do spaced=yes line=${line:1}; done
    word=${COMP_WORDS[i]}
    if ((i == COMP_CWORD)); then word=$line; else line=${line#"$word"}; fi
    if ((i == 0)) || [[ $spaced == yes ]]; then
      words+=("$word") lead=""
    else
      lead=${words[${#words[@]} - 1]}
      words[${#words[@]} - 1]+=$word
      if [[ $word =~ ^[=:]+$ ]]; then lead+=$word; fi
    fi
  done
  COMPREPLY=()
  mapfile -t lines < <("$1" __complete "${words[@]:1}" 2>/dev/null)
  if [[ ${lines[0]} == files ]]; then
    compopt -o default 2>/dev/null
    return
  fi
  for word in "${lines[@]:1}"; do
    word=${word%%$'\t'*}
    printf -v word %q "${word#"$lead"}"
    COMPREPLY+=("$word")
  done
}
complete -F _sluice sluice
)script";

constexpr const char* kZsh = R"script(#compdef sluice
# zsh completion for sluice, as `sluice completion zsh` prints it. The program itself says what can come next.
_sluice() {
  local -a lines found
  local line
  lines=("${(@f)$("${(Q)words[1]}" __complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  if [[ $lines[1] == files ]]; then
    [[ $PREFIX != -*=* ]] || compset -P 1 '*='
    _files
    return
  fi
  for line in "${(@)lines[2,-1]}"; do
    if [[ $line == *$'\t'* ]]; then
      found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    else
      found+=("${line//:/\\:}")
    fi
  done
  (( ! $#found )) || _describe sluice found
}
if [[ $funcstack[1] == _sluice ]]; then _sluice "$@"; else compdef _sluice sluice; fi
)script";

constexpr const char* kFish = R"script(# fish completion for sluice, as `sluice completion fish` prints it. The program itself says what can come next.
function __sluice_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($words[1] __complete $words[2..] "$current" 2>/dev/null)
    if test "$lines[1]" = files
        set -l lead (string match -r -- '^-[^=]*=' "$current")
        for path in (__fish_complete_path (string replace -- "$lead" '' "$current"))
            echo "$lead$path"
        end
    else if test (count $lines) -gt 1
        printf '%s\n' $lines[2..]
    end
end
complete -c sluice -f -a '(__sluice_complete)'
)script";

}  // namespace

const char* completion_script(const std::string& shell) { return shell == "bash" ? kBash : shell == "zsh" ? kZsh : kFish; }

}  // namespace sluice
