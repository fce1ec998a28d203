"""The control groups as text: hierarchies, cpusets, and the groups that have a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.render.cgroups_json import readings_of
from bedplate.render.line import line
from bedplate.render.missing import missing_of, missing_texts
from bedplate.render.section import PROBLEM, section
from bedplate.render.sizes import rounded
from bedplate.render.table import columns
from bedplate.values.escape import printable
from bedplate.values.limit import MAX
from bedplate.values.reading import Present, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.cgroups import Cgroup, Cgroups, Cpuset, Hierarchy
    from bedplate.render.line import Line
    from bedplate.values.limit import Limit
    from bedplate.values.reading import Reading


def cgroups_text(cgroups: Cgroups, *, verbose: bool = False) -> Iterator[Line]:
    """Yield the lines; with ``verbose`` groups that have all that their parent has, too."""
    yield line(("Control groups", "bold"), f"  {cgroups.mode.value}, {len(cgroups.groups)} groups")
    yield from section("Hierarchies", columns([_hierarchy(one) for one in cgroups.hierarchies], "<<<"))
    heading = ["group", "cpus", "effective", "mems", "effective", "partition"]
    rows = [_cpuset(group, cpuset) for group, cpuset in cgroups.cpusets() if verbose or _is_told(group, cpuset)]
    yield from section("Cpusets", columns([heading, *rows], "<<<<<<") if rows else ())
    limited = [row for group in cgroups.groups if (row := _limits(group)) is not None]
    yield from section("Limits", columns(limited, "<<") if limited else ())
    unread = missing_texts(missing_of(readings_of(cgroups)))
    odd = (f"{one.path}: {one.text}" for one in cgroups.problems)
    yield from section("Problems", map(printable, [*unread, *odd]), PROBLEM)


def _hierarchy(hierarchy: Hierarchy) -> list[str]:
    named = [f"name={hierarchy.name}"] if hierarchy.name else []
    return [f"v{hierarchy.version}", hierarchy.mount_point, ",".join([*hierarchy.controllers, *named]) or "-"]


def _is_told(group: Cgroup, cpuset: Cpuset) -> bool:
    """Return whether a cpuset differs from its parent's: the root, and those that were asked for something."""
    return group.path == "/" or bool(value_of(cpuset.cpus)) or bool(value_of(cpuset.mems))


def _cpuset(group: Cgroup, cpuset: Cpuset) -> list[str]:
    sets = (cpuset.cpus, cpuset.effective_cpus, cpuset.mems, cpuset.effective_mems)
    return [group.path, *map(_told, sets), _partition(cpuset)]


def _told(reading: Reading[object]) -> str:
    return (str(reading.value) or "-") if isinstance(reading, Present) else "-"


def _partition(cpuset: Cpuset) -> str:
    partition = value_of(cpuset.partition)
    if partition is not None and partition.valid:
        return partition.kind
    if partition is not None:
        return f"{partition.kind} INVALID: {partition.reason or 'the kernel gives no reason'}"
    words = ["exclusive"] if value_of(cpuset.exclusive) else []
    return " ".join([*words, *(["not balanced"] if value_of(cpuset.balanced) is False else [])])


def _limits(group: Cgroup) -> list[str] | None:
    """Return the group and its limits; None where it has none."""
    told = [
        f"{name} {_limit(name, limit)}"
        for name, reading in group.limits.items()
        if (limit := value_of(reading)) is not None and limit is not MAX and _limits_something(name, limit)
    ]
    cpu = value_of(group.cpu) if group.cpu is not None else None
    if cpu is not None and cpu.quota_usec is not MAX:
        told.append(f"cpu {cpu.quota_usec} of {cpu.period_usec} µs")
    return [group.path, ", ".join(told)] if told else None


def _limits_something(name: str, limit: Limit) -> bool:
    return not (name in ("memory.min", "memory.low") and limit == 0)


def _limit(name: str, limit: Limit) -> str:
    return str(limit) if limit is MAX or name == "pids.max" else rounded(limit)
