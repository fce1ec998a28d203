"""Reads the masks that keep kernel work away from isolated CPUs, and what cgroup v2 isolates."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bedplate.facts.isolation import Isolation, Workqueue
from bedplate.parse.pci import parse_count
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent

if TYPE_CHECKING:
    from bedplate.host.root import Root
    from bedplate.values.reading import Reading

_WORKQUEUE = "/sys/devices/virtual/workqueue"
_WATCHDOG = "/proc/sys/kernel/watchdog"
# The root of cgroup v2; on a hybrid host the first is a tmpfs, and v2 is at the second.
_CGROUP_ROOTS = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified")
_SINCE_6_8 = "an older kernel (the file came with Linux 6.8)"
_NO_DETECTOR = "no lockup detector (CONFIG_LOCKUP_DETECTOR is off)"
_NO_PARTITIONS = "cgroup v2 does not hold the cpuset controller here, or an older kernel (Linux 6.8)"


def read_isolation(root: Root) -> Isolation:
    """Return the masks."""
    mask = partial(root.reading, parse=CpuSet.from_mask, keep=True)
    return Isolation(
        unbound=mask(f"{_WORKQUEUE}/cpumask", absent="an older kernel (the file came with Linux 4.2)"),
        unbound_requested=mask(f"{_WORKQUEUE}/cpumask_requested", absent=_SINCE_6_8),
        unbound_isolated=mask(f"{_WORKQUEUE}/cpumask_isolated", absent=_SINCE_6_8),
        workqueues=_workqueues(root),
        watchdog=root.reading(_WATCHDOG, parse_count, absent=_NO_DETECTOR),
        # Written a CPU that is not there, the kernel takes it and the file reads back empty: an empty set is a value.
        watchdog_cpus=root.reading(f"{_WATCHDOG}_cpumask", CpuSet.from_list, absent=_NO_DETECTOR),
        partitions=_partitions(root),
    )


def _workqueues(root: Root) -> tuple[Workqueue, ...]:
    """Return the workqueues that show a mask; those bound to CPUs show none."""
    try:
        folders = [entry.name for entry in root.entries(_WORKQUEUE) if entry.kind == "folder"]
    except OSError:
        return ()
    found = (Workqueue(name, root.reading(f"{_WORKQUEUE}/{name}/cpumask", CpuSet.from_mask)) for name in folders)
    return tuple(queue for queue in found if not isinstance(queue.cpumask, Absent))


def _partitions(root: Root) -> Reading[CpuSet]:
    """Return cpuset.cpus.isolated, which only the root cgroup of the machine has."""
    readings = [
        root.reading(f"{folder}/cpuset.cpus.isolated", CpuSet.from_list, absent=_NO_PARTITIONS)
        for folder in _CGROUP_ROOTS
    ]
    return next((reading for reading in readings if not isinstance(reading, Absent)), readings[0])
