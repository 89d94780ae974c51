# SPDX-License-Identifier: Apache-2.0
"""Whether the memory of a process that a core file would have holds one of some words.

usage: core_words.py PID FILE_WITH_WORDS

Prints each word with its mapping, and exits with 1 if there is one. Mappings that are left out of core files
(madvise, MADV_DONTDUMP) have the flag "dd" in smaps (proc(5)).
"""
import re
import sys


def dumped(pid):
    """The mappings that a core file has: (start, end, name)."""
    found = []
    with open(f"/proc/{pid}/smaps", encoding="ascii", errors="replace") as smaps:
        for line in smaps:
            header = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)", line)
            if header:
                start, end, mode, name = header.groups()
            elif line.startswith("VmFlags:") and "r" in mode and "dd" not in line.split() and not name.startswith("[v"):
                found.append((int(start, 16), int(end, 16), name))
    return found


def main():
    pid, words_file = sys.argv[1:]
    with open(words_file, "rb") as file:
        words = file.read().split()
    code = 0
    size = 0
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end, name in dumped(pid):
            memory.seek(start)
            try:
                held = memory.read(end - start)
            except OSError:  # a mapping that is gone, or beyond its file's end
                continue
            size += len(held)
            for word in words:
                at = held.find(word)
                if at >= 0:
                    print(f"{word.decode()} at {start + at:x} in {name or 'memory'}")
                    code = 1
    print(f"{size} bytes")
    return code if size > 1 << 20 else 2


sys.exit(main())
