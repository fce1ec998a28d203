"""Reads the control groups of a host: every group's limits and cpuset, in v1 and v2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.cgroups import Cgroup, Cgroups
from bedplate.facts.topology import Problem
from bedplate.host.cgroup_hierarchies import find_hierarchies
from bedplate.host.cpusets import read_cpuset
from bedplate.host.namespaces import namespace_of
from bedplate.parse.cgroup_control import parse_cgroups, parse_controllers, parse_type
from bedplate.parse.cgroup_limit import (
    CpuMax,
    hugetlb_file,
    parse_cpu_max,
    parse_limit,
    parse_v1_limit,
    parse_v1_quota,
)
from bedplate.parse.sysfs_number import parse_count
from bedplate.values.reading import Absent, Present, Source, why_missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bedplate.facts.cgroups import Hierarchy
    from bedplate.facts.mounts import Mounts
    from bedplate.host.root import Entry, Root
    from bedplate.values.limit import Limit
    from bedplate.values.reading import Reading

# Of v1 only hierarchies with these are looked through.
_READ = {"cpuset", "memory", "cpu", "hugetlb"}
_V2_LIMITS = {
    "memory.min", "memory.low", "memory.high", "memory.max", "memory.swap.high", "memory.swap.max", "memory.zswap.max",
    "pids.max",
}  # fmt: skip
_V1_LIMITS = {"memory.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.memsw.limit_in_bytes"}
_V2_ONLY = "cgroup v1 has no such file"
_NOT_AT_ROOT = "the root group has none"
# A host of containers has a few thousand; cgroup.max.descendants is unlimited.
_GROUPS_LIMIT = 20_000
_DEPTH_LIMIT = 64


def read_cgroups(root: Root, mounts: Mounts) -> Cgroups:
    """Return hierarchies and groups; what is missing or malformed leaves the rest as it is."""
    hierarchies = find_hierarchies(root, mounts)
    groups: list[Cgroup] = []
    problems: list[Problem] = []
    for number, hierarchy in enumerate(hierarchies):
        if hierarchy.version == 1 and _READ.isdisjoint(hierarchy.controllers):
            continue
        for group in _walk(root, number, hierarchy, problems):
            if len(groups) == _GROUPS_LIMIT:
                problems.append(Problem(hierarchy.mount_point, f"more than {_GROUPS_LIMIT} groups: some are left out"))
                break
            groups.append(group)
    return Cgroups(
        hierarchies,
        root.reading("/proc/cgroups", parse_cgroups, absent="no control groups (CONFIG_CGROUPS is off)"),
        tuple(groups),
        namespace_of(root, "cgroup"),
        tuple(problems),
    )


def _walk(root: Root, number: int, hierarchy: Hierarchy, problems: list[Problem]) -> Iterator[Cgroup]:
    """Yield the groups of a hierarchy, parents first; links are not followed."""
    left = ["/"]
    while left:
        path = left.pop()
        folder = hierarchy.mount_point + path.rstrip("/")
        try:
            entries = root.entries(folder)
        except OSError as error:
            missing = root.missing(folder, error)
            # A group may go away meanwhile; that a partial capture lacks the files is the normal case.
            if not isinstance(missing, Absent) or (path == "/" and missing.certain):
                problems.append(Problem(folder, why_missing(missing).removeprefix(f"{folder}: ")))
            continue
        yield _group(root, number, hierarchy, path, entries)
        if path.count("/") < _DEPTH_LIMIT:
            inner = [entry.name for entry in entries if entry.kind == "folder"]
            left.extend(f"{path.rstrip('/')}/{name}" for name in reversed(inner))


def _group(root: Root, number: int, hierarchy: Hierarchy, path: str, entries: list[Entry]) -> Cgroup:
    folder = hierarchy.mount_point + path.rstrip("/")
    names = {entry.name for entry in entries if entry.kind != "folder"}
    cpuset = read_cpuset(root, folder, names, hierarchy.version)
    if hierarchy.version == 2:
        return Cgroup(
            number,
            path,
            folder,
            type=root.reading(f"{folder}/cgroup.type", parse_type, absent=_NOT_AT_ROOT),
            controllers=root.reading(f"{folder}/cgroup.controllers", parse_controllers),
            delegated=root.reading(f"{folder}/cgroup.subtree_control", parse_controllers),
            limits=_v2_limits(root, folder, names),
            cpu=root.reading(f"{folder}/cpu.max", parse_cpu_max) if "cpu.max" in names else None,
            cpuset=cpuset,
        )
    return Cgroup(
        number,
        path,
        folder,
        type=Absent(Source(f"{folder}/cgroup.type"), _V2_ONLY),
        controllers=Present(hierarchy.controllers, Source(hierarchy.mount_point)),
        delegated=Absent(Source(f"{folder}/cgroup.subtree_control"), _V2_ONLY),
        limits=_v1_limits(root, folder, names),
        cpu=_v1_cpu(root, folder) if "cpu.cfs_quota_us" in names else None,
        cpuset=cpuset,
    )


def _v2_limits(root: Root, folder: str, names: set[str]) -> Mapping[str, Reading[Limit]]:
    huge = (name for name in names if name.endswith(".max") and hugetlb_file(name) is not None)
    return {name: root.reading(f"{folder}/{name}", parse_limit) for name in sorted({*(names & _V2_LIMITS), *huge})}


def _v1_limits(root: Root, folder: str, names: set[str]) -> Mapping[str, Reading[Limit]]:
    huge = (name for name in names if name.endswith(".limit_in_bytes") and hugetlb_file(name) is not None)
    return {name: root.reading(f"{folder}/{name}", parse_v1_limit) for name in sorted({*(names & _V1_LIMITS), *huge})}


def _v1_cpu(root: Root, folder: str) -> Reading[CpuMax]:
    quota = root.reading(f"{folder}/cpu.cfs_quota_us", parse_v1_quota)
    period = root.reading(f"{folder}/cpu.cfs_period_us", parse_count)
    if not isinstance(quota, Present):
        return quota
    if not isinstance(period, Present):
        return period
    return Present(CpuMax(quota.value, period.value), quota.source)
