"""NUMA: settings in files of sysctl.d that this kernel does not have there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.sysctls import other_home_of, path_of
from bedplate.rules.rule import (
    HOST,
    Cause,
    Evidence,
    Expected,
    Outcome,
    Remedy,
    Rule,
    Section,
    Severity,
    Specimens,
    State,
    outcome_of_missing,
    seen,
)
from bedplate.rules.setting import is_certain, unread_settings
from bedplate.values.reading import Absent, Present, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.facts.persistence import Setting
    from bedplate.facts.sysctls import Value
    from bedplate.policy import Profile
    from bedplate.values.reading import Reading

_BALANCING = "kernel.numa_balancing"
_SCAN = "kernel.numa_balancing_"


def _dead_place(facts: Facts, _: Profile) -> Iterator[Outcome]:
    yield from unread_settings(facts)
    for setting in facts.persistence.settings(at_boot=False):
        home = other_home_of(setting.assignment.key)
        if home is not None and setting.assignment.key.startswith(_SCAN):
            yield from _dead(facts, setting, home)


def _dead(facts: Facts, setting: Setting, home: str) -> Iterator[Outcome]:
    key = setting.assignment.key
    reading = facts.sysctls[key]
    if reading.source.path == path_of(key) and isinstance(reading, Present):
        return
    balancing = facts.sysctls[_BALANCING]
    if not isinstance(balancing, Present) and not is_certain(balancing):
        yield outcome_of_missing(balancing)
        return
    has = isinstance(balancing, Present)
    why = f"this kernel has it in {home}" if has else "this kernel has no NUMA balancing"
    line = f"{key} = {setting.assignment.value}"
    yield Outcome(
        State.FAIL,
        HOST,
        f"{setting.place} sets {key}, which is no sysctl here: {why}",
        Expected("equal", "no such line"),
        line,
        (Evidence(setting.path, setting.assignment.span, line), seen(reading.source)),
        Cause.KERNEL_LACKS,
        configured=setting.place,
    )


def _dead_specimens() -> Specimens:
    from bedplate.facts.specimen import specimen
    from bedplate.facts.specimen_memory import specimen_persistence
    from bedplate.facts.specimen_settings import specimen_sysctls

    key = "kernel.numa_balancing_scan_delay_ms"
    files = specimen_persistence({"50-numa.conf": f"# scan\n{key} = 500\n"})
    moved = Present(1000, Source(other_home_of(key) or ""))
    lacks = Absent(Source(path_of(key)), "needs CONFIG_NUMA_BALANCING")
    none = Absent(Source(path_of(_BALANCING)), "needs CONFIG_NUMA_BALANCING")
    failing: tuple[dict[str, Reading[Value]], ...] = ({key: lacks}, {key: moved}, {key: lacks, _BALANCING: none})
    return Specimens(
        passing=((specimen(persistence=files), None),),
        failing=tuple((specimen(persistence=files, sysctls=specimen_sysctls(one)), None) for one in failing),
    )


RULES = (
    Rule(
        code="NUMA009",
        name="numa-balancing-set-in-dead-place",
        section=Section.NUMA,
        severity=Severity.INFO,
        needs=("sysctls", "persistence"),
        check=_dead_place,
        what="No file of sysctl.d sets kernel.numa_balancing_scan_* on a kernel that has them in debugfs.",
        why="The scan settings of NUMA balancing moved to debugfs with Linux 5.13. A line for the old key fails at "
        "every boot with a message that nobody reads, and the value that was wanted is not there.",
        example="/etc/sysctl.d/90-numa.conf:2 sets kernel.numa_balancing_scan_delay_ms on Linux 6.12.",
        remedy=Remedy(
            "Remove the line; where the value is still wanted, write it to sched/numa_balancing/ in debugfs at boot, "
            "for example by a systemd unit.",
            runtime=True,
        ),
        references=("scheduler/sched-debug: numa_balancing", "sysctl.d(5)"),
        specimens=_dead_specimens,
    ),
)
