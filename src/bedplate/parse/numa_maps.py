r"""Parses /proc/<pid>/numa_maps: the memory policy of each mapping, and on which nodes its pages are.

Sources: show_numa_map() of fs/proc/task_mmu.c, mpol_to_str() of mm/mempolicy.c, numa(7).

The kernel leaves out what says nothing, so a count that is not written is not always 0: ``mapped`` is there only where
it differs from both ``anon`` and ``dirty``, ``active`` only where some page is not.  In a path the kernel writes
newlines, tabs, spaces and ``=`` as ``\012``, ``\011``, ``\040`` and ``\075``; the text is kept as it stands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.parse.decimal import unsigned
from bedplate.parse.raw_record import RawRecord, check_lines
from bedplate.values.sizes import KIB

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIMIT_BYTES = 64 << 20
# Two policies have a space in their names.  Behind a policy stand its flags (=static) and its nodes (:0-1).
_LINE = re.compile(
    rb"([0-9a-f]{1,16}) ((?:prefer \(many\)|weighted interleave|[^ \n=:]+)(?:=[^ \n:]*)?(?::[^ \n]*)?)([^\n]*)\n",
    re.ASCII,
)
_COUNTS = frozenset({b"anon", b"dirty", b"mapped", b"mapmax", b"swapcache", b"active", b"writeback"})
_NODE = re.compile(rb"N([0-9]{1,5})", re.ASCII)


class NumaMapping(NamedTuple):
    """One mapping.  Counts are in pages of ``kernelpagesize``; None is what the kernel did not write."""

    start: int
    policy: str
    """As the kernel writes it: ``default``, ``bind:0-1``, ``interleave=static:0-3``, ``prefer (many):0``."""
    file: bytes | None
    """The path, escaped by the kernel; untrusted bytes."""
    words: tuple[str, ...]
    """``heap``, ``stack``, ``huge``, and whatever a later kernel says in one word."""
    counts: dict[str, int]
    """anon, dirty, mapped, mapmax (the most processes that share one page), swapcache, active, writeback."""
    nodes: dict[int, int]
    """Pages on each node; empty where nothing is resident."""
    kernelpagesize: int | None
    """Bytes of one page; None where nothing is resident."""
    unknown: dict[str, bytes]

    @property
    def pages(self) -> int:
        """Resident pages on all nodes."""
        return sum(self.nodes.values())

    @property
    def resident_bytes(self) -> int:
        """Resident bytes on all nodes."""
        return self.pages * (self.kernelpagesize or 0)


class NumaMaps(RawRecord):
    """The mappings of one address space, each read when it is come to; none: the task has no address space."""

    __slots__ = ()

    def __iter__(self) -> Iterator[NumaMapping]:
        at = 0
        while at < len(self.raw):
            match = _LINE.match(self.raw, at)
            if match is None:
                raise ParseError("not a mapping and its policy", text=self.raw[at : at + 400].partition(b"\n")[0])
            at = match.end()
            yield _mapping(*match.groups(b""))

    def __len__(self) -> int:
        return self.raw.count(b"\n")


def parse_numa_maps(raw: bytes) -> NumaMaps:
    """Return the mappings of a numa_maps file; one that cannot be read raises ParseError when it is come to."""
    check_lines(raw, _LIMIT_BYTES, "numa_maps")
    return NumaMaps(raw)


def _mapping(start: bytes, policy: bytes, text: bytes) -> NumaMapping:
    file: bytes | None = None
    words: list[str] = []
    counts: dict[str, int] = {}
    nodes: dict[int, int] = {}
    size: int | None = None
    unknown: dict[str, bytes] = {}
    for word in text.split():
        name, equals, value = word.partition(b"=")
        if not equals:
            words.append(name.decode("latin-1"))
        elif name in _COUNTS:
            counts[name.decode("ascii")] = unsigned(value, "numa_maps")
        elif node := _NODE.fullmatch(name):
            nodes[int(node[1])] = unsigned(value, "numa_maps")
        elif name == b"file":
            file = value
        elif name == b"kernelpagesize_kB":
            size = unsigned(value, "kernelpagesize_kB", 1 << 54) * KIB
        else:
            unknown[name.decode("latin-1")] = value
    return NumaMapping(int(start, 16), policy.decode("latin-1"), file, tuple(words), counts, nodes, size, unknown)
