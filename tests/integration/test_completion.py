"""`sluice completion bash|zsh|fish`, asked by the real shells."""

import shlex
import shutil

import pytest

from harness import paths, processes
from harness.terminal import Terminal

COMMANDS = ["run", "validate", "plugins", "plan", "dlq", "status", "connectors", "version", "completion"]
DARK = "http://127.0.0.1:1"  # where no host is

# (line up to the cursor, what is offered, in any order); ... = these are among it
LINES = [
    ("sluice sta", ["status"]),
    ("sluice connectors re", ["resume", "restart"]),
    ("sluice connectors offsets x --to e", ["earliest"]),
    ("sluice connectors offsets x --to ", ["earliest", "latest"]),
    ("sluice completion ", ["bash", "fish", "zsh"]),
    ("sluice dlq replay orders.yaml --dr", ["--dry-run"]),
    ("sluice status --json --js", []),                  # it is there already
    ("sluice dlq show orders.yaml ", []),               # a place in a topic: nothing to offer
    (f"sluice connectors pause --url {DARK} ", []),     # no host answers
    ("sluice nonsense ", [..., "run", "status"]),
    ("sluice ", [..., *COMMANDS]),
    ("sluice plan --", [..., "--config", "--records", "--file", "--json"]),
]
# The value after an = belongs to the option's word for zsh and fish; bash has cut the word there.
EQUALS = "sluice connectors offsets x --to=l"

BASH = r"""
source <(sluice completion bash)
COMP_LINE=$1 COMP_POINT=${#1}
shift
COMP_WORDS=("$@")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_sluice sluice "${COMP_WORDS[COMP_CWORD]}" ""
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def env(folder):
    """Where `sluice` is what is tested, and the shells find no settings of whoever runs the tests."""
    return {"PATH": f"{paths.SLUICE.parent}:/usr/bin:/bin", "HOME": str(folder), "TERM": "xterm", "LC_ALL": "C.UTF-8"}


def needed(shell):
    assert shutil.which(shell), f"{shell} is not there: ./deploy/setup.sh --tests installs it"
    return shell


def in_bash(env, line, words=None):
    """What the function leaves in COMPREPLY. `words`: as bash cuts the line, where that is not at spaces alone."""
    done = processes.run(["bash", "--norc", "-c", BASH, "bash", line, *(words or line.split(" "))], env=env, seconds=20 * paths.SLOWNESS)
    assert done.returncode == 0 and done.stderr == "", done
    return done.stdout.splitlines()


def in_fish(env, line, cwd=None):
    script = f"sluice completion fish | source; complete -C {shlex.quote(line)}"
    done = processes.run([needed("fish"), "--no-config", "-c", script], env=env, cwd=cwd, seconds=20 * paths.SLOWNESS)
    assert done.returncode == 0 and done.stderr == "", done
    return [offered.partition("\t")[0] for offered in done.stdout.splitlines()]


def check(offered, wanted):
    if wanted[:1] == [...]:
        assert set(wanted[1:]) <= set(offered), offered
    else:
        assert sorted(offered) == sorted(wanted)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_that_its_shell_takes(env, shell):
    script = processes.run([paths.SLUICE, "completion", shell], check=True).stdout
    done = processes.run([needed(shell), "-n"], text=script, env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert script.startswith(("# bash completion", "#compdef sluice", "# fish completion"))


@pytest.mark.parametrize("line, wanted", LINES, ids=[line for line, _ in LINES])
def test_bash_completes_a_half_typed_line(env, line, wanted):
    # Of a colon bash makes a word of its own.
    words = [part for word in line.split(" ") for part in (word.replace(":", " : ").split(" ") if ":" in word else [word])]
    check(in_bash(env, line, words), wanted)


@pytest.mark.parametrize("line, wanted", LINES, ids=[line for line, _ in LINES])
def test_fish_completes_a_half_typed_line(env, line, wanted):
    check(in_fish(env, line), wanted)


def test_a_value_after_an_equals_sign_is_completed(env):
    assert in_bash(env, EQUALS, [*EQUALS.removesuffix("=l").split(" "), "=", "l"]) == ["latest"]
    assert sorted(in_bash(env, EQUALS[:-1], [*EQUALS.removesuffix("=l").split(" "), "="])) == ["earliest", "latest"]
    assert in_fish(env, EQUALS) == ["--to=latest"]


# -- on a terminal, with the Tab key


@pytest.fixture
def shell(env, folder):
    """shell("bash"): one with the script, in a folder with files, ready for what is typed."""
    (folder / "orders.yaml").write_text("")
    (folder / "my orders.yaml").write_text("")
    opened = []
    starts = {"bash": (["bash", "--norc", "-i"], "PS1='> '; bind 'set bell-style none'; source <(sluice completion bash)"),
              "zsh": (["zsh", "-f", "-i"], "PS1='> '; autoload -U compinit; compinit -u -D; source <(sluice completion zsh)")}

    def start(name):
        command, first = starts[name]
        terminal = Terminal([needed(command[0]), *command[1:]], env=env, cwd=folder)
        opened.append(terminal)
        terminal.type(first + "; echo rea''dy\n")
        terminal.await_text("ready", 20 * paths.SLOWNESS)
        return terminal
    yield start
    for terminal in opened:
        terminal.close()


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_the_tab_key_completes_commands_values_and_files(shell, name):
    terminal = shell(name)
    for typed, whole in [("sluice sta\t", "status "), ("sluice connectors offsets x --to=l\t", "--to=latest "), ("sluice plan or\t", "orders.yaml "),
                         ("sluice plan --file my\t", "my\\ orders.yaml "), ("sluice plan --config=or\t", "--config=orders.yaml ")]:
        terminal.type(typed)
        terminal.await_text(whole, 10 * paths.SLOWNESS)
        terminal.type("\x15")  # away with the line


def test_fish_completes_files(env, folder):
    (folder / "orders.yaml").write_text("")
    assert in_fish(env, "sluice plan or", cwd=folder) == ["orders.yaml"]
    assert in_fish(env, "sluice plan --config=or", cwd=folder) == ["--config=orders.yaml"]


# -- names of connectors


def test_names_of_connectors_come_from_the_host_that_runs(env, mock, hosts, folder):
    host = hosts(mock.bootstrap)
    for name in ("orders", "orders-too", "users"):
        host.connector(name, {"connector.class": "FileStreamSink", "topics": "dbserver1.public.orders", "file": str(folder / name)})
    host.start()
    at = {**env, "SLUICE_URL": f"http://127.0.0.1:{host.port}"}
    assert sorted(in_bash(at, "sluice connectors pause ")) == ["orders", "orders-too", "users"]
    assert sorted(in_bash(at, "sluice connectors offsets --to latest or")) == ["orders", "orders-too"]
    assert in_fish(at, "sluice connectors delete u") == ["users"]
    # What is on the line goes before the variable.
    assert in_fish(at, f"sluice connectors delete --url {DARK} u") == []
    assert in_fish(env, f"sluice connectors delete --url=http://127.0.0.1:{host.port} u") == ["users"]
