"""The kernel settings of a host (sysctl): the typed catalogue of what each is, and what was read of them.

Sources: Documentation/admin-guide/sysctl/{vm,kernel,fs,net,user}.rst, sched-debug.rst, and what kernels 6.12 and 6.18
were seen to accept.  Ranges and defaults are those of a 64-bit mainline kernel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

from bedplate.facts import sysctl_ipc, sysctl_kernel, sysctl_sched, sysctl_vm
from bedplate.facts.sysctl_key import Key, Kind
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bedplate.values.reading import Reading

Value: TypeAlias = "int | tuple[int, ...] | str | CpuSet"
T = TypeVar("T", int, "tuple[int, ...]", str, CpuSet)

_BASE = "/proc/sys/"
# Settings that are, or since a kernel version are, somewhere else; a kernel has them in one place.
_SCAN = "/sys/kernel/debug/sched/numa_balancing/"
_SCHED = "/sys/kernel/debug/sched/"
_OTHER_HOMES = {
    "kernel.numa_balancing_scan_delay_ms": _SCAN + "scan_delay_ms",
    "kernel.numa_balancing_scan_period_max_ms": _SCAN + "scan_period_max_ms",
    "kernel.numa_balancing_scan_period_min_ms": _SCAN + "scan_period_min_ms",
    "kernel.numa_balancing_scan_size_mb": _SCAN + "scan_size_mb",
    "kernel.sched_latency_ns": _SCHED + "latency_ns",
    "kernel.sched_migration_cost_ns": _SCHED + "migration_cost_ns",
    "kernel.sched_min_granularity_ns": _SCHED + "min_granularity_ns",
    "kernel.sched_wakeup_granularity_ns": _SCHED + "wakeup_granularity_ns",
}

CATALOGUE: Mapping[str, Key] = {
    key.name: key for key in sorted([*sysctl_vm.KEYS, *sysctl_sched.KEYS, *sysctl_ipc.KEYS, *sysctl_kernel.KEYS])
}
"""Every known setting by its name, sorted."""


def path_of(name: str) -> str:
    """Return the file of a setting: ``vm.swappiness`` is /proc/sys/vm/swappiness.

    A slash in the name is a dot in the file's, as sysctl(8) has it: net.ipv4.conf.eth0/7.forwarding.
    """
    return _BASE + name.translate(str.maketrans("./", "/."))


def other_home_of(name: str) -> str | None:
    """Return the file that holds a setting on kernels that do not have it below /proc/sys, None where there is none."""
    return _OTHER_HOMES.get(name)


@dataclass(frozen=True, slots=True)
class Sysctls:
    """The settings of the catalogue as one host has them."""

    readings: Mapping[str, Reading[Value]]
    """By name.  The source of each is the file it is from, with the namespace that the value belongs to."""

    def __getitem__(self, name: str) -> Reading[Value]:
        return self.readings[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.readings)

    def __len__(self) -> int:
        return len(self.readings)

    def integer(self, name: str) -> Reading[int]:
        """Return a setting that is one integer."""
        return self._of_kind(name, int)

    def numbers(self, name: str) -> Reading[tuple[int, ...]]:
        """Return a setting that is several integers."""
        return self._of_kind(name, tuple)

    def text(self, name: str) -> Reading[str]:
        """Return a setting that is text."""
        return self._of_kind(name, str)

    def cpus(self, name: str) -> Reading[CpuSet]:
        """Return a setting that is a set of CPUs."""
        return self._of_kind(name, CpuSet)

    def _of_kind(self, name: str, kind: type[object]) -> Reading[T]:
        reading = self.readings[name]
        if isinstance(reading, Present) and not isinstance(reading.value, kind):
            raise TypeError(f"{name} is of the kind {CATALOGUE[name].kind.value}, not {kind.__name__}")
        return cast("Reading[T]", reading)


__all__ = ["CATALOGUE", "Key", "Kind", "Sysctls", "Value", "other_home_of", "path_of"]
