"""The tools of fetch.sh, and where the files are that they judge."""

from harness import paths, processes

TOOLS = paths.CACHE / "deploy"
DOCKER, KUBERNETES = paths.DEPLOY / "docker", paths.DEPLOY / "kubernetes"


def run_tool(name, *arguments):
    program = paths.needed(TOOLS / name, "./tests/deploy/fetch.sh brings it")
    return processes.run([program, *arguments], seconds=60)


def understood(*arguments):
    """What go/main.go says."""
    done = run_tool("checks", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout
