"""The control groups as the JSON document bedplate/cgroups/1 (docs/schemas/cgroups-1.json)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bedplate.render.missing import missing_documents, missing_of
from bedplate.render.values import Json, plain
from bedplate.values.reading import Absent, Present, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.cgroups import Cgroup, Cgroups, Cpuset
    from bedplate.values.constants import HostConstants
    from bedplate.values.reading import Reading

SCHEMA = "bedplate/cgroups/1"


def cgroups_document(cgroups: Cgroups, constants: HostConstants) -> dict[str, Json]:
    """Return the document: sets are kernel list text, no limit is ``max``, what is not known is null."""
    controllers = value_of(cgroups.controllers)
    return {
        "schema": SCHEMA,
        "constants": plain(asdict(constants)),
        "mode": cgroups.mode.value,
        "namespace": cgroups.namespace,
        "hierarchies": [
            {name: plain(value) for name, value in hierarchy._asdict().items()} for hierarchy in cgroups.hierarchies
        ],
        "controllers": None if controllers is None else [plain(controller._asdict()) for controller in controllers],
        "groups": [_group(group) for group in cgroups.groups],
        "missing": missing_documents(missing_of(readings_of(cgroups))),
        "problems": [{"path": plain(problem.path), "text": plain(problem.text)} for problem in cgroups.problems],
    }


def readings_of(cgroups: Cgroups) -> Iterator[Reading[object]]:
    """Yield the readings whose lack is told: of groups those that are there and cannot be read or understood."""
    yield cgroups.controllers
    for group in cgroups.groups:
        held: list[Reading[object]] = [group.type, group.controllers, group.delegated, *group.limits.values()]
        if group.cpu is not None:
            held.append(group.cpu)
        if group.cpuset is not None:
            *sets, flags = group.cpuset
            held.extend([*sets, *flags.values()])
        yield from (one for one in held if not isinstance(one, Absent))


def _group(group: Cgroup) -> dict[str, Json]:
    return {
        "hierarchy": group.hierarchy,
        "path": plain(group.path),
        "type": _told(group.type),
        "controllers": _told(group.controllers),
        "delegated": _told(group.delegated),
        "limits": {str(plain(name)): _told(limit) for name, limit in group.limits.items()},
        "cpu": None if not isinstance(group.cpu, Present) else plain(group.cpu.value._asdict()),
        "cpuset": None if group.cpuset is None else _cpuset(group.cpuset),
    }


def _cpuset(cpuset: Cpuset) -> dict[str, Json]:
    partition = value_of(cpuset.partition)
    return {
        "cpus": _told(cpuset.cpus),
        "mems": _told(cpuset.mems),
        "effective_cpus": _told(cpuset.effective_cpus),
        "effective_mems": _told(cpuset.effective_mems),
        "exclusive_cpus": _told(cpuset.exclusive_cpus),
        "partition": None if partition is None else plain(partition._asdict()),
        "exclusive": _told(cpuset.exclusive),
        "balanced": _told(cpuset.balanced),
        "flags": {name: _told(flag) for name, flag in cpuset.flags.items()},
    }


def _told(reading: Reading[object]) -> Json:
    return plain(reading.value) if isinstance(reading, Present) else None
