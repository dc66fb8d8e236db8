"""Writes sluice.1.gz: man_page.py PROGRAM TEMPLATE PAGE. The sections about options are what the program's own --help says of each
command; the template has the rest, with a line @COMMANDS@ where they go."""

import gzip
import pathlib
import re
import subprocess
import sys


def roff(text):
    """Text as troff has to read it: nothing in it is an order."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace('"', "\\(dq")
    return "\\&" + text if text.startswith(".") else text


class Help:
    """`PROGRAM COMMAND... --help`, in its parts: what the command does, {title: [(name, what)]}, and
    the notes that follow."""

    def __init__(self, program, command):
        told = subprocess.run([program, *command, "--help"], capture_output=True, text=True, check=True).stdout
        self.command, self.about, self.sections, self.notes = command, "", {}, []
        entries = None
        for line in told.splitlines():
            if line.startswith("Usage: "):
                self.usage = line.removeprefix("Usage: ").split()[1 + len(command):]
            elif re.fullmatch(r"[A-Z][A-Za-z ]*:", line):
                entries = self.sections.setdefault(line[:-1], [])
            elif entries is None:
                self.about = (self.about + " " + line).strip()
            elif re.match(r" {2}\S", line):
                name, _, what = line.strip().partition("  ")
                entries.append((name, what.strip()))
            elif line and not line[0].isspace():  # below the options, such as exit codes
                self.notes.append(line)
            elif line.strip():  # a long name has its text on lines of its own
                name, what = entries[-1]
                entries[-1] = (name, f"{what} {line.strip()}".strip())

    def subcommands(self):
        return [name for name, _ in self.sections.get("Subcommands", [])]

    def page(self):
        lines = [f".SS \\fBsluice {roff(' '.join(self.command))}\\fR {roff(' '.join(self.usage))}", roff(self.about) + "."]
        for title in ("Positionals", "Options"):
            for name, what in self.sections.get(title, []):
                if name.startswith("-h,"):
                    continue
                lines += [".TP", f"\\fB{roff(name.replace(' REQUIRED', ''))}\\fR", roff(what)]
        for note in self.notes:
            lines += [".PP", roff(note)]
        return lines


def commands(program, command=()):
    """Each command that does something, in the program's order."""
    of_this = Help(program, list(command))
    if not of_this.subcommands():
        return [of_this]
    return [found for name in of_this.subcommands() for found in commands(program, [*command, name])]


def main():
    program, template, page = sys.argv[1:]
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    sections = [line for command in commands(program) for line in command.page()]
    text = pathlib.Path(template).read_text(encoding="utf-8").replace("@VERSION@", version)
    assert text.count("\n@COMMANDS@\n") == 1, f"{template} should have one line @COMMANDS@"
    text = text.replace("@COMMANDS@", "\n".join(sections))
    pathlib.Path(page).write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))


main()
