"""The files that sluice would see in a container, in a folder of ours, and the program run on them.

Absolute paths in the files are rewritten to lie below that folder, so that a path which nobody mounts is missing here, too. Of the
environment it gets what the container has, and nothing else.
"""

import os
import re
import shutil

from harness import paths, ports, processes, waits

# Where a path begins that a container would look up: not in the middle of another one.
_ABSOLUTE = re.compile(r"(?<![\w./-])/(?=(?:etc|run|usr|var)/)")


class Container:
    def __init__(self, folder, environment):
        self.folder = folder
        # The package's files, and what the image makes.
        plugins = self.at("/usr/lib/sluice/plugins")
        plugins.parent.mkdir(parents=True)
        plugins.symlink_to(paths.PLUGINS)
        self.at("/var/lib/sluice").mkdir(parents=True)
        self.environment = {"PATH": os.environ["PATH"], **environment}
        self.port = ports.free()

    def at(self, path):
        return self.folder / path.lstrip("/")

    def inside(self, text):
        return _ABSOLUTE.sub(f"{self.folder}/", text)

    def mount(self, source, target):
        """A file or a folder, as a bind mount."""
        if source.is_dir():
            for file in source.iterdir():
                self.mount(file, f"{target}/{file.name}")
            return
        self.at(target).parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".yaml":
            self.at(target).write_text(self._with_our_port(source.read_text()))
        else:
            shutil.copy(source, self.at(target))

    def project(self, files, target, mode=0o644):
        """{name: text} as the kubelet mounts a ConfigMap or a Secret: links to a folder that is swapped as a whole. Once more: new
        content."""
        folder = self.at(target)
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.glob("..2*")))
        version = folder / f"..2026_{number}"
        version.mkdir()
        for name, text in files.items():
            (version / name).write_text(self._with_our_port(text))
            (version / name).chmod(mode)
            if not (folder / name).is_symlink():
                (folder / name).symlink_to(f"..data/{name}")
        (folder / "..data_tmp").symlink_to(version.name)
        os.replace(folder / "..data_tmp", folder / "..data")

    def _with_our_port(self, text):
        return re.sub(r"^(\s+listen: 0\.0\.0\.0):\d+$", rf"\1:{self.port}", self.inside(text), flags=re.M)

    def validate(self, host_file):
        return self.run("validate", "-c", self.at(host_file))

    def run(self, *arguments, **environment):
        variables = [f"{name}={value}" for name, value in {**self.environment, **environment}.items()]
        return processes.run(["env", "-i", *variables, paths.needed(paths.SLUICE, "build it: cmake --build --preset dev"), *arguments], seconds=30)

    def start(self, host_file):
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        self.process = processes.Process("sluice", ["env", "-i", *variables, paths.SLUICE, "run", "-c", self.at(host_file)],
                                         self.folder / "sluice.log")

    def until_it_answers(self, ask):
        def answers():
            if not self.process.alive():
                raise RuntimeError(f"sluice ended while starting\n{self.process.tail()}")
            try:
                return ask("/health").status == 200
            except OSError:
                return False
        waits.until("sluice answers", answers, 30)

    def stop(self):
        assert self.process.stop(25) == 0, self.process.tail()
