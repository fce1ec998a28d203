"""The command line: the clock that the kernel reads, and what its CPUs do when idle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.boot import NO_LATENCY_LIMIT_USEC
from bedplate.rules.boot_words import fault, no_opinion, seen_line, seen_word
from bedplate.rules.rule import (
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
    Subject,
    need,
    not_applicable,
    seen,
)
from bedplate.rules.specimen_profile import wanting
from bedplate.values.idset import CpuSet, union
from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.boot import Boot, Parameter
    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile

_X86 = ("x86_64", "i386", "i586", "i686")


def _slow_clock(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    wish = profile.expects("boot.clocksource")
    if wish is None:
        yield no_opinion(profile, "boot.clocksource")
        return
    if facts.constants.architecture not in _X86:
        yield not_applicable(f"the TSC is a clock of x86, and this is {facts.constants.architecture or 'unknown'}")
        return
    boot = facts.boot
    now = need(boot.clocksource)
    evidence = [seen(boot.clocksource.source, now), *_seen_choice(boot)]
    expected = Expected("equal", wish.value)
    if now == wish.value:
        yield Outcome(State.PASS, expected=expected, actual=now, evidence=tuple(evidence))
        return
    offered = boot.clocksources
    if isinstance(offered, Present):
        evidence.append(seen(offered.source, " ".join(offered.value)))
        if wish.value not in offered.value:
            why = f"the kernel does not offer {wish.value}: it found it unusable, or was told so"
            yield fault(f"the clock is {now}; {why}", evidence, expected=expected, actual=now, cause=Cause.KERNEL_LACKS)
            return
    yield fault(f"the clock is {now}; {wish.reason}", evidence, expected=expected, actual=now)


def _seen_choice(boot: Boot) -> list[Evidence]:
    words = need(boot.cmdline)
    return [seen_word(boot, one) for name in ("tsc", "clocksource", "notsc") for one in words.all(name)]


def _idle_by_boot(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    wish = profile.expects("boot.idle")
    if wish is None:
        yield no_opinion(profile, "boot.idle")
        return
    boot = facts.boot
    found = _idle_word(boot)
    now = "absent" if found is None else found.value or ""
    expected = Expected("equal", wish.value)
    evidence = (seen_line(boot) if found is None else seen_word(boot, found), *_seen_idle(boot))
    if now != wish.value:
        yield fault(
            f"idle= is {now}; {wish.reason}",
            evidence,
            expected=expected,
            actual=now,
            cause=Cause.ABSENT if found is None else Cause.MISMATCH,
        )
    else:
        yield Outcome(State.PASS, expected=expected, actual=now, evidence=evidence)
    yield from _switched_off(boot)


def _idle_word(boot: Boot) -> Parameter | None:
    """Return the last idle=; several can stand together (``idle=nomwait idle=halt``), the last one counts."""
    return need(boot.cmdline).last("idle")


def _seen_idle(boot: Boot) -> Iterator[Evidence]:
    idle = boot.idle
    if isinstance(idle.driver, Present):
        yield seen(idle.driver.source, idle.driver.value)
    limit = idle.latency_limit_usec
    if isinstance(limit, Present) and limit.value < NO_LATENCY_LIMIT_USEC:
        yield seen(limit.source, f"{limit.value} µs")


def _switched_off(boot: Boot) -> Iterator[Outcome]:
    """Yield what idle states are switched off by their files, which nobody puts back when the need is over."""
    states = [state for state in boot.idle.states if state.disabled]
    if states:
        cpus = union(CpuSet, (state.disabled for state in states))
        names = tuple(dict.fromkeys(state.name for state in states))
        yield Outcome(
            State.FAIL,
            Subject("cpu", cpus),
            "idle states are switched off one by one, where a latency limit (PM QoS) would end with who needs it",
            Expected("absent", "states that are switched off"),
            names,
            tuple(Evidence(f"{state.source}/disable", raw="1") for state in states),
            Cause.MISMATCH,
            Severity.INFO,
        )


def _clock_specimens() -> Specimens:
    from bedplate.facts.specimen import booted
    from bedplate.values.reading import Source

    wish = wanting({"boot.clocksource": "tsc"})
    hpet = Present("hpet", Source("specimen/current_clocksource"))
    without = Present(("hpet", "acpi_pm"), Source("specimen/available_clocksource"))
    return Specimens(
        passing=((booted("tsc=reliable"), wish),),
        failing=(
            (booted("clocksource=hpet", clocksource=hpet), wish),
            (booted("quiet", clocksource=hpet, clocksources=without), wish),
        ),
    )


def _idle_specimens() -> Specimens:
    from bedplate.facts.boot import IdleState
    from bedplate.facts.specimen import booted
    from bedplate.facts.specimen_boot import specimen_boot

    absent, poll = wanting({"boot.idle": "absent"}), wanting({"boot.idle": "poll"})
    state = IdleState("C6", 133, CpuSet(range(8)), CpuSet([2, 3]), "specimen/cpu2/cpuidle/state3")
    by_hand = specimen_boot().idle._replace(states=(state,))
    return Specimens(
        passing=((booted("quiet"), absent), (booted("idle=poll"), poll)),
        failing=((booted("idle=poll"), absent), (booted("quiet"), poll), (booted("quiet", idle=by_hand), absent)),
    )


RULES = (
    Rule(
        code="BOOT009",
        name="clocksource-not-the-profiles",
        section=Section.BOOT,
        severity=Severity.WARNING,
        needs=("boot",),
        check=_slow_clock,
        settings=("boot.clocksource",),
        what="On x86 the kernel tells the time from the clock that the profile wants, the TSC as a rule.",
        why="A read of the TSC costs some 20 ns and needs no system call; of the HPET or the ACPI timer, a microsecond "
        "and more each, by every program that asks for the time. The kernel leaves the TSC when its watchdog sees it "
        "drift.",
        example="current_clocksource reads hpet, available_clocksource has no tsc: the kernel marked it unstable.",
        remedy=Remedy(
            "Look in the log for why the TSC was left; tsc=reliable or tsc=nowatchdog where it is known to be sound.",
            runtime=True,
            reboot=True,
            risk="medium",
        ),
        references=("admin-guide/kernel-parameters: tsc, clocksource", "timers/timekeeping"),
        specimens=_clock_specimens,
    ),
    Rule(
        code="BOOT010",
        name="idle-loop-not-the-profiles",
        section=Section.BOOT,
        severity=Severity.WARNING,
        needs=("boot",),
        check=_idle_by_boot,
        settings=("boot.idle",),
        what="CPUs idle as the profile wants: with idle= on the command line only where that was decided.",
        why="idle=poll keeps every CPU at full power for ever: it takes heat and turbo from the CPUs that work, and "
        "the other thread of a core shares with a loop. A latency limit (PM QoS) does the same for as long as it is "
        "needed, on the CPUs that need it.",
        example="idle=poll on the command line of a host whose profile does not ask for it.",
        remedy=Remedy(
            "Take idle= away, and hold /dev/cpu_dma_latency or set pm_qos_resume_latency_us while it matters.",
            reboot=True,
        ),
        references=(
            "admin-guide/pm/cpuidle: Idle States Control Via Kernel Command Line",
            "timers/no_hz: Known Issues",
        ),
        specimens=_idle_specimens,
    ),
)
