#include "config/references.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "config/properties_file.h"
#include "config/scalars.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;
constexpr size_t kSecretBytesMax = size_t{1} << 20;

struct Reference {
  size_t begin, end;         // in the text, `${` to behind `}`
  std::string_view provider;
  std::string_view rest;     // behind the first colon
};

// The next `${provider:rest}` at or after `from`. Connect's pattern, too, ends at the first closing brace.
std::optional<Reference> next_reference(std::string_view text, size_t from) {
  for (size_t begin = text.find("${", from); begin != text.npos; begin = text.find("${", begin + 2)) {
    const size_t end = text.find('}', begin);
    if (end == text.npos) return {};
    const std::string_view inside = text.substr(begin + 2, end - begin - 2);
    if (const size_t colon = inside.find(':'); colon != inside.npos)
      return Reference{begin, end + 1, inside.substr(0, colon), inside.substr(colon + 1)};
  }
  return {};
}

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && name.size() <= 256 && letter(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto [left, right] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  static_cast<void>(right);
  return left == folder.end() && path != folder;
}

struct OpenFile {
  int descriptor;
  ~OpenFile() {
    if (descriptor >= 0) close(descriptor);
  }
};

References::Failure cannot_read(const std::string& reference, int error) {
  return {fmt::format("{}: the file cannot be read: {}", reference, std::strerror(error))};
}

}  // namespace

bool holds_reference(std::string_view text) { return next_reference(text, 0).has_value(); }

References::References(const std::string& env_allow, std::vector<fs::path> secret_paths)
    : env_allow_text_(env_allow), env_allow_(env_allow) {
  // Resolved once; a secrets folder that is not there (yet) allows nothing.
  for (const fs::path& path : secret_paths) {
    std::error_code error;
    if (fs::path real = fs::canonical(path, error); !error) secret_paths_.push_back(std::move(real));
  }
}

References References::of_host_file() {
  References references(".*", {});
  references.host_file_ = true;
  return references;
}

References::Resolved References::resolve(std::string_view text) const {
  std::string out;
  size_t from = 0;
  while (const auto reference = next_reference(text, from)) {
    out += text.substr(from, reference->begin - from);
    Resolved value = one(reference->provider, reference->rest);
    if (std::holds_alternative<Failure>(value)) return value;
    out += std::get<std::string>(value);
    from = reference->end;
  }
  const std::string_view tail = text.substr(from);
  for (const char* opening : {"${env:", "${file:", "${dir:"})
    if (tail.find(opening) != tail.npos) return Failure{fmt::format("a {}...}} reference is not closed with a brace", opening)};
  return out += tail;
}

References::Resolved References::one(std::string_view provider, std::string_view rest) const {
  const std::string reference = fmt::format("${{{}:{}}}", shown(provider), shown(rest));
  if (provider == "env") return env(rest);
  if (host_file_) return Failure{fmt::format("{}: the host file takes only ${{env:NAME}}", reference)};
  const size_t colon = rest.find(':');
  if (provider == "file") {
    if (colon == rest.npos || colon == 0 || colon + 1 == rest.size())
      return Failure{fmt::format("{}: write ${{file:PATH:KEY}}, with the path of a properties file and a key in it", reference)};
    Resolved content = secret_file(fs::path(rest.substr(0, colon)), reference);
    if (std::holds_alternative<Failure>(content)) return content;
    const auto properties = parse_properties(std::get<std::string>(content));
    const auto found = properties.find(std::string(rest.substr(colon + 1)));
    if (found == properties.end()) return Failure{fmt::format("{}: the file has no such key", reference)};
    return found->second;
  }
  if (provider == "dir") {
    const std::string_view name = colon == rest.npos ? "" : rest.substr(colon + 1);
    if (colon == 0 || name.empty() || name.find('/') != name.npos || name == "." || name == "..")
      return Failure{fmt::format("{}: write ${{dir:PATH:FILE}}, with a folder and the name of a file in it", reference)};
    Resolved content = secret_file(fs::path(rest.substr(0, colon)) / name, reference);
    // Editors and `echo` end a file with a newline, which no password has.
    if (auto* text = std::get_if<std::string>(&content); text && text->ends_with('\n')) {
      text->pop_back();
      if (text->ends_with('\r')) text->pop_back();
    }
    return content;
  }
  return Failure{fmt::format("{}: there is no provider \"{}\"; use env, file or dir", reference, shown(provider))};
}

References::Resolved References::env(std::string_view name) const {
  if (!is_variable_name(name))
    return Failure{fmt::format("${{env:{}}}: this is not the name of an environment variable; write ${{env:NAME}}, there are no "
                               "default values", shown(name))};
  const std::string text(name);
  if (!std::regex_match(text, env_allow_))
    return Failure{fmt::format("${{env:{}}}: secrets.env.allow of the host file admits only variables that match {}; rename the "
                               "variable, or put the value into a file below secrets.paths and write ${{dir:PATH:FILE}} or "
                               "${{file:PATH:KEY}}", text, env_allow_text_)};
  const char* value = std::getenv(text.c_str());
  if (!value)
    return Failure{fmt::format("${{env:{0}}}: the environment variable {0} is not set; set it before sluice starts", text)};
  return std::string(value);
}

// The real path is compared before anything is opened, and that of the open descriptor once more, so that neither a link in
// the path nor one swapped in between leads outside. The answer for a path outside does not tell whether it exists.
References::Resolved References::secret_file(const fs::path& path, const std::string& reference) const {
  const auto allowed = [&](const fs::path& real) {
    return std::ranges::any_of(secret_paths_, [&](const fs::path& folder) { return is_below(real, folder); });
  };
  const Failure outside{fmt::format("{}: the path is not below one of secrets.paths of the host file; move the secret there, or add "
                                    "its folder to secrets.paths", reference)};
  if (!path.is_absolute()) return Failure{fmt::format("{}: the path has to be absolute", reference)};
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error) return allowed(path.lexically_normal()) ? cannot_read(reference, error.value()) : outside;
  if (!allowed(real)) return outside;

  OpenFile file{open(real.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (file.descriptor < 0) return cannot_read(reference, errno);
  const fs::path opened = fs::read_symlink(fmt::format("/proc/self/fd/{}", file.descriptor), error);
  if (error || !allowed(opened)) return outside;
  struct stat info {};
  if (fstat(file.descriptor, &info) != 0) return cannot_read(reference, errno);
  if (!S_ISREG(info.st_mode)) return Failure{fmt::format("{}: this is not a regular file", reference)};

  std::string content;
  char buffer[4096];
  for (;;) {
    const ssize_t got = read(file.descriptor, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(reference, errno);
    if (got == 0) return content;
    content.append(buffer, static_cast<size_t>(got));
    if (content.size() > kSecretBytesMax) return Failure{fmt::format("{}: the file is larger than 1 MiB", reference)};
  }
}

}  // namespace sluice
