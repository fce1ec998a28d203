"""The huge page pools as text: a row for each size and node, and where pages can be mapped from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.render.hugepages_json import readings_of
from bedplate.render.line import Line, Span, line
from bedplate.render.missing import missing_of, missing_texts
from bedplate.render.section import INDENT, PROBLEM, section
from bedplate.render.table import columns
from bedplate.values.escape import decoded, printable
from bedplate.values.reading import Present, value_of, why_missing
from bedplate.values.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.hugepages import HugePagePools, NodePool, Pool
    from bedplate.facts.mounts import HugetlbMount, Mounts
    from bedplate.values.reading import Reading


def hugepages_text(pools: HugePagePools, mounts: Mounts) -> Iterator[Line]:
    """Yield the lines; of a host without pools one that says why."""
    if not pools.pools:
        yield line("no huge page pools are known: ", _why(pools))
    default = value_of(pools.default_size_bytes)
    for pool in pools.pools:
        mark = "  (default)" if pool.size_bytes == default else ""
        yield line((f"Pages of {format_size(pool.size_bytes)}", "bold"), mark)
        yield from (Line((Span(INDENT + row),)) for row in columns(_rows(pool), "<>>>>>>"))
    yield from section("Mounted", (printable(_mount(mount, default)) for mount in mounts.hugetlbfs()))
    unread = missing_texts(missing_of(readings_of(pools, mounts)))
    odd = (f"{one.path}: {one.text}" for one in pools.problems)
    yield from section("Problems", map(printable, [*unread, *odd]), PROBLEM)


def _why(pools: HugePagePools) -> str:
    return why_missing(pools.folder) if not isinstance(pools.folder, Present) else "the kernel lists no size"


def _rows(pool: Pool) -> list[list[str]]:
    heading = ["", "pages", "free", "reserved", "available", "surplus", "overcommit"]
    available = "?" if pool.available is None else str(pool.available)
    whole = [_told(one) for one in (pool.nr, pool.free, pool.reserved)]
    host = ["host", *whole, available, _told(pool.surplus), _told(pool.overcommit)]
    return [heading, host, *map(_node, pool.nodes)]


def _node(node: NodePool) -> list[str]:
    return [f"node {node.node}", _told(node.nr), _told(node.free), "", "", _told(node.surplus), ""]


def _told(reading: Reading[int]) -> str:
    return str(reading.value) if isinstance(reading, Present) else "?"


def _mount(mount: HugetlbMount, default: int | None) -> str:
    size_bytes = mount.page_size_bytes or default
    pages = "pages of the default size" if size_bytes is None else f"pages of {format_size(size_bytes)}"
    limits = [f"{name}={value}" for name, value in (("size", mount.size), ("min_size", mount.min_size)) if value]
    return decoded(mount.mount_point) + ": " + ", ".join([pages, *limits])
