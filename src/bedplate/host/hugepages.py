"""Reads the huge page pools of a host from /sys/kernel/mm/hugepages and /sys/devices/system/node/node*/hugepages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bedplate.facts.hugepages import HugePagePools, NodePool, Pool, disagreements
from bedplate.facts.topology import Problem
from bedplate.parse.meminfo import parse_meminfo
from bedplate.parse.sysfs_number import parse_count
from bedplate.values.idset import NUMBER_LIMIT
from bedplate.values.reading import Absent, Present, Source
from bedplate.values.sizes import KIB, parse_kib

if TYPE_CHECKING:
    from bedplate.host.root import Root
    from bedplate.parse.meminfo import Meminfo
    from bedplate.values.reading import Reading

_POOLS = "/sys/kernel/mm/hugepages"
_NODES = "/sys/devices/system/node"
_MEMINFO = "/proc/meminfo"
_NONE = "no huge page pools (CONFIG_HUGETLBFS is off)"
_NO_DEMOTION = "pages of this size cannot be demoted, or an older kernel (Linux 5.16)"
# arm64 has four sizes at a time, powerpc with its oldest MMU eight.
_SIZES_LIMIT = 64


def read_hugepages(root: Root) -> HugePagePools:
    """Return the pools; a file that is missing or malformed leaves the rest as it is."""
    folder: Reading[str]
    try:
        names = {entry.name for entry in root.entries(_POOLS)}
        folder = Present(_POOLS, Source(_POOLS))
    except OSError as error:
        names = set[str]()
        folder = root.missing(_POOLS, error, absent=_NONE)
    nodes = {
        number: set(root.names(f"{_NODES}/node{number}/hugepages"))
        for number in root.numbered(_NODES, "node")
        if number < NUMBER_LIMIT
    }
    sizes = sorted({kib for held in (names, *nodes.values()) for kib in map(_kib, held) if kib})
    meminfo = root.reading(_MEMINFO, parse_meminfo)
    default = _default_size(meminfo)
    pools = tuple(_pool(root, kib, nodes) for kib in sizes[:_SIZES_LIMIT])
    if not pools and isinstance(meminfo, Present) and isinstance(default, Present):
        pools = (_pool_of_meminfo(meminfo.value, default.value),)
    problems = [
        Problem(f"{_POOLS}/{_name(pool.size_bytes // KIB)}", text) for pool in pools for text in disagreements(pool)
    ]
    return HugePagePools(default, folder, pools, tuple(problems))


def _name(kib: int) -> str:
    return f"hugepages-{kib}kB"


def _kib(name: str) -> int:
    """Return the size in a folder's name such as ``hugepages-2048kB``; 0 where it is another name."""
    digits = name.removeprefix("hugepages-").removesuffix("kB")
    good = digits.isascii() and digits.isdecimal() and len(digits) < 16
    return int(digits) if good and name == _name(int(digits)) else 0


def _pool(root: Root, kib: int, nodes: dict[int, set[str]]) -> Pool:
    folder = f"{_POOLS}/{_name(kib)}"
    count = partial(root.reading, parse=parse_count, absent=_NONE)
    return Pool(
        kib * KIB,
        nr=count(f"{folder}/nr_hugepages"),
        free=count(f"{folder}/free_hugepages"),
        reserved=count(f"{folder}/resv_hugepages"),
        surplus=count(f"{folder}/surplus_hugepages"),
        overcommit=count(f"{folder}/nr_overcommit_hugepages"),
        demote_size_bytes=root.reading(f"{folder}/demote_size", parse_kib, absent=_NO_DEMOTION),
        nodes=tuple(_node_pool(root, kib, node) for node, held in sorted(nodes.items()) if _name(kib) in held),
    )


def _node_pool(root: Root, kib: int, node: int) -> NodePool:
    folder = f"{_NODES}/node{node}/hugepages/{_name(kib)}"
    return NodePool(
        node,
        nr=root.reading(f"{folder}/nr_hugepages", parse_count),
        free=root.reading(f"{folder}/free_hugepages", parse_count),
        surplus=root.reading(f"{folder}/surplus_hugepages", parse_count),
    )


def _default_size(meminfo: Reading[Meminfo]) -> Reading[int]:
    if not isinstance(meminfo, Present):
        return meminfo
    size = meminfo.value.sizes.get("Hugepagesize")
    return Absent(meminfo.source, _NONE) if size is None else Present(size, meminfo.source)


def _pool_of_meminfo(meminfo: Meminfo, size_bytes: int) -> Pool:
    """Return the one pool of kernels before 2.6.27, and of captures without sysfs."""
    source = Source(_MEMINFO)
    nr, free, reserved, surplus = (
        Present(meminfo.counts[name], source) if name in meminfo.counts else Absent(source, f"the file tells no {name}")
        for name in ("HugePages_Total", "HugePages_Free", "HugePages_Rsvd", "HugePages_Surp")
    )
    untold = Absent(source, "the file does not tell it", False)
    return Pool(size_bytes, nr, free, reserved, surplus, untold, untold, ())
