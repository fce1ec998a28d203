r"""Parses /proc/<pid>/numa_maps: the memory policy of each mapping, and on which nodes its pages are.

Sources: show_numa_map() of fs/proc/task_mmu.c, mpol_to_str() of mm/mempolicy.c, numa(7).

The kernel leaves out what says nothing, so a count that is not written is not always 0: ``mapped`` is there only where
it differs from both ``anon`` and ``dirty``, ``active`` only where some page is not.  In a path the kernel writes
newlines, tabs, spaces and ``=`` as ``\012``, ``\011``, ``\040`` and ``\075``; the text is kept as it stands.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from bedplate.parse.decimal import unsigned
from bedplate.parse.raw_record import RawRecord, check_lines, matched_lines
from bedplate.values.sizes import KIB

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIMIT_BYTES = 64 << 20
# Two policies have a space in their names.  Behind a policy stand its flags (=static) and its nodes (:0-1).
_LINE = re.compile(
    rb"^([0-9a-f]{1,16}) ((?:prefer \(many\)|weighted interleave|[^ \n=:]+)(?:=[^ \n:]*)?(?::[^ \n]*)?)"
    rb"((?: [^\n]*+)?)\n",
    re.ASCII | re.MULTILINE,
)
_FILE, _PAGE_SIZE = b" file=", b" kernelpagesize_kB="
_COUNTS = frozenset({b"anon", b"dirty", b"mapped", b"mapmax", b"swapcache", b"active", b"writeback"})
_ON_NODE = re.compile(rb" N([0-9]{1,5})=([0-9]{1,19})(?![^ ])", re.ASCII)
_NODE = re.compile(rb"N[0-9]{1,5}", re.ASCII)


class NumaMapping(tuple[bytes, ...]):
    """One mapping: its address, its policy and what stands behind them, read when it is asked for.

    Counts are in pages of ``kernelpagesize``; None is what the kernel did not write.
    """

    __slots__ = ()

    @property
    def start(self) -> int:
        """The address of its first byte."""
        return int(self[0], 16)

    @property
    def policy(self) -> str:
        """As the kernel writes it: ``default``, ``bind:0-1``, ``interleave=static:0-3``, ``prefer (many):0``."""
        return str(self[1], "latin-1")

    @property
    def file(self) -> bytes | None:
        """The path, escaped by the kernel; untrusted bytes."""
        at = self[2].find(_FILE)
        return None if at < 0 else self[2][at + len(_FILE) :].partition(b" ")[0]

    @property
    def words(self) -> tuple[str, ...]:
        """``heap``, ``stack``, ``huge``, and whatever a later kernel says in one word."""
        return tuple(str(word, "latin-1") for word in self[2].split() if b"=" not in word)

    @property
    def counts(self) -> dict[str, int]:
        """anon, dirty, mapped, mapmax (the most processes that share one page), swapcache, active, writeback."""
        found = self._values().items()
        return {str(name, "ascii"): unsigned(value, "numa_maps") for name, value in found if name in _COUNTS}

    @property
    def nodes(self) -> dict[int, int]:
        """Pages on each node; empty where nothing is resident."""
        return {int(node): int(pages) for node, pages in _ON_NODE.findall(self[2])}

    @property
    def kernelpagesize(self) -> int | None:
        """Bytes of one page; None where nothing is resident."""
        at = self[2].find(_PAGE_SIZE)
        if at < 0:
            return None
        return unsigned(self[2][at + len(_PAGE_SIZE) :].partition(b" ")[0], "kernelpagesize_kB", 1 << 54) * KIB

    @property
    def unknown(self) -> dict[str, bytes]:
        """What later kernels say of a mapping."""
        known = _COUNTS | {_FILE.strip(b" ="), _PAGE_SIZE.strip(b" =")}
        found = self._values().items()
        return {str(name, "latin-1"): text for name, text in found if name not in known and not _NODE.fullmatch(name)}

    @property
    def pages(self) -> int:
        """Resident pages on all nodes."""
        return sum(self.nodes.values())

    @property
    def resident_bytes(self) -> int:
        """Resident bytes on all nodes."""
        return self.pages * (self.kernelpagesize or 0)

    def _values(self) -> dict[bytes, bytes]:
        # A path has neither spaces nor = of its own here: it forges no word.
        return dict(word.split(b"=", 1) for word in self[2].split() if b"=" in word)


class NumaMaps(RawRecord):
    """The mappings of one address space, each read when it is come to; none: the task has no address space."""

    __slots__ = ()

    def __iter__(self) -> Iterator[NumaMapping]:
        return map(NumaMapping, chain.from_iterable(matched_lines(self.raw, _LINE)))

    def __len__(self) -> int:
        return self.raw.count(b"\n")


def parse_numa_maps(raw: bytes) -> NumaMaps:
    """Return the mappings of a numa_maps file; one that cannot be read raises ParseError when it is come to."""
    check_lines(raw, _LIMIT_BYTES, "numa_maps")
    return NumaMaps(raw)
