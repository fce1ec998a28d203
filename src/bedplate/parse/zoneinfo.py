"""/proc/zoneinfo: the zones of every NUMA node, their watermarks and per-CPU lists, and the nodes' own counters.

The only specification is zoneinfo_show_print() in mm/vmstat.c.  One file holds three things that must not be mixed:
counters of a node, printed once, below the header of its first populated zone whichever that is; values of a zone;
and values of each online CPU for a zone, where ``high:`` is a limit of the CPU's list and not the watermark ``high``.
Everything counts pages, except nr_kernel_stack (KiB) and huge pages (see :mod:`bedplate.parse.vmstat`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.parse.vmstat import pairs
from bedplate.values.escape import decoded

if TYPE_CHECKING:
    from collections.abc import Mapping

# Begun with the newline of the line above it, which is found much faster than the beginning of a line.
_HEADER = re.compile(r"\nNode +([0-9]{1,9}), zone +([^\s\0]{1,32})[ \t\r]*(?=\n)", re.ASCII)
# Everything of a zone above its pagesets as kernels since 4.8 write it, told by one look.
_PLAIN = re.compile(
    r"(?:  per-node stats\n((?: {6}[!-~]{1,64}+ ++[0-9]{1,20}+\n)*+))?"
    r" {2}pages (free ++[0-9]{1,20}+\n(?: {8}[!-9;-~]{1,64}+ ++[0-9]{1,20}+\n)*+)"
    r" {8}protection: \(([0-9, ]{1,400}+)\)\n"
    r"((?: {6}[!-~]{1,64}+ ++[0-9]{1,20}+\n)*+)",
    re.ASCII,
)
_COUNT = re.compile(r"( {4,10})([^\s:]{1,64})[ \t]+(-?[0-9]{1,20})[ \t\r]*", re.ASCII)
_FREE = re.compile(r"  pages free[ \t]+([0-9]{1,20})[ \t\r]*", re.ASCII)
_PROTECTION = re.compile(r" {4,10}protection: \(([0-9, ]{1,400})\)[ \t\r]*", re.ASCII)
# In the part of the CPUs keys end in a colon and may hold spaces: "  vm stats threshold: 32".
_KEYED = re.compile(r"\n( {2,16})([^\s:][^:\n]{0,40}):[ \t]*(-?[0-9]{1,20})[ \t\r]*(?=\n)", re.ASCII)
_PAGES_INDENT = 8


class Pageset(NamedTuple):
    """The list of free pages that one online CPU keeps for itself, of one zone."""

    cpu: int
    fields: Mapping[str, int]
    """count, high, batch, and after 6.12 high_min and high_max."""
    stat_threshold: int | None
    """``vm stats threshold``: how far this CPU's part of a counter may go before it is added to the zone's."""


class Zone(NamedTuple):
    """One zone of a node."""

    node: int
    name: str
    """DMA, DMA32, Normal, HighMem, Movable or Device."""
    pages: Mapping[str, int]
    """free; the watermarks boost, min, low, high and promo; spanned, present, managed, cma: those that are there."""
    protection: tuple[int, ...] | None
    """lowmem_reserve: pages kept from allocations that could use zone n, by the n of all zones of the kernel."""
    stats: Mapping[str, int]
    """nr_* and numa_*; empty for a zone without memory, for which the kernel prints nothing behind protection."""
    pagesets: tuple[Pageset, ...]
    attributes: Mapping[str, int]
    """node_unreclaimable, start_pfn, and whatever else stands below the CPUs."""


class Zoneinfo(NamedTuple):
    """The whole file."""

    zones: tuple[Zone, ...]
    """All zones of all online nodes, those without memory too, in the order of the file."""
    nodes: Mapping[int, Mapping[str, int]]
    """The per-node stats by node (since 4.8); a node without memory has none."""
    unknown: tuple[str, ...]
    """Lines that are none of all this."""


def parse_zoneinfo(text: bytes, *, pagesets: bool = True) -> Zoneinfo:
    """Return zones and nodes; ParseError where no line is a zone's header.

    ``pagesets=False`` leaves out the CPUs' lists, which are most of the file on a large machine.  A last line without
    its newline may have been cut off in the middle of its number, and is kept as unknown.
    """
    whole, _, cut = decoded(b"\n" + text.strip(b"\0")).rpartition("\n")
    whole += "\n"
    headers = list(_HEADER.finditer(whole))
    if not headers:
        raise ParseError("no line is such as “Node 0, zone Normal”", text=text[:80])
    unknown = [line for line in whole[: headers[0].start()].split("\n") if line.strip()]
    nodes: dict[int, dict[str, int]] = {}
    zones: list[Zone] = []
    ends = [*(header.start() for header in headers[1:]), len(whole) - 1]
    for header, end in zip(headers, ends, strict=True):
        node, name = int(header[1]), header[2]
        above, found, below = whole[header.end() + 1 : end + 1].partition("  pagesets\n")
        of_node, pages, protection, stats = _plain(above) or _counts(above, unknown)
        lists, attributes = _below(below, unknown, pagesets) if found else ((), {})
        if of_node:
            nodes.setdefault(node, {}).update(of_node)
        zones.append(Zone(node, name, pages, protection, stats, lists, attributes))
    return Zoneinfo(tuple(zones), nodes, (*unknown, *filter(None, [cut.strip()])))


_Above = tuple[dict[str, int], dict[str, int], "tuple[int, ...] | None", dict[str, int]]


def _plain(above: str) -> _Above | None:
    """Return the node's counters, the zone's pages, protection and counters; None where a line is of another form."""
    match = _PLAIN.fullmatch(above)
    if match is None:
        return None
    of_node, pages, protection, stats = match.groups()
    return pairs(of_node or ""), pairs(pages), _reserves(protection), pairs(stats)


def _counts(above: str, unknown: list[str]) -> _Above:
    """Return the same line by line: what is told apart by its indentation, and the rest to ``unknown``.

    Kernels before 4.8 print protection last.
    """
    of_node: dict[str, int] = {}
    pages: dict[str, int] = {}
    stats: dict[str, int] = {}
    protection: tuple[int, ...] | None = None
    in_node = False
    for line in above.split("\n"):
        count = _COUNT.fullmatch(line)
        if count is not None:
            into = of_node if in_node else pages if len(count[1]) == _PAGES_INDENT else stats
            into[count[2]] = int(count[3])
        elif free := _FREE.fullmatch(line):
            in_node = False
            pages["free"] = int(free[1])
        elif reserves := _PROTECTION.fullmatch(line):
            protection = _reserves(reserves[1])
        elif line.rstrip() == "  per-node stats":
            in_node = True
        elif line.strip():
            unknown.append(line)
    return of_node, pages, protection, stats


def _reserves(text: str) -> tuple[int, ...]:
    numbers = [number.strip() for number in text.split(",")]
    if not all(number.isdecimal() and len(number) <= 20 for number in numbers):
        raise ParseError("protection is not a list of numbers", text=text[:80])
    return tuple(map(int, numbers))


def _below(text: str, unknown: list[str], pagesets: bool) -> tuple[tuple[Pageset, ...], dict[str, int]]:
    """Return the CPUs' lists and what stands below them."""
    text = "\n" + text
    if not pagesets:
        text = text[max(text.rfind("\n  vm stats threshold:"), 0) :]
    rows = _KEYED.findall(text)
    if len(rows) != text.count("\n") - 1:
        unknown.extend(line for line in text.split("\n") if line.strip() and not _KEYED.match(f"\n{line}\n"))
    lists: list[Pageset] = []
    attributes: dict[str, int] = {}
    fields: dict[str, int] = {}
    for indent, key, number in rows:
        if len(indent) > _PAGES_INDENT:
            fields[key] = int(number)
        elif key == "cpu":
            fields = {}
            lists.append(Pageset(int(number), fields, None))
        elif key != "vm stats threshold":
            attributes[key] = int(number)
        elif lists:
            lists[-1] = lists[-1]._replace(stat_threshold=int(number))
    return tuple(lists), attributes
