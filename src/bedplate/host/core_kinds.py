"""Reads what tells the cores of a machine with several kinds of them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bedplate.facts.topology import Kind
from bedplate.host.cpus import CPU
from bedplate.parse.sysfs_number import parse_count
from bedplate.values.idset import CpuSet, union

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bedplate.facts.topology import Core
    from bedplate.host.attributes import Attributes

_PMUS = "/sys/devices"
_PMU_PREFIX = "cpu_"
# The best and the worst core of one kind differ in acpi_cppc/highest_perf by a few per cent: it ranks them for turbo
# (64 and 67 on one Intel hybrid, 166 to 231 in steps of 5 on AMD).  Between kinds the gap is wide (39 and 64).
_SAME_KIND_RATIO = 0.8


# What the kernel tells of one core, by the name of its mark.
_FILES = {
    "cpu_capacity": "cpu_capacity",
    "base_frequency_khz": "cpufreq/base_frequency",
    "highest_perf": "acpi_cppc/highest_perf",
}


class _Group(NamedTuple):
    """CPUs with the same marks."""

    cpus: CpuSet
    marks: dict[str, int | str]


def read_kinds(files: Attributes, online: CpuSet, offline: CpuSet, cores: Sequence[Core]) -> tuple[Kind, ...]:
    """Return the kinds of cores: one, without marks, where all are alike or nothing tells."""
    cored = [core.threads for core in cores]
    alone = online - union(CpuSet, cored)
    kinds = _kinds_by_marks(files, cored, alone)
    # Of a CPU that is in no known core, nobody knows how many threads its core has.
    if len(kinds) < 2 and not alone:
        kinds = _kinds_by_threads(cored, offline)
    if len(kinds) < 2:
        return (Kind(online, {}),) if online else ()
    pmus = _read_pmus(files)
    return tuple(Kind(group.cpus, group.marks | _pmu_of(group.cpus, pmus)) for group in kinds)


def _kinds_by_marks(files: Attributes, cores: Sequence[CpuSet], alone: CpuSet) -> list[_Group]:
    """Return the CPUs of each combination of those marks that differ between cores, and CPUs of no known core."""
    first = [threads.first for threads in cores] + list(alone)
    marks = {name: _read_mark(files, first, path) for name, path in _FILES.items()}
    marks["highest_perf"] = _without_ranks(marks["highest_perf"])
    telling = {name: values for name, values in marks.items() if len(set(values)) > 1}
    groups: dict[tuple[int, ...], int] = {}
    for at, cpu in enumerate(first):
        key = tuple(values[at] for values in telling.values())
        groups[key] = groups.get(key, 0) | (cores[at].bits if at < len(cores) else 1 << cpu)
    ordered = sorted(groups.items(), key=lambda group: group[1] & -group[1])
    return [_Group(CpuSet.from_bits(bits), dict(zip(telling, key, strict=True))) for key, bits in ordered]


def _read_mark(files: Attributes, cpus: Sequence[int], path: str) -> list[int]:
    """Return a mark of each CPU; none at all where one lacks it, for then it tells nothing."""
    values: list[int] = []
    for cpu in cpus:
        value = files.value(f"{CPU}/cpu{cpu}/{path}", parse_count)
        if value is None:
            return []
        values.append(value)
    return values


def _without_ranks(perfs: list[int]) -> list[int]:
    """Return the numbers with each one raised to that of the best core of the same kind."""
    raised: dict[int, int] = {}
    best = last = 0
    for perf in sorted(set(perfs), reverse=True):
        best = best if raised and perf >= last * _SAME_KIND_RATIO else perf
        raised[perf], last = best, perf
    return [raised[perf] for perf in perfs]


def _kinds_by_threads(groups: Sequence[CpuSet], offline: CpuSet) -> list[_Group]:
    """Return the CPUs of cores with equally many threads, where offline CPUs cannot explain the difference.

    A thread that is off line is in no map, so a core that lacks one looks like a core of another kind.
    """
    most = max((len(threads) for threads in groups), default=0)
    lacking = sum(most - len(threads) for threads in groups)
    if lacking <= len(offline):
        return []
    counts = sorted({len(threads) for threads in groups}, reverse=True)
    return [
        _Group(union(CpuSet, (threads for threads in groups if len(threads) == count)), {"threads_per_core": count})
        for count in counts
    ]


def _read_pmus(files: Attributes) -> dict[str, CpuSet]:
    """Return the CPUs of the performance counters cpu_core, cpu_atom …; they name kinds, and prove none.

    A hypervisor or a recorded machine of one kind of cores may well have both folders.
    """
    found: dict[str, CpuSet] = {}
    for name in files.root.names(_PMUS):
        if name.startswith(_PMU_PREFIX) and name.isascii() and name.isidentifier():
            cpus = files.value(f"{_PMUS}/{name}/cpus", CpuSet.from_list)
            if cpus:
                found[name] = cpus
    return found


def _pmu_of(cpus: CpuSet, pmus: Mapping[str, CpuSet]) -> dict[str, int | str]:
    name = next((name for name, counted in pmus.items() if cpus <= counted), None)
    return {} if name is None else {"pmu": name}
