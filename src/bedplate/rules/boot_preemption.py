"""The command line: whether and how the kernel preempts itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bedplate.rules.boot_words import fault, no_opinion, seen_word
from bedplate.rules.rule import (
    Evidence,
    Expected,
    Outcome,
    Remedy,
    Rule,
    Section,
    Severity,
    Specimens,
    State,
    give_up,
    need,
    seen,
)
from bedplate.rules.specimen_profile import wanting
from bedplate.values.reading import Present, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.boot import Boot
    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile


class _Model(NamedTuple):
    """A preemption model and where it was seen."""

    name: str
    evidence: Evidence


def _preemption(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    wish = profile.expects("boot.preemption")
    if wish is None:
        yield no_opinion(profile, "boot.preemption")
        return
    model = _model(facts.boot)
    wanted = tuple(str(wish.value).replace(",", " ").split())
    expected = Expected("one of", wanted)
    if model.name in wanted:
        yield Outcome(State.PASS, expected=expected, actual=model.name, evidence=(model.evidence,))
    else:
        yield fault(
            f"the kernel's preemption model is {model.name}; {wish.reason}",
            [model.evidence],
            expected=expected,
            actual=model.name,
        )


def _model(boot: Boot) -> _Model:
    """Return the preemption model: of PREEMPT_RT, then what debugfs says, then what the line or the build chose."""
    if isinstance(boot.realtime, Present) and boot.realtime.value:
        return _Model("realtime", seen(boot.realtime.source, 1))
    if isinstance(boot.preemption, Present):
        return _Model(boot.preemption.value.mode, seen(boot.preemption.source, boot.preemption.value.mode))
    config = value_of(boot.kernel_config)
    if config is None:
        give_up(boot.preemption)
    chosen = need(boot.cmdline).last("preempt")
    if chosen is not None and chosen.value and config.enabled("CONFIG_PREEMPT_DYNAMIC"):
        return _Model(chosen.value, seen_word(boot, chosen))
    options = {
        "CONFIG_PREEMPT_RT": "realtime",
        "CONFIG_PREEMPT_LAZY": "lazy",
        "CONFIG_PREEMPT": "full",
        "CONFIG_PREEMPT_VOLUNTARY": "voluntary",
        "CONFIG_PREEMPT_NONE": "none",
    }
    built = next((option for option in options if config.enabled(option)), None)
    if built is None:
        give_up(boot.preemption)
    return _Model(options[built], seen(boot.kernel_config.source, f"{built}=y"))


def _preemption_specimens() -> Specimens:
    from bedplate.facts.boot import Preemption
    from bedplate.facts.specimen import booted
    from bedplate.values.reading import Absent, Source

    wish = wanting({"boot.preemption": "full,lazy,realtime"})
    slow = Present(Preemption("voluntary", ("none", "voluntary", "full")), Source("specimen/preempt"))
    hidden = Absent(Source("specimen/preempt"), "debugfs is not mounted")
    realtime = Present(True, Source("specimen/realtime"))
    return Specimens(
        passing=(
            (booted("quiet"), wish),
            (booted("preempt=full", preemption=hidden), wish),
            (booted("quiet", preemption=slow, realtime=realtime), wish),
        ),
        failing=((booted("quiet", preemption=slow), wish), (booted("preempt=none", preemption=hidden), wish)),
    )


RULES = (
    Rule(
        code="BOOT015",
        name="preemption-model-not-the-profiles",
        section=Section.BOOT,
        severity=Severity.INFO,
        needs=("boot",),
        check=_preemption,
        settings=("boot.preemption",),
        what="The kernel preempts itself as the profile wants it to.",
        why="Where the kernel does not preempt itself, a task that was woken waits for the end of whatever runs in the "
        "kernel; where it does, every such switch costs throughput.",
        example="debugfs sched/preempt reads “none (voluntary) full” on a host for low latency.",
        remedy=Remedy("Add preempt=full to the command line of a PREEMPT_DYNAMIC kernel.", runtime=True, reboot=True),
        references=("admin-guide/kernel-parameters: preempt",),
        specimens=_preemption_specimens,
    ),
)
