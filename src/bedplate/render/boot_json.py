"""How a host was booted as the JSON document bedplate/boot/1 (docs/schemas/boot-1.json)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bedplate.facts.boot import built_in_cmdline, command_line_size_bytes
from bedplate.facts.boot_masks import possible_cpus_of
from bedplate.facts.boot_pages import asked_huge_pages
from bedplate.facts.boot_sets import boot_sets
from bedplate.facts.cmdline_difference import cmdline_difference
from bedplate.render.values import Json, plain
from bedplate.values.reading import Present, value_of, why_missing

if TYPE_CHECKING:
    from bedplate.facts.boot import Boot, Cmdline, Idle
    from bedplate.facts.boot_masks import PossibleCpus
    from bedplate.facts.persisted_cmdline import PersistedLine
    from bedplate.facts.topology import Topology
    from bedplate.values.constants import HostConstants
    from bedplate.values.idset import CpuSet
    from bedplate.values.reading import Reading

SCHEMA = "bedplate/boot/1"


def boot_document(boot: Boot, topology: Topology, constants: HostConstants) -> dict[str, Json]:
    """Return the document; null stands for what is not known, and ``missing`` says why."""
    line = value_of(boot.cmdline)
    preemption = value_of(boot.preemption)
    return {
        "schema": SCHEMA,
        "constants": plain(asdict(constants)),
        "cmdline": None if line is None else _cmdline(line, boot, constants),
        "sets": None if line is None else _sets(line, possible_cpus_of(boot, topology, constants)),
        "hugepages": None if line is None else _huge_pages(line, topology, constants),
        "log": _log(boot),
        "kernel_config": boot.kernel_config.source.path if isinstance(boot.kernel_config, Present) else None,
        "clocksource": {"current": plain(value_of(boot.clocksource)), "available": plain(value_of(boot.clocksources))},
        "idle": _idle(boot.idle),
        "preemption": {
            "realtime": value_of(boot.realtime),
            "mode": None if preemption is None else plain(preemption.mode),
            "modes": None if preemption is None else plain(preemption.modes),
        },
        "rcu_normal": value_of(boot.rcu_normal),
        "persisted": _persisted(boot, topology),
        "missing": [
            {"path": plain(reading.source.path), "reason": plain(why_missing(reading))}
            for reading in readings(boot)
            if not isinstance(reading, Present)
        ],
    }


def readings(boot: Boot) -> tuple[Reading[object], ...]:
    """Return every reading of a boot, in the order in which it is shown."""
    idle = boot.idle
    return (
        boot.cmdline,
        boot.kernel_config,
        boot.log,
        boot.clocksource,
        boot.clocksources,
        idle.driver,
        idle.governor,
        idle.latency_limit_usec,
        boot.realtime,
        boot.preemption,
        boot.rcu_normal,
        boot.persisted,
    )


def _cmdline(line: Cmdline, boot: Boot, constants: HostConstants) -> Json:
    return {
        "text": plain(line.text),
        "bytes": len(line.text.encode("utf-8", "surrogateescape")),
        "limit_bytes": command_line_size_bytes(boot, constants),
        "parameters": [
            {
                "name": plain(one.name),
                "raw_name": plain(one.raw_name),
                "value": plain(one.value),
                "span": [one.span[0], one.span[1]],
            }
            for one in line.parameters
        ],
        "init_arguments": plain(line.init_arguments),
        "problems": [
            {"kind": one.kind, "span": [one.span[0], one.span[1]], "text": plain(one.text)} for one in line.problems
        ],
    }


def _sets(line: Cmdline, possible: PossibleCpus) -> Json:
    sets = boot_sets(line, possible)
    return {
        "isolcpus": str(sets.domain),
        "nohz_full": str(sets.nohz_full),
        "rcu_nocbs": str(sets.rcu_nocbs),
        "offloaded": str(sets.offloaded),
        "managed_irq": str(sets.managed_irq),
        "dropped": [{"parameter": plain(str(one)), "reason": plain(why)} for one, why in sets.dropped],
        "undecided": plain(sets.undecided or None),
    }


def _huge_pages(line: Cmdline, topology: Topology, constants: HostConstants) -> Json:
    asked = asked_huge_pages(line, topology, constants)
    return {
        "default_size_bytes": asked.default_size_bytes,
        "pools": [
            {"size_bytes": pool.size_bytes, "pages": pool.pages, "per_node": plain(pool.per_node)}
            for pool in asked.pools
        ],
        "problems": [{"parameter": plain(str(one.parameter)), "reason": plain(one.reason)} for one in asked.problems],
    }


def _log(boot: Boot) -> Json:
    log = value_of(boot.log)
    if log is None:
        return None
    return {
        "complete": log.complete,
        "unknown_parameters": plain(log.unknown_parameters),
        "offloaded": _listed(log.offloaded),
        "nohz_full": _listed(log.nohz_full),
        "complaints": plain(log.complaints),
    }


def _idle(idle: Idle) -> Json:
    return {
        "driver": plain(value_of(idle.driver)),
        "governor": plain(value_of(idle.governor)),
        "latency_limit_usec": value_of(idle.latency_limit_usec),
        "states": [
            {
                "name": plain(state.name),
                "latency_usec": state.latency_usec,
                "cpus": str(state.cpus),
                "disabled": str(state.disabled),
            }
            for state in idle.states
        ],
    }


def _persisted(boot: Boot, topology: Topology) -> Json:
    kept = value_of(boot.persisted)
    return None if kept is None else [_kept(one, boot, topology) for one in kept]


def _kept(kept: PersistedLine, boot: Boot, topology: Topology) -> Json:
    line = value_of(boot.cmdline)
    differs: Json = None
    if line is not None and kept.cmdline is not None:
        difference = cmdline_difference(line, kept.cmdline, value_of(topology.possible), built_in_cmdline(boot))
        differs = {"only_booted": plain(difference.only_first), "only_kept": plain(difference.only_second)}
    return {
        "keeper": kept.keeper.value,
        "path": plain(kept.path),
        "line": kept.line,
        "title": plain(kept.title),
        "kernel": plain(kept.kernel),
        "text": None if kept.cmdline is None else plain(kept.cmdline.text),
        "unknown": plain(kept.unknown or None),
        "differences": differs,
    }


def _listed(cpus: CpuSet | None) -> str | None:
    return None if cpus is None else str(cpus)
