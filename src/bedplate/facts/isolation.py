"""Which CPUs are isolated, and the masks that keep the kernel's own work away from them.

Sources: Documentation/admin-guide/kernel-parameters.txt (isolcpus, nohz_full, workqueue.unbound_cpus),
Documentation/core-api/workqueue.rst ("Affinity Scopes"), Documentation/admin-guide/lockup-watchdogs.rst,
Documentation/admin-guide/cgroup-v2.rst ("cpuset.cpus.isolated").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.facts.cpu_names import named_cpus
from bedplate.values.idset import CpuSet, union
from bedplate.values.reading import Absent, Malformed, Present, Source

if TYPE_CHECKING:
    from bedplate.facts.topology import Topology
    from bedplate.values.reading import Reading

_NONE_ISOLATED = "the kernel isolates no CPU (isolcpus=, nohz_full=, isolated partitions of cgroup v2)"


class Workqueue(NamedTuple):
    """An unbound workqueue that shows its attributes (WQ_SYSFS), such as ``writeback``."""

    name: str
    cpumask: Reading[CpuSet]
    """What was asked for it.  Its workers run on that and the mask of all unbound workqueues, or on the latter alone
    where the two have nothing in common; the file does not follow the latter."""


@dataclass(frozen=True, slots=True)
class Isolation:
    """The masks of kernel work, and what cgroup v2 isolates."""

    unbound: Reading[CpuSet]
    """devices/virtual/workqueue/cpumask: where work of unbound workqueues may run."""
    unbound_requested: Reading[CpuSet]
    """cpumask_requested: what was asked for (Linux 6.8)."""
    unbound_isolated: Reading[CpuSet]
    """cpumask_isolated: what isolated partitions took away from it (Linux 6.8)."""
    workqueues: tuple[Workqueue, ...]
    watchdog: Reading[int]
    """kernel.watchdog: 0 where both lockup detectors are off, so that their mask is without effect."""
    watchdog_cpus: Reading[CpuSet]
    """kernel.watchdog_cpumask: the CPUs that the lockup detectors watch."""
    partitions: Reading[CpuSet]
    """cpuset.cpus.isolated of the root of cgroup v2: the CPUs of all isolated partitions."""


def isolated_cpus(topology: Topology, isolation: Isolation, wanted: str | None = None) -> Reading[CpuSet]:
    """Return the isolated CPUs: those ``wanted`` (Profile.isolated), else all that the kernel isolates in any way.

    Absent, with the reason, where none is isolated; the reading that could not be had where none is known to be
    isolated and one of the places could not be looked at.
    """
    if wanted is not None:
        return _wanted(wanted, topology)
    places = isolation_places(topology, isolation)
    known = [place for place in places if isinstance(place, Present) and place.value]
    if known:
        return Present(union(CpuSet, (place.value for place in known)), known[0].source)
    for place in places:
        if not isinstance(place, Present) and not (isinstance(place, Absent) and place.certain):
            return place
    return Absent(places[0].source, _NONE_ISOLATED)


def isolation_places(topology: Topology, isolation: Isolation) -> tuple[Reading[CpuSet], ...]:
    """Return the readings that tell isolated CPUs: scheduler domains, adaptive ticks, partitions."""
    return topology.isolated, topology.nohz_full, isolation.partitions


def _wanted(text: str, topology: Topology) -> Reading[CpuSet]:
    source = Source("the profile's isolated CPUs")
    try:
        cpus = named_cpus(text, topology)
    except ParseError as error:
        return Malformed(source, text.encode("utf-8", "surrogateescape"), error.message)
    return Present(cpus, source) if cpus else Absent(source, "the profile wants no CPU isolated")
