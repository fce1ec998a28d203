"""The topology as text: packages, cores, kinds, caches, nodes, distances, huge pages, and what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.render.line import Line, Span, line
from bedplate.render.table import columns, folded, wrapped
from bedplate.render.topology_nodes_text import node_sections
from bedplate.values.escape import printable
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Present, why_missing
from bedplate.values.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bedplate.facts.topology import Cache, Core, Package, Problem, Topology
    from bedplate.values.constants import HostConstants
    from bedplate.values.reading import Reading

_INDENT = "  "
_WIDTH = 110
_LIST_WIDTH = 80
# More packages than this are told by their shape, for kernels that call every core a package.
_LISTED_PACKAGES = 16


def topology_text(topology: Topology, constants: HostConstants) -> str:
    """Return the topology as plain text, with nothing in it that acts on a terminal."""
    return "".join(one.plain() + "\n" for one in topology_lines(topology, constants))


def topology_lines(topology: Topology, constants: HostConstants) -> Iterator[Line]:
    """Yield the lines of the topology."""
    yield from _section("Host", [_host(constants)])
    yield from _section("CPUs", _cpus(topology))
    yield from _section("Packages", _packages(topology.packages, topology.cores))
    yield from _section("Cores, by their threads", _cores(topology))
    yield from _section("Kinds of cores", _kinds(topology))
    yield from _section("Caches", _caches(topology.caches))
    for title, rows in node_sections(topology.nodes):
        yield from _section(title, rows)
    yield from _section("Problems", list(map(_problem, topology.problems)), "bold yellow")


def _section(title: str, rows: Sequence[str], style: str = "bold") -> Iterator[Line]:
    """Yield a title and its rows, which are printable already; nothing where there are none."""
    if rows:
        yield line((title, style))
        yield from (Line((Span(_INDENT + row),)) for row in rows)


def _problem(problem: Problem) -> str:
    return printable(f"{problem.path}: {problem.text}")


def _host(constants: HostConstants) -> str:
    order = None if constants.byte_order is None else f"{constants.byte_order}-endian"
    page = None if constants.page_size_bytes is None else f"pages of {format_size(constants.page_size_bytes)}"
    kernel = None if constants.kernel_release is None else f"Linux {constants.kernel_release}"
    told = [part for part in (constants.architecture, order, kernel, page) if part is not None]
    return printable(" · ".join(told)) or "architecture and kernel are not known"


def _cpus(topology: Topology) -> list[str]:
    if not topology.online:
        return ["not known"]
    rows = [
        ["on line", _set(topology.online)],
        ["off line", _set(topology.offline) if isinstance(topology.present, Present) else "not known"],
        ["possible", _read(topology.possible)],
        ["isolated", _read(topology.isolated)],
        ["nohz_full", _read(topology.nohz_full)],
        ["SMT", _read(topology.smt_control)],
    ]
    return list(columns(folded(rows, _WIDTH), "<<"))


def _set(cpus: CpuSet) -> str:
    return f"{cpus} ({len(cpus)})" if len(cpus) > 1 else str(cpus) or "none"


def _read(reading: Reading[CpuSet] | Reading[str]) -> str:
    if isinstance(reading, Present):
        return reading.value if isinstance(reading.value, str) else _set(reading.value)
    if isinstance(reading, Absent) and not reading.certain:
        return "not known"
    return f"not known: {why_missing(reading).removeprefix(reading.source.path + ': ')}"


def _packages(packages: Sequence[Package], cores: Sequence[Core]) -> list[str]:
    rows = [
        ["?" if package.id is None else str(package.id), _shape(package.cpus, cores), str(package.cpus)]
        for package in packages
    ]
    if len(rows) <= _LISTED_PACKAGES:
        return list(columns([["id", "cores", "CPUs"], *folded(rows, _LIST_WIDTH)], "<<<")) if rows else []
    shapes: dict[str, int] = {}
    for _, shape, _ in rows:
        shapes[shape] = shapes.get(shape, 0) + 1
    return [f"{count} of {shape}" for shape, count in shapes.items()]


def _shape(cpus: CpuSet, cores: Sequence[Core]) -> str:
    """Return the cores of some CPUs by the number of their threads: ``6 × 2 threads + 8 × 1 thread``."""
    counts: dict[int, int] = {}
    for core in cores:
        if core.threads <= cpus:
            counts[len(core.threads)] = counts.get(len(core.threads), 0) + 1
    parts = [f"{count} × {threads} thread{'s' * (threads > 1)}" for threads, count in sorted(counts.items())[::-1]]
    return " + ".join(parts) or "not known"


def _cores(topology: Topology) -> list[str]:
    """Return the threads of each core, by node; the cores of no node last."""
    left = list(topology.cores)
    rows: list[str] = []
    for node in topology.nodes:
        mine = [core for core in left if core.threads.first in node.cpus]
        left = [core for core in left if core.threads.first not in node.cpus]
        rows += _threads(f"node {node.id}", mine)
    return rows + _threads("no node" if rows else "all", left)


def _threads(title: str, cores: Sequence[Core]) -> list[str]:
    texts = wrapped([str(core.threads) for core in cores], _WIDTH)
    return list(columns([[title if at == 0 else "", text] for at, text in enumerate(texts)], "<<"))


def _kinds(topology: Topology) -> list[str]:
    if len(topology.kinds) < 2:
        return []
    rows = [
        [_shape(kind.cpus, topology.cores), ", ".join(f"{k} {v}" for k, v in kind.marks.items()), str(kind.cpus)]
        for kind in topology.kinds
    ]
    return list(columns([["cores", "marks", "CPUs"], *folded(rows, _LIST_WIDTH)], "<<<"))


def _caches(caches: Sequence[Cache]) -> list[str]:
    """Return the caches of one level, type, size and number of CPUs as one line."""
    groups: dict[tuple[str, str, str, int], int] = {}
    for cache in caches:
        size = "size not known" if cache.size_bytes is None else format_size(cache.size_bytes)
        key = (f"L{cache.level}", cache.type or "", size, len(cache.cpus))
        groups[key] = groups.get(key, 0) + 1
    rows = [
        [level, kind, f"{count} ×", size, f"for {served} CPU{'s' * (served > 1)} each"]
        for (level, kind, size, served), count in groups.items()
    ]
    return list(columns(rows, "<<>><")) if rows else []
