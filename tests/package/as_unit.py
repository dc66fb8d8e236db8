"""Starts a service of an installed root as systemd would by its unit, where there is no systemd:

    unshare --mount --propagation private python3 as_unit.py ROOT UNIT

in the place of this process. Of the sandbox it makes the user, the file system, /proc, /dev, the limits, the capabilities and the
system calls. A line of the unit that it neither follows nor knows to be without effect here is an error: nothing is passed over.
"""

import ctypes
import errno
import os
import pathlib
import resource
import shlex
import socket
import subprocess
import sys

import seccomp

import unit_file

# What systemd does with these has no part in how the process runs, or takes a systemd.
_NOT_HERE = {"Type", "ExecReload", "Restart", "RestartSec", "TimeoutStopSec", "RemoveIPC",
             # Needs the manager's user namespace; everything below it runs with the same numbers.
             "PrivateUsers",
             # Without capabilities, and with no system call to do it, nobody could anyway.
             "ProtectClock", "ProtectControlGroups", "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules",
             "ProtectKernelTunables", "RestrictRealtime"}
_NAMESPACES = [0x00000080, 0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000]
_PR_SET_NO_NEW_PRIVS, _PR_CAPBSET_DROP = 38, 24
_libc = ctypes.CDLL(None, use_errno=True)


class Unit:
    def __init__(self, root, path):
        self.root, self.values, self.used = pathlib.Path(root), unit_file.read(path), set(_NOT_HERE)

    def take(self, key):
        self.used.add(key)
        return self.values[key]

    def must_be(self, key, *values):
        value = self.take(key)
        assert value in values, f"{key}={value}: what is imitated is {values}"

    def assert_all_used(self):
        left = set(self.values) - self.used
        assert not left, f"as_unit.py does not know how to follow {sorted(left)}"


def run(*command):
    subprocess.run([str(part) for part in command], check=True)


def make_file_system(unit, root):
    """The root read-only, but for what the unit names; /tmp, /dev, /proc and homes of its own."""
    for key, value in {"ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes",
                       "ProtectProc": "invisible", "ProcSubset": "pid"}.items():
        unit.must_be(key, value)
    run("mount", "--bind", root, root)
    state = pathlib.Path("var/lib") / unit.take("StateDirectory")
    (root / state).mkdir(exist_ok=True)
    (root / state).chmod(int(unit.take("StateDirectoryMode"), 8))
    os.chown(root / state, *ids(unit, root))
    for path in [str(state), unit.take("ReadWritePaths").removeprefix("-").lstrip("/")]:
        run("mount", "--bind", root / path, root / path)
    run("mount", "-o", "remount,bind,ro", root)
    for path in ("tmp", "var/tmp"):
        run("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", root / path)
    for path in ("home", "root"):
        run("mount", "-t", "tmpfs", "-o", "mode=000,ro", "tmpfs", root / path)
    run("mount", "-t", "proc", "-o", "hidepid=invisible,subset=pid", "proc", root / "proc")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", root / "dev")
    for number, name in ((3, "null"), (5, "zero"), (7, "full"), (8, "random"), (9, "urandom")):
        run("mknod", "-m", "666", root / "dev" / name, "c", 1, number)


def ids(unit, root):
    """By the root's own files, not by this machine's."""
    user, group = unit.take("User"), unit.take("Group")
    with (root / "etc/passwd").open() as passwd, (root / "etc/group").open() as groups:
        [uid] = [int(line.split(":")[2]) for line in passwd if line.split(":")[0] == user]
        [gid] = [int(line.split(":")[2]) for line in groups if line.split(":")[0] == group]
    return uid, gid


def environment(unit, root):
    values = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LANG": "C.UTF-8", "USER": unit.take("User")}
    path = unit.take("EnvironmentFile")
    file = root / path.lstrip("-/")
    if path.startswith("-") and not file.exists():
        return values
    lines = [line for line in file.read_text().splitlines() if line.strip() and line[0] not in "#;"]
    return {**values, **dict(line.split("=", 1) for line in lines)}


def drop_rights(unit, uid, gid):
    for key in ("CapabilityBoundingSet", "AmbientCapabilities"):
        unit.must_be(key, "")
    unit.must_be("NoNewPrivileges", "yes")
    capability = 0
    while _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:  # up to the first number that this kernel has no more
        capability += 1
    assert ctypes.get_errno() == errno.EINVAL, f"capability {capability} could not be dropped: {os.strerror(ctypes.get_errno())}"
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    assert _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0


def calls_of(group):
    """The names in one of systemd's groups of system calls, and in the groups in it."""
    told = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", group], capture_output=True, text=True, check=True).stdout
    found = set()
    for word in (line.strip() for line in told.splitlines()[1:]):
        if word.startswith("@"):
            found |= calls_of(word)
        elif word and not word.startswith("#"):
            found.add(word)
    return found


def allowed_calls(unit):
    """`SystemCallFilter=` in its lines' order: the first says that it is a list of what is allowed."""
    allowed = set()
    for line in unit.take("SystemCallFilter"):
        words = set().union(*(calls_of(word) if word.startswith("@") else {word} for word in line.lstrip("~").split()))
        allowed = allowed - words if line.startswith("~") else allowed | words
    return allowed | calls_of("@default")  # systemd's own promise: a process can always be started and ended


def call_filters(unit):
    """The strictest last: under it no further one could be made."""
    for key in ("MemoryDenyWriteExecute", "RestrictNamespaces", "LockPersonality", "RestrictSUIDSGID"):
        unit.must_be(key, "yes")
    unit.must_be("SystemCallArchitectures", "native")  # libseccomp's own default for any other is to kill
    unit.must_be("SystemCallErrorNumber", "EPERM")
    refused, masked = seccomp.ERRNO(errno.EPERM), seccomp.MASKED_EQ
    single = seccomp.SyscallFilter(seccomp.ALLOW)
    single.add_rule(refused, "mmap", seccomp.Arg(2, masked, 6, 6))  # PROT_WRITE | PROT_EXEC
    single.add_rule(refused, "mprotect", seccomp.Arg(2, masked, 4, 4))
    single.add_rule(refused, "pkey_mprotect", seccomp.Arg(2, masked, 4, 4))
    single.add_rule(refused, "shmat", seccomp.Arg(2, masked, 0o100000, 0o100000))
    for flag in _NAMESPACES:
        single.add_rule(refused, "clone", seccomp.Arg(0, masked, flag, flag))
        single.add_rule(refused, "unshare", seccomp.Arg(0, masked, flag, flag))
    single.add_rule(refused, "setns")
    single.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")  # its flags are in memory, out of a filter's sight
    single.add_rule(refused, "personality", seccomp.Arg(0, seccomp.NE, 0))
    for name, argument in (("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("mkdir", 1), ("mkdirat", 2)):
        for bit in (0o4000, 0o2000):
            single.add_rule(refused, name, seccomp.Arg(argument, masked, bit, bit))
    families = {int(getattr(socket, name)) for name in unit.take("RestrictAddressFamilies").split()}
    for family in set(range(50)) - families:
        single.add_rule(seccomp.ERRNO(errno.EAFNOSUPPORT), "socket", seccomp.Arg(0, seccomp.EQ, family))
    allowed = seccomp.SyscallFilter(refused)
    for name in sorted(allowed_calls(unit)):
        try:
            allowed.add_rule(seccomp.ALLOW, name)
        except RuntimeError:  # a call of other processors
            pass
    return single, allowed


def main():
    root, path = pathlib.Path(sys.argv[1]), sys.argv[2]
    unit = Unit(root, path)
    uid, gid = ids(unit, root)
    variables, filters = environment(unit, root), call_filters(unit)
    command = shlex.split(unit.take("ExecStart"))
    make_file_system(unit, root)
    os.chroot(root)
    os.chdir("/")
    for key, limit in (("LimitCORE", resource.RLIMIT_CORE), ("LimitNOFILE", resource.RLIMIT_NOFILE)):
        number = min(int(unit.take(key)), resource.getrlimit(limit)[1])  # a container's root may not raise its own
        resource.setrlimit(limit, (number, number))
    os.umask(int(unit.take("UMask"), 8))
    drop_rights(unit, uid, gid)
    unit.assert_all_used()
    for each in filters:
        each.load()
    os.execve(command[0], command, variables)


main()
