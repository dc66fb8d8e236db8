"""The installed service, started as its unit says, without a systemd."""

import os
import pathlib
import signal
import sys

import unit_file
from harness import processes, waits
from harness.rest import Rest

UNIT = "/usr/lib/systemd/system/sluice.service"
_AS_UNIT = pathlib.Path(__file__).with_name("as_unit.py")


class Service:
    def __init__(self, machine, port, log):
        self.machine, self.log, self.rest, self.process = machine, log, Rest(port), None
        self.unit = unit_file.read(machine.path(UNIT))

    def start(self):
        command = ["unshare", "--mount", "--propagation", "private", sys.executable, _AS_UNIT, self.machine.root, self.machine.path(UNIT)]
        self.process = processes.Process("the service", command, self.log)

        def up():
            if not self.process.alive():
                raise RuntimeError(f"the service ended while starting\n{self.process.tail()}")
            return self.rest.answers()
        waits.until("REST answers", up, 20)

    def reload(self):
        """What ExecReload= does."""
        assert "kill -HUP $MAINPID" in self.unit["ExecReload"]
        os.kill(self.process.pid, signal.SIGHUP)

    def stop(self):
        assert self.process.stop(int(self.unit["TimeoutStopSec"])) == 0, self.process.tail()

    def status(self):
        """What the kernel says of the process: {name: text}."""
        lines = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
