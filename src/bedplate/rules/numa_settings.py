"""NUMA: kernel settings.  Balancing, tiering and reclaim that move memory behind the back of who placed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.rule import (
    HOST,
    Cause,
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
from bedplate.rules.setting import configured, expected_setting, no_opinion, seen_setting
from bedplate.values.reading import Present, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.values.reading import Missing

_BALANCING = "kernel.numa_balancing"
_RECLAIM = "vm.zone_reclaim_mode"
TIERING = "numa.tiering"
# kernel.numa_balancing is NUMA_BALANCING_NORMAL (1) and NUMA_BALANCING_MEMORY_TIERING (2); the kernel takes 4 as well.
_PROMOTES = 2
# Bits of vm.zone_reclaim_mode: on (1), writes (2), swaps (4); the kernel takes and ignores any others.
_RECLAIM_BITS = 7


def _balances(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    return expected_setting(facts, profile, _BALANCING)


def _tiers(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    balancing, demotion = facts.sysctls.integer(_BALANCING), facts.memory_tiers.demotion_enabled
    wanted = profile.expects(TIERING)
    if wanted is None:
        yield no_opinion(profile, TIERING, *seen_setting(balancing))
        return
    missing: list[Missing] = [one for one in (balancing, demotion) if not isinstance(one, Present)]
    if len(missing) == 2:
        yield from map(outcome_of_missing, missing)
        return
    promotes = bool((value_of(balancing) or 0) & _PROMOTES)
    for what, on, reading in (
        ("promotion of hot pages to faster memory", promotes, balancing),
        ("demotion of cold pages to slower memory", value_of(demotion), demotion),
    ):
        if isinstance(reading, Present) and on != wanted.value:
            is_on, wish = ("on" if one else "off" for one in (on, wanted.value))
            yield Outcome(
                State.FAIL,
                HOST,
                f"the {what} is {is_on}, and profile {profile.name} wants it {wish}: {wanted.reason}",
                Expected("equal", wanted.value),
                on,
                (seen(reading.source, reading.value),),
                Cause.MISMATCH,
                configured=configured(facts, _BALANCING) if reading is balancing else None,
            )
    yield from (one for one in map(outcome_of_missing, missing) if one.state is State.UNKNOWN)


def _reclaims(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    reading = facts.sysctls.integer(_RECLAIM)
    value = value_of(reading)
    if value is not None and value & ~_RECLAIM_BITS:
        yield Outcome(
            State.FAIL,
            HOST,
            f"{_RECLAIM} is {value}: only the bits 1, 2 and 4 mean something",
            Expected("between", (0, _RECLAIM_BITS)),
            value,
            seen_setting(reading),
            Cause.OUT_OF_RANGE,
            configured=configured(facts, _RECLAIM),
        )
    yield from expected_setting(facts, profile, _RECLAIM)


def _specimens_of(setting: str, wanted: int, good: int, *bad: int) -> Specimens:
    from bedplate.facts.specimen import specimen
    from bedplate.facts.specimen_settings import specimen_sysctls
    from bedplate.rules.specimen_profile import wanting

    profile = wanting({setting: wanted})
    failing = tuple((specimen(sysctls=specimen_sysctls({setting: value})), profile) for value in bad)
    return Specimens(((specimen(sysctls=specimen_sysctls({setting: good})), profile),), failing)


def _tier_specimens() -> Specimens:
    from bedplate.facts.specimen import specimen
    from bedplate.facts.specimen_memory import specimen_tiers
    from bedplate.facts.specimen_settings import specimen_sysctls
    from bedplate.rules.specimen_profile import wanting

    off = wanting({TIERING: False})
    promoting = specimen(sysctls=specimen_sysctls({_BALANCING: 3}))
    return Specimens(
        passing=((specimen(sysctls=specimen_sysctls({_BALANCING: 1})), off),),
        failing=((promoting, off), (specimen(memory_tiers=specimen_tiers(demotion=True)), off)),
    )


RULES = (
    Rule(
        code="NUMA007",
        name="numa-balancing-not-as-wanted",
        section=Section.NUMA,
        severity=Severity.WARNING,
        needs=("sysctls", "persistence"),
        check=_balances,
        what="Automatic NUMA balancing (kernel.numa_balancing) is as the profile wants it.",
        why="Balancing takes the access rights of pages away and learns from the faults which node uses them. Where "
        "programs and memory are pinned there is nothing to learn, and every fault is a delay of microseconds.",
        example="kernel.numa_balancing is 1 on a host whose profile pins every worker and wants 0.",
        remedy=Remedy(
            "Set kernel.numa_balancing with sysctl and keep it in a file of /etc/sysctl.d; numa_balancing=disable on "
            "the kernel command line does the same from the first moment on.",
            runtime=True,
        ),
        references=("admin-guide/sysctl/kernel: numa_balancing",),
        specimens=lambda: _specimens_of(_BALANCING, 0, 0, 1, 2),
        settings=(_BALANCING,),
    ),
    Rule(
        code="NUMA010",
        name="memory-tiering-not-as-wanted",
        section=Section.NUMA,
        severity=Severity.WARNING,
        needs=("sysctls", "memory_tiers", "persistence"),
        check=_tiers,
        what="Promotion (bit 2 of kernel.numa_balancing) and demotion (mm/numa/demotion_enabled) between memory tiers "
        "are as the profile wants them.",
        why="Tiering moves pages between fast and slow memory. Promotion works by faults, as balancing does; demotion "
        "lets memory that was placed on a fast node be found on a slow one.",
        example="demotion_enabled reads true on a host of low latency with a CXL node.",
        remedy=Remedy(
            "Write 0 or 1 to kernel/mm/numa/demotion_enabled, and set or clear bit 2 of kernel.numa_balancing; what "
            "was moved stays where it is.",
            runtime=True,
        ),
        references=(
            "ABI/testing/sysfs-kernel-mm-numa: demotion_enabled",
            "admin-guide/sysctl/kernel: numa_balancing, numa_balancing_promote_rate_limit_MBps",
        ),
        specimens=_tier_specimens,
        settings=(TIERING,),
    ),
    Rule(
        code="NUMA011",
        name="zone-reclaim-not-as-wanted",
        section=Section.NUMA,
        severity=Severity.WARNING,
        needs=("sysctls", "persistence"),
        check=_reclaims,
        what="vm.zone_reclaim_mode is as the profile wants it, and has no bits but 1 (on), 2 (write) and 4 (swap).",
        why="With reclaim on, a node that is full frees pages of its own, and may write or swap for that, before "
        "memory is taken from another node: the allocation stalls, and file caches are lost. It pays only where the "
        "work is partitioned so that each part fits into one node.",
        example="vm.zone_reclaim_mode is 1 on a database host, whose page cache ends at the size of one node.",
        remedy=Remedy("Set vm.zone_reclaim_mode with sysctl and keep it in a file of /etc/sysctl.d.", runtime=True),
        references=("admin-guide/sysctl/vm: zone_reclaim_mode",),
        specimens=lambda: _specimens_of(_RECLAIM, 0, 0, 1, 8),
        settings=(_RECLAIM,),
    ),
)
