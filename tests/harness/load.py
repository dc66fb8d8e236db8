"""sluice-events, the generator of change events that the quick start shows too."""

import json
import signal

from harness import paths, processes

RECORDING = paths.DATA / "orders" / "precise.jsonl"


def _command(bootstrap, topic, file=RECORDING, **options):
    command = [paths.needed(paths.EVENTS, "build it: cmake --build --preset dev"), "--bootstrap", bootstrap, "--topic", topic,
               "--file", paths.needed(file, "tests/data belongs to the repository: git checkout it")]
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        command += [option] if value is True else [option, value]
    return command


def write(bootstrap, topic, seconds=120, **options):
    """Runs it to its end, and gives its counts."""
    done = processes.run(_command(bootstrap, topic, **options), seconds=seconds, check=True)
    return json.loads(done.stdout.splitlines()[-1])


class Load:
    """Runs it beside the test, until stop()."""

    def __init__(self, folder, bootstrap, topic, **options):
        self.process = processes.Process("sluice-events", _command(bootstrap, topic, **options), folder / "events.log")

    def stop(self):
        """Its counts. Events that it says were written are in the topic."""
        code = self.process.stop(30)
        if code == -signal.SIGTERM:  # it was stopped before it listened for that, and had sent nothing
            return {"events": 0, "delivered": 0}
        assert code == 0, f"sluice-events ended with {code}\n{self.process.tail()}"
        return json.loads(self.process.text().splitlines()[-1])
