"""The control groups of a host: hierarchies of v1 and v2, and of each group its limits and its cpuset.

Sources: Documentation/admin-guide/cgroup-v2.rst, Documentation/admin-guide/cgroup-v1/{cgroups,cpusets,memory}.rst.
One model holds the cpusets of both versions; what one of them lacks is absent with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bedplate.facts.topology import Problem
    from bedplate.parse.cgroup_control import Controller
    from bedplate.parse.cgroup_limit import CpuMax
    from bedplate.parse.cpuset_partition import Partition
    from bedplate.values.idset import CpuSet, NodeSet
    from bedplate.values.limit import Limit
    from bedplate.values.reading import Reading


class Mode(StrEnum):
    """Which versions are mounted."""

    V1 = "v1"
    V2 = "v2"
    HYBRID = "hybrid"
    """Both: each controller is in one of them."""
    NONE = "none"
    """Neither, or nothing told."""


class Hierarchy(NamedTuple):
    """One mounted hierarchy."""

    version: int
    mount_point: str
    controllers: tuple[str, ...]
    """Of v1 those that were mounted together, of v2 those of the root group's cgroup.controllers."""
    name: str | None
    """``systemd`` for a hierarchy of v1 that was mounted with name=systemd."""
    prefixed: bool
    """Whether files of cpusets are called ``cpuset.cpus``; False for ``cpus`` (noprefix, /dev/cpuset)."""


class Cpuset(NamedTuple):
    """Which CPUs and nodes the tasks of a group may use."""

    cpus: Reading[CpuSet]
    """What was asked for; in v2 the empty set means whatever the parent has."""
    mems: Reading[NodeSet]
    effective_cpus: Reading[CpuSet]
    """What holds: without CPUs that are off line or that the parent or a partition takes away."""
    effective_mems: Reading[NodeSet]
    exclusive_cpus: Reading[CpuSet]
    """v2: cpuset.cpus.exclusive, what may become a partition (since 6.7)."""
    partition: Reading[Partition]
    """v2: whether it is a partition, and whether that is valid."""
    exclusive: Reading[bool]
    """Whether siblings may not have its CPUs: cpu_exclusive in v1, a valid partition in v2."""
    balanced: Reading[bool]
    """Whether the scheduler balances load among its CPUs: sched_load_balance in v1 (a parent that balances does so
    whatever the child says), in v2 False for a valid isolated partition."""
    flags: Mapping[str, Reading[bool]]
    """v1's other switches that are there: mem_exclusive, mem_hardwall, memory_migrate, memory_spread_page …"""


class Cgroup(NamedTuple):
    """One control group."""

    hierarchy: int
    """The place of its hierarchy in :attr:`Cgroups.hierarchies`."""
    path: str
    """Below the mount point: ``/``, ``/system.slice/ssh.service``; untrusted text."""
    folder: str
    type: Reading[str]
    """v2: domain, threaded …; the root has none."""
    controllers: Reading[tuple[str, ...]]
    """v2: what it may use; in v1 those of the hierarchy."""
    delegated: Reading[tuple[str, ...]]
    """v2: cgroup.subtree_control, what its children may use."""
    limits: Mapping[str, Reading[Limit]]
    """By file name, those that are there: memory.max, hugetlb.2MB.max, memory.limit_in_bytes …, in bytes; pids.max in
    tasks."""
    cpu: Reading[CpuMax] | None
    """cpu.max, or cpu.cfs_quota_us with cpu.cfs_period_us; None where the group has no such file."""
    cpuset: Cpuset | None
    """None where the group has no files of the cpuset controller."""


@dataclass(frozen=True, slots=True)
class Cgroups:
    """The control groups of one host."""

    hierarchies: tuple[Hierarchy, ...]
    controllers: Reading[tuple[Controller, ...]]
    """/proc/cgroups: the controllers of the kernel."""
    groups: tuple[Cgroup, ...]
    """Of v2, and of v1 those with the controllers cpuset, memory, cpu or hugetlb: parents before children."""
    namespace: str | None
    """The cgroup namespace that paths are seen from; None where it is not known."""
    problems: tuple[Problem, ...]

    @property
    def mode(self) -> Mode:
        """Which versions are mounted; a named v1 hierarchy without controllers, as systemd's, counts too."""
        versions = {hierarchy.version for hierarchy in self.hierarchies}
        if versions == {1, 2}:
            return Mode.HYBRID
        return Mode.V2 if versions == {2} else Mode.V1 if versions == {1} else Mode.NONE

    def cpusets(self) -> Iterator[tuple[Cgroup, Cpuset]]:
        """Yield the groups that have a cpuset, with it, whatever the version."""
        yield from ((group, group.cpuset) for group in self.groups if group.cpuset is not None)

    def home_of(self, controller: str) -> Hierarchy | None:
        """Return the hierarchy that a controller is in, None where it is in none."""
        return next((one for one in self.hierarchies if controller in one.controllers), None)
