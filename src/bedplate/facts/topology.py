"""The topology of a host: its CPUs, cores, caches and NUMA nodes, as the kernel tells them.

Sources: Documentation/admin-guide/cputopology.rst, Documentation/ABI/stable/sysfs-devices-node,
Documentation/ABI/testing/sysfs-devices-system-cpu, Documentation/admin-guide/mm/numaperf.rst.
Nothing here is inferred without saying so; what the kernel does not tell is None or a reading without a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.values.idset import CpuSet, NodeSet
    from bedplate.values.reading import Reading, Source


class Package(NamedTuple):
    """A physical package (socket): the CPUs of one topology/package_cpus (core_siblings) map.

    What a kernel calls a package where its architecture tells it of none is that architecture's default: a core of
    POWER7, a CPU of s390.
    """

    id: int | None
    """physical_package_id: any number, such as 131072, and two packages may have the same; None: not told, or -1."""
    cpus: CpuSet
    """Those on line."""


class Core(NamedTuple):
    """A core with its hyper threads; numbers are None where the kernel does not tell them, or writes -1."""

    package: int | None
    die: int | None
    cluster: int | None
    id: int | None
    """core_id: unique within a die at best, so never a key by itself; None where the threads do not agree on it."""
    threads: CpuSet
    """The CPUs of topology/core_cpus (thread_siblings); only those on line at the time of reading."""
    source: Source | None = None
    """The file that ``threads`` is from; None where no file tells it."""
    book: int | None = None
    """book_id of s390: the packages of one book share a cache; package numbers count within it."""
    drawer: int | None = None
    """drawer_id of s390: the books of one drawer."""


class Cache(NamedTuple):
    """A cache, keyed on the CPUs that share it, its level and its type; the kernel's cache ids can repeat."""

    level: int
    type: str | None
    """``Data``, ``Instruction``, ``Unified``, or what else the kernel writes; None where it is not told."""
    size_bytes: int | None
    cpus: CpuSet
    """cache/indexN/shared_cpu_map; where that is empty (ia64) or missing, the threads of the core, with a problem."""


class Kind(NamedTuple):
    """CPUs of one kind, of a machine whose cores are not all alike."""

    cpus: CpuSet
    marks: Mapping[str, int | str]
    """What tells this kind from the others: cpu_capacity, base_frequency_khz, highest_perf (the highest of the kind),
    pmu, threads_per_core.  Empty where all are alike."""


class HugePages(NamedTuple):
    """The pool of one huge page size on one node; None for what could not be read."""

    size_bytes: int
    total: int | None
    free: int | None
    surplus: int | None


class Access(NamedTuple):
    """How initiators of one HMAT access class reach a node's memory (node*/accessN/initiators).

    None stands for what is not told, and so does the 0 that the kernel writes where the firmware does not tell it.
    """

    access_class: int
    """0: the best of all initiators, accelerators too; 1: the best of those with CPUs (since 5.10)."""
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
    """The node's CPUs as its folder tells them: cpumap, where there is none cpulist, else the cpuN links.  Most kernels
    leave offline CPUs out.  Empty for a node without CPUs, and where nothing tells: see ``tells_cpus``."""
    online_cpus: CpuSet
    closest_cpus: CpuSet | None
    """The online CPUs nearest to the node, see ``closest_from``; None where nothing tells."""
    closest_from: str | None
    """What tells the nearest: ``own`` (the node has online CPUs), ``access1`` or ``access0`` (the initiators of that
    HMAT access class), ``distance`` (the nodes with online CPUs at the smallest distance), None: nothing."""
    memory_bytes: int | None
    """MemTotal of node*/meminfo; 0 for a node without memory, None where it could not be read."""
    memory_free_bytes: int | None
    distances: Reading[Mapping[int, int]]
    """To each online node, by its number; 0 means that it is not known.  The columns of the file are the online nodes
    in order: where they are more or fewer, the reading is malformed."""
    hugepages: tuple[HugePages, ...]
    accesses: tuple[Access, ...]
    memory_caches: tuple[MemoryCache, ...]
    memory_tier: int | None
    """The number of the tier in devices/virtual/memory_tiering that lists the node; lower is faster."""

    @property
    def tells_cpus(self) -> bool:
        """Whether anything tells which CPUs the node has; a node of a partial capture may have no such file."""
        return bool(self.cpus) or isinstance(self.cpumap, Present) or isinstance(self.cpulist, Present)


class Problem(NamedTuple):
    """Something in the files that cannot be read, contradicts itself or cannot be.

    The same problem of several files is told once, with the first path and the number of the others in the text.
    """

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Topology:
    """The CPUs and NUMA nodes of a host."""

    possible: Reading[CpuSet]
    """cpu/possible; where a capture lacks the file, the CPUs that have a folder or are on line."""
    present: Reading[CpuSet]
    online: CpuSet
    """cpu/online; where the file is missing, the cpuN folders and the processors of /proc/cpuinfo, less those whose
    cpuN/online reads 0 or that cpu/offline names.  Empty where nothing tells, for no host has no CPU."""
    online_source: str
    """The path that ``online`` is from."""
    offline: CpuSet
    """Present and not on line (cpu/offline also names CPUs that are not there)."""
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
    online_nodes: Reading[NodeSet]
    """node/online as it reads; ``nodes`` are those with a folder, and a problem tells where the two differ."""
    problems: tuple[Problem, ...]

    def node_of(self, cpu: int) -> Node | None:
        """Return the first node that holds a CPU, None where none does."""
        return next((node for node in self.nodes if cpu in node.cpus), None)
