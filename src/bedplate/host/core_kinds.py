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


class _Marks(NamedTuple):
    """What the kernel tells of one core; None where it does not."""

    cpu_capacity: int | None
    base_frequency_khz: int | None
    highest_perf: int | None


def read_kinds(files: Attributes, online: CpuSet, offline: CpuSet, cores: Sequence[Core]) -> tuple[Kind, ...]:
    """Return the kinds of cores: one, without marks, where all are alike or nothing tells."""
    groups = [core.threads for core in cores]
    alone = [CpuSet([cpu]) for cpu in online - union(CpuSet, groups)]
    marks = _without_ranks({threads: _read_marks(files, threads.first) for threads in (*groups, *alone)})
    kinds = _kinds_by_marks(marks)
    # Of a CPU that is in no known core, nobody knows how many threads its core has.
    if len(kinds) < 2 and not alone:
        kinds = _kinds_by_threads(groups, offline)
    if len(kinds) < 2:
        return (Kind(online, {}),) if online else ()
    pmus = _read_pmus(files)
    return tuple(Kind(cpus, {**found, **_pmu_of(cpus, pmus)}) for cpus, found in kinds)


def _read_marks(files: Attributes, cpu: int) -> _Marks:
    folder = f"{CPU}/cpu{cpu}"
    return _Marks(
        files.value(f"{folder}/cpu_capacity", parse_count),
        files.value(f"{folder}/cpufreq/base_frequency", parse_count),
        files.value(f"{folder}/acpi_cppc/highest_perf", parse_count),
    )


def _without_ranks(marks: Mapping[CpuSet, _Marks]) -> dict[CpuSet, _Marks]:
    """Return the marks with highest_perf raised to that of the best core of the same kind."""
    raised: dict[int | None, int | None] = {None: None}
    best, last = 0, 0
    for perf in sorted({one.highest_perf for one in marks.values() if one.highest_perf is not None}, reverse=True):
        if perf < last * _SAME_KIND_RATIO or not last:
            best = perf
        raised[perf], last = best, perf
    return {cpus: one._replace(highest_perf=raised[one.highest_perf]) for cpus, one in marks.items()}


def _kinds_by_marks(marks: Mapping[CpuSet, _Marks]) -> list[tuple[CpuSet, dict[str, int | str]]]:
    """Return the CPUs of each combination of marks; a mark that not every core has, or all alike, is left out."""
    seen = {name: {getattr(one, name) for one in marks.values()} for name in _Marks._fields}
    telling = [name for name, values in seen.items() if len(values) > 1 and None not in values]
    groups: dict[tuple[int, ...], list[CpuSet]] = {}
    for cpus, one in marks.items():
        groups.setdefault(tuple(getattr(one, name) for name in telling), []).append(cpus)
    found = [
        (union(CpuSet, members), dict[str, int | str](zip(telling, values, strict=True)))
        for values, members in groups.items()
    ]
    return sorted(found, key=lambda kind: kind[0].first)


def _kinds_by_threads(groups: Sequence[CpuSet], offline: CpuSet) -> list[tuple[CpuSet, dict[str, int | str]]]:
    """Return the CPUs of cores with equally many threads, where offline CPUs cannot explain the difference.

    A thread that is off line is in no map, so a core that lacks one looks like a core of another kind.
    """
    most = max((len(threads) for threads in groups), default=0)
    lacking = sum(most - len(threads) for threads in groups)
    if lacking <= len(offline):
        return []
    counts = sorted({len(threads) for threads in groups}, reverse=True)
    return [
        (union(CpuSet, (threads for threads in groups if len(threads) == count)), {"threads_per_core": count})
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
