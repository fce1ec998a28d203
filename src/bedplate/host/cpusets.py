"""Reads the cpuset of a control group: v2, v1, and v1 without the ``cpuset.`` before its files' names."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

from bedplate.facts.cgroups import Cpuset
from bedplate.parse.cpuset_partition import parse_partition
from bedplate.parse.word import parse_truth
from bedplate.values.idset import CpuSet, NodeSet
from bedplate.values.reading import Absent, Present, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from bedplate.host.root import Root
    from bedplate.parse.cpuset_partition import Partition
    from bedplate.values.reading import Reading

_FLAGS = (
    "mem_exclusive", "mem_hardwall", "memory_migrate", "memory_spread_page", "memory_spread_slab",
)  # fmt: skip
_IN_V2 = "cgroup v1 has no such file"
# It may use everything, and tells what partitions leave of it in the effective files.
_AT_ROOT = "the root group has all of them"
_EXCLUSIVE_SINCE = "an older kernel (the file came with Linux 6.7)"
_NO_PARTITION = "the root group is no partition of anything, or an older kernel (Linux 5.0)"

# Thousands of groups share a handful of sets.
_cpus = lru_cache(256)(CpuSet.from_list)
_nodes = lru_cache(256)(NodeSet.from_list)


def prefix_of(names: set[str]) -> str | None:
    """Return what stands before ``cpus`` in the names of a folder's files; None where it has no cpuset."""
    if "cpuset.cpus" in names or "cpuset.cpus.effective" in names:
        return "cpuset."
    return "" if "cpus" in names and "mems" in names else None


def read_cpuset(root: Root, folder: str, names: set[str], version: int) -> Cpuset | None:
    """Return the cpuset of the group in ``folder``, which holds files with ``names``; None where they are of none."""
    prefix = prefix_of(names)
    if prefix is None:
        return None
    return _v2(root, folder) if version == 2 else _v1(root, folder, names, prefix)


def _v2(root: Root, folder: str) -> Cpuset:
    partition = root.reading(f"{folder}/cpuset.cpus.partition", parse_partition, absent=_NO_PARTITION)
    return Cpuset(
        cpus=root.reading(f"{folder}/cpuset.cpus", _cpus, absent=_AT_ROOT),
        mems=root.reading(f"{folder}/cpuset.mems", _nodes, absent=_AT_ROOT),
        effective_cpus=root.reading(f"{folder}/cpuset.cpus.effective", _cpus),
        effective_mems=root.reading(f"{folder}/cpuset.mems.effective", _nodes),
        exclusive_cpus=root.reading(f"{folder}/cpuset.cpus.exclusive", _cpus, absent=_EXCLUSIVE_SINCE),
        partition=partition,
        exclusive=_told(partition, lambda one: one.valid and one.kind != "member"),
        balanced=_told(partition, lambda one: not (one.valid and one.kind == "isolated")),
        flags={},
    )


def _v1(root: Root, folder: str, names: set[str], prefix: str) -> Cpuset:
    path = f"{folder}/{prefix}"
    flag = partial(root.reading, parse=parse_truth)
    cpus, mems = root.reading(f"{path}cpus", _cpus), root.reading(f"{path}mems", _nodes)
    # Kernels before 3.17 have no effective files: what was asked for is what holds.
    effective_cpus = root.reading(f"{path}effective_cpus", _cpus)
    effective_mems = root.reading(f"{path}effective_mems", _nodes)
    return Cpuset(
        cpus=cpus,
        mems=mems,
        effective_cpus=cpus if isinstance(effective_cpus, Absent) else effective_cpus,
        effective_mems=mems if isinstance(effective_mems, Absent) else effective_mems,
        exclusive_cpus=Absent(Source(f"{folder}/cpuset.cpus.exclusive"), _IN_V2),
        partition=Absent(Source(f"{folder}/cpuset.cpus.partition"), _IN_V2),
        exclusive=flag(f"{path}cpu_exclusive"),
        balanced=flag(f"{path}sched_load_balance"),
        flags={name: flag(path + name) for name in _FLAGS if prefix + name in names},
    )


def _told(partition: Reading[Partition], judge: Callable[[Partition], bool]) -> Reading[bool]:
    return Present(judge(partition.value), partition.source) if isinstance(partition, Present) else partition
