"""What a profile may want of each setting that rules ask for: the one table of the kinds of values.

A setting of the kernel (sysctl) needs no entry: its kind is made of facts/sysctls.py CATALOGUE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bedplate.errors import ParseError
from bedplate.facts.sysctl_key import INT_MAX, Kind
from bedplate.facts.sysctls import CATALOGUE
from bedplate.rules.comparison import ranges

if TYPE_CHECKING:
    from collections.abc import Callable

# Limits that are higher on some kernels than the catalogue saw: ipcmni_extend raises the numbers of IPC objects to
# 2^24, and hung_task_panic became a number of tasks.  A value that is there was taken by its kernel.
_HIGHER = {"kernel.msgmni": 1 << 24, "kernel.shmmni": 1 << 24, "kernel.hung_task_panic": INT_MAX}


@dataclass(frozen=True, slots=True)
class Wish:
    """A kind of values that a profile may want of a setting."""

    accepted: str
    """In words, behind “must be”: ``true or false``."""
    accepts: Callable[[object], bool]


def limits(name: str) -> tuple[int | None, int | None]:
    """Return the least and the greatest value that some kernel takes for a setting of the catalogue, None for none."""
    key = CATALOGUE[name]
    return key.low, _HIGHER.get(name, key.high)


def kind_of(setting: str) -> Wish | None:
    """Return what may be wanted of a setting, None where it is neither in the table nor one of the kernel's."""
    if setting in _KINDS or setting not in CATALOGUE:
        return _KINDS.get(setting)
    return _of_kernel(setting) if CATALOGUE[setting].kind is Kind.INTEGER else _TEXT


def _whole(low: int, high: int) -> Wish:
    words = f"a whole number from {low} to {high}" if low < high else str(low)
    return Wish(words, lambda value: _is_number(value, low, high))


def _words(*names: str) -> Wish:
    return Wish(f"“{names[0]}”" if len(names) == 1 else f"one of {_quoted(names)}", lambda value: value in names)


def _some_of(*names: str) -> Wish:
    def accepts(value: object) -> bool:
        return isinstance(value, str) and bool(found := value.replace(",", " ").split()) and set(found) <= set(names)

    return Wish(f"one or more of {_quoted(names)}, with commas", accepts)


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _of_kernel(name: str) -> Wish:
    """Return the kind of a setting that is one number: that, or numbers and ranges of which one is to fit."""
    low, high = limits(name)
    key = CATALOGUE[name]
    between = " ".join([f"from {low}"] * (low is not None) + [f"to {high}"] * (high is not None))
    switch = (key.low, key.high) == (0, 1)

    def accepts(value: object) -> bool:
        if isinstance(value, str):
            return _are_ranges(value, low, high)
        return (switch and isinstance(value, bool)) or value == key.default or _is_number(value, low, high)

    number = f"a whole number {between}".rstrip()
    return Wish(f"{number}, or a text of such numbers and ranges as in “0,600..”", accepts)


def _is_number(value: object, low: int | None, high: int | None) -> bool:
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return (low is None or value >= low) and (high is None or value <= high)


def _are_ranges(text: str, low: int | None, high: int | None) -> bool:
    """Return whether all ends that a text of ranges names are values of the setting, and in order."""
    try:
        found = ranges(text)
    except ParseError:
        return False
    return all(
        (first, last) != (None, None)
        and all(end is None or _is_number(end, low, high) for end in (first, last))
        and (first is None or last is None or first <= last)
        for first, last in found
    )


_TRUTH = Wish("true or false", lambda value: isinstance(value, bool))
_SWITCH = Wish("0 or 1", lambda value: isinstance(value, int) and value in (0, 1))
_TEXT = Wish("a text", lambda value: isinstance(value, str) and bool(value.strip()))
_NAME = Wish("a name, such as “tsc”", lambda value: isinstance(value, str) and len(value.split()) == 1)

_KINDS = {
    "numa.memory_imbalance_percent": _whole(0, 100),
    "numa.tiering": _TRUTH,
    # The rule knows one wish: that they do not grow.
    "numa.remote_allocations": _whole(0, 0),
    "boot.movable_node": _TRUTH,
    "boot.hashdist": _SWITCH,
    "boot.isolcpus_domain": _TRUTH,
    "boot.skew_tick": _SWITCH,
    "boot.clocksource": _NAME,
    "boot.idle": _words("absent", "poll", "halt", "nomwait"),
    "boot.cpus_capped": _TRUTH,
    "boot.preemption": _some_of("none", "voluntary", "lazy", "full", "realtime"),
    "boot.threadirqs": _TRUTH,
    "boot.rcu_normal_after_boot": _SWITCH,
    "iso.sets_match": _TRUTH,
    # A set of CPUs in the kernel, and in a profile a word for one.
    "kernel.watchdog_cpumask": _words("housekeeping", "all"),
    "pci.workload_locality": _words("node", "package"),
    "pci.irq_placement": _words("local", "local-housekeeping"),
    "pci.aspm_policy": _words("default", "performance", "powersave", "powersupersave"),
    "pci.power_control": _words("on", "auto"),
    "pci.user_drivers_need_iommu": _TRUTH,
    "pci.queues": _words("local"),
}
