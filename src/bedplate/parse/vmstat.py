"""Names and numbers, a pair on each line: /proc/vmstat, node*/vmstat, and files of cgroups such as memory.stat.

cgroup-v2.rst calls the form "flat keyed".  The names and units of /proc/vmstat are those of vmstat_text in
mm/vmstat.c: pages and events, but KiB in pgpgin, pgpgout and nr_kernel_stack, and huge pages in
nr_anon_transparent_hugepages and nr_{shmem,file}_{hugepages,pmdmapped}.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.values.escape import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Counters have 64 bits at most; a few gauges are signed.
_LINE = re.compile(r"([^\s\0]{1,128}+)[ \t]++(-?[0-9]{1,20}+)[ \t\r]*+", re.ASCII)
# What every kernel writes, told by one look: 60 ns a line instead of 350.
_PLAIN = re.compile(r"(?:[!-~]{1,128}+ [0-9]{1,20}+\n)++", re.ASCII)


class Counters(NamedTuple):
    """The pairs of one file."""

    values: Mapping[str, int]
    """In the order of the file; of two lines with one name the last stands."""
    unknown: tuple[str, ...]
    """The lines that are no pair."""


def parse_counters(text: bytes) -> Counters:
    """Return the pairs; ParseError where no line is one.

    A last line without its newline may have been cut off in the middle of its number, and is kept as unknown.
    """
    whole = decoded(text.strip(b"\0"))
    if _PLAIN.fullmatch(whole):
        return Counters(pairs(whole), ())
    *lines, cut = whole.split("\n")
    values: dict[str, int] = {}
    unknown: list[str] = []
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is not None:
            values[match[1]] = int(match[2])
        elif line.strip():
            unknown.append(line)
    if not values:
        raise ParseError("no line is a name and a number", text=text[:80])
    return Counters(values, (*unknown, *filter(None, [cut.strip()])))


def pairs(text: str) -> dict[str, int]:
    """Return the pairs of a text that was found to hold nothing but names and numbers, by turns."""
    words = text.split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


def find_counters(text: bytes, names: Iterable[str]) -> dict[str, int]:
    """Return the pairs with these names, of those that are there, without looking at the rest of the text.

    For files of hundreds of lines of which a few are wanted; ParseError where one of them is no number.
    """
    begun = b"\n" + text
    found: dict[str, int] = {}
    for name in names:
        begin = begun.rfind(b"\n%b " % name.encode())
        end = begun.find(b"\n", begin + 1)
        if begin >= 0 and end >= 0:
            number = begun[begin + len(name) + 2 : end].strip()
            if not number.removeprefix(b"-").isdigit() or len(number) > 20:
                raise ParseError("not a number", field=name, text=number[:80])
            found[name] = int(number)
    return found
