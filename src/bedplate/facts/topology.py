"""The topology of a host: its CPUs, cores, caches and NUMA nodes, as the kernel tells them.

Sources: Documentation/admin-guide/cputopology.rst, Documentation/ABI/stable/sysfs-devices-node,
Documentation/ABI/testing/sysfs-devices-system-cpu, Documentation/admin-guide/mm/numaperf.rst.
Nothing here is inferred without saying so; what the kernel does not tell is None or a reading without a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.values.idset import CpuSet, NodeSet
    from bedplate.values.reading import Reading, Source


class Package(NamedTuple):
    """A physical package (socket)."""

    id: int
    """physical_package_id as the kernel gives it: it may be -1, huge, or shared by packages of several nodes."""
    cpus: CpuSet


class Core(NamedTuple):
    """A core with its hyper threads; numbers are None where the kernel does not tell them."""

    package: int | None
    die: int | None
    cluster: int | None
    id: int | None
    """core_id: unique within a die at best, so never a key by itself."""
    threads: CpuSet
    """The CPUs of topology/thread_siblings (core_cpus); only those on line at the time of reading."""
    source: Source | None = None
    """The file that ``threads`` is from; None where no file tells it."""


class Cache(NamedTuple):
    """A cache, keyed on the CPUs that share it, its level and its type; the kernel's cache ids can repeat."""

    level: int
    type: str
    """``Data``, ``Instruction``, ``Unified``, or what else the kernel writes."""
    size_bytes: int | None
    cpus: CpuSet


class Kind(NamedTuple):
    """CPUs of one kind, of a machine whose cores are not all alike."""

    cpus: CpuSet
    marks: Mapping[str, int | str]
    """What tells this kind from the others: cpu_capacity, base_frequency_khz, highest_perf, pmu, threads_per_core."""


class HugePages(NamedTuple):
    """The pool of one huge page size on one node; None for what could not be read."""

    size_bytes: int
    total: int | None
    free: int | None
    surplus: int | None


class Access(NamedTuple):
    """How initiators of one HMAT access class reach a node's memory (node*/accessN/initiators)."""

    access_class: int
    initiators: NodeSet
    read_latency_ns: int | None
    write_latency_ns: int | None
    read_bandwidth_mib_s: int | None
    write_bandwidth_mib_s: int | None


class MemoryCache(NamedTuple):
    """A cache on the memory's side of a node (node*/memory_side_cache/indexN)."""

    level: int
    size_bytes: int | None
    line_size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Node:
    """One online NUMA node."""

    id: int
    cpulist: Reading[CpuSet]
    """node*/cpulist as it reads."""
    cpumap: Reading[CpuSet]
    """node*/cpumap as it reads; where the two differ this is the kernel's truth."""
    cpus: CpuSet
    """The node's CPUs, on line or not: cpumap, where there is none cpulist, else the cpuN links of its folder."""
    online_cpus: CpuSet
    closest_cpus: CpuSet
    """The online CPUs nearest to the node by HMAT access class 0, else by distance: its own where it has any."""
    memory_bytes: int | None
    """MemTotal of node*/meminfo; 0 for a node without memory, None where it could not be read."""
    memory_free_bytes: int | None
    distances: Reading[Mapping[int, int]]
    """To each online node, by its number; the columns of the file are the online nodes in order."""
    hugepages: tuple[HugePages, ...]
    accesses: tuple[Access, ...]
    memory_caches: tuple[MemoryCache, ...]
    memory_tier: int | None
    """The number of the tier in devices/virtual/memory_tiering that lists the node; lower is faster."""


class Problem(NamedTuple):
    """Something in the files that contradicts itself or cannot be; the rules make findings of them."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Topology:
    """The CPUs and NUMA nodes of a host."""

    possible: Reading[CpuSet]
    """cpu/possible; where a capture lacks the file, the cpuN folders that exist."""
    present: Reading[CpuSet]
    online: CpuSet
    """cpu/online; where the file is missing, the CPUs that have no online file that reads 0."""
    online_source: str
    """The path that ``online`` is from."""
    offline: CpuSet
    """Present and not on line."""
    isolated: Reading[CpuSet]
    """cpu/isolated: what isolcpus= made of the scheduler domains at boot; partitions of cgroup v2 are not in it."""
    nohz_full: Reading[CpuSet]
    """cpu/nohz_full; absent where the kernel is built without CONFIG_NO_HZ_FULL."""
    smt_control: Reading[str]
    """cpu/smt/control: on, off, forceoff, notsupported, notimplemented."""
    packages: tuple[Package, ...]
    cores: tuple[Core, ...]
    caches: tuple[Cache, ...]
    kinds: tuple[Kind, ...]
    """The kinds of cores: one entry with every online CPU where all are alike."""
    nodes: tuple[Node, ...]
    nodes_source: str
    """The folder that the nodes are from, for evidence."""
    possible_nodes: Reading[NodeSet]
    problems: tuple[Problem, ...]

    def node_of(self, cpu: int) -> Node | None:
        """Return the first node that holds a CPU, None where none does."""
        return next((node for node in self.nodes if cpu in node.cpus), None)
