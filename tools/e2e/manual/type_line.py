#!/usr/bin/env python3
"""Types a line, the tab key and NEXT into an interactive shell, and prints the words that the line has then.

usage: type_line.py bash|zsh LINE     `waybill` must be in PATH
"""
import os
import pty
import re
import select
import sys

PROMPT = "ready$ "
SECONDS = 120  # for each answer; a loaded machine may be slow
SETUP = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}
# Printed with the number of the answer, so that the echo of what was typed is not taken for it.
SAY = "said() { printf '<%s> ' \"$@\" | sed -e 's/ $//' -e 's/^/answer: /'; echo; }; "
LOAD = {
    "bash": SAY + "bind 'set enable-bracketed-paste off'; source <(waybill completion bash)",
    "zsh": SAY + "bindkey -e; autoload -U compinit; compinit -u; source <(waybill completion zsh)",
}


class Terminal:
    def __init__(self, command):
        pid, self.fd = pty.fork()
        if pid == 0:
            os.environ["PS1"] = PROMPT
            os.execvp(command[0], command)
        self.seen = b""

    def type(self, text):
        os.write(self.fd, text.encode())

    def read_until(self, pattern):
        while not (found := re.search(pattern, self.seen)):
            if not select.select([self.fd], [], [], SECONDS)[0]:
                sys.exit(f"no {pattern} in {self.seen!r}")
            self.seen += os.read(self.fd, 4096)
        self.seen = self.seen[found.end():]
        return found


def main():
    shell, line = sys.argv[1:]
    terminal = Terminal(SETUP[shell])
    prompt = re.escape(PROMPT).encode()
    terminal.read_until(prompt)
    terminal.type(LOAD[shell] + "; echo load''ed\n")
    terminal.read_until(b"loaded\r?\n")
    terminal.read_until(prompt)
    # What is typed next shows where the completion ended. Then a command goes to the line's start (control-A).
    terminal.type(line + "\tNEXT\x01said \n")
    words = terminal.read_until(rb"answer: ([^\r\n]*)").group(1).decode()
    print(words)


main()
