"""The files of REST's logins."""

from harness import processes


def private(path, text, mode=0o600):
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def hashed(password):
    """As mkpasswd -m yescrypt prints it."""
    done = processes.run(["perl", "-e", "print crypt($ARGV[0], $ARGV[1])", password, "$y$j9T$7E/mKl3bXYvdm6ZUU0/hl/$"], seconds=10)
    assert done.stdout.startswith("$y$"), done
    return done.stdout
