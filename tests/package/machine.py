"""A clean Debian 12 of its own, in which packages are really installed and removed, without a network."""

import os
import pathlib
import re
import stat

from harness import paths, processes

_CLEAN = paths.CACHE / "package" / "root.tar"
# What apt, dpkg and who makes users write about themselves.
_RECORDS = re.compile(r"(var/lib/(dpkg|apt)|var/cache/(apt|debconf|ldconfig)|var/log|run|tmp|root)(/|$)|etc/(ld\.so\.cache|g?shadow-)$")
# Nothing of the tests' own environment; a power failure would lose nothing that anybody wants.
_ENVIRONMENT = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LANG=C.UTF-8"]
# A proxy that nobody is: what is not in apt's cache is an error at once.
_APT = ["apt-get", "-qq", "-o", "DPkg::Options::=--force-unsafe-io", "-o", "Acquire::http::Proxy=http://127.0.0.1:9/",
        "--no-install-recommends", "-y"]


class Machine:
    def __init__(self, folder):
        assert os.geteuid() == 0, "a chroot takes root: run the tests of the packages as root"
        self.root = pathlib.Path(folder) / "debian"
        self.root.mkdir()
        processes.run(["tar", "-C", self.root, "-xf", paths.needed(_CLEAN, "./deploy/setup.sh --tests brings it")], check=True)

    def path(self, inside):
        return self.root / str(inside).lstrip("/")

    def run(self, *command, check=True, seconds=120):
        return processes.run(["chroot", self.root, *_ENVIRONMENT, *command], seconds=seconds, check=check)

    # -- packages

    def take(self, packages):
        """Copies .deb files to where the machine can install them from: their paths there."""
        for package in packages:
            processes.run(["cp", package, self.path("/root/")], check=True)
        return [f"/root/{package.name}" for package in packages]

    def install_dependencies(self, packages):
        """What apt says that these packages want, without them."""
        told = self.run(*_APT, "--simulate", "install", *packages).stdout
        wanted = [line.split()[1] for line in told.splitlines() if line.startswith("Inst ")]
        self.run(*_APT, "install", *(name for name in wanted if not name.startswith("sluice")))

    def install(self, *packages):
        return self.run(*_APT, "--reinstall", "install", *packages)

    def remove(self, *names):
        return self.run(*_APT, "remove", *names)

    def purge(self, *names):
        """Not by apt, which no longer knows a package that is gone already."""
        return self.run("dpkg", "--purge", *names)

    # -- what is there

    def files(self):
        """The path of each file and folder, without the records of apt and dpkg."""
        found = set()
        for folder, folders, files in os.walk(self.root):
            inside = pathlib.Path(folder).relative_to(self.root)
            folders[:] = [name for name in folders if not _RECORDS.match(str(inside / name))]
            found |= {str(inside / name) for name in folders + files if not _RECORDS.match(str(inside / name))}
        return {f"/{path}" for path in found}

    def rights(self, inside):
        """As `-rw-r----- root sluice`."""
        found = self.path(inside).lstat()
        return f"{stat.filemode(found.st_mode)} {self._name('passwd', found.st_uid)} {self._name('group', found.st_gid)}"

    def _name(self, file, number):
        rows = (line.split(":") for line in self.path(f"/etc/{file}").read_text().splitlines())
        return next(row[0] for row in rows if int(row[2]) == number)
