"""Faults: CPUs that lock up, and the watchdogs that see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.rule import Expected, Remedy
from bedplate.rules.sysctl_relations import number
from bedplate.rules.sysctl_table import ERROR, WARNING, failing, holding, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.rules.rule import Outcome

_BOTH, _HARD, _SOFT = "kernel.watchdog", "kernel.nmi_watchdog", "kernel.soft_watchdog"
_TIME = "kernel.watchdog_thresh"
_TRACES = " ".join(f"kernel.{name}_all_cpu_backtrace" for name in ("hardlockup", "hung_task", "oops", "softlockup"))


def _consistent(facts: Facts, _: Profile) -> Iterator[Outcome]:
    """kernel/watchdog.c: watchdog reads 1 where either detector is wanted."""
    both, hard, soft = number(facts, _BOTH), number(facts, _HARD), number(facts, _SOFT)
    if both is None or soft is None:
        return
    either = int(bool(hard or soft))
    if bool(both) != bool(either):
        reason = f"{_BOTH} is {both}, and of its detectors the hard one is {hard or 0} and the soft one {soft}"
        yield failing(facts, reason, Expected("equal", either), _BOTH, _SOFT, _HARD)
    elif both and number(facts, _TIME) == 0:
        yield failing(facts, f"{_BOTH} is {both}, and {_TIME} is 0: no detector runs", Expected("at-least", 1), _TIME)
    else:
        yield holding(facts, _BOTH, _SOFT, _HARD)


RULES = (
    row(
        "HUNG007",
        "nmi-watchdog-not-as-wanted",
        WARNING,
        _HARD,
        wish="equal",
        wants={_HARD: 0},
        good={_HARD: 0},
        bad=({_HARD: 1},),
        what="kernel.nmi_watchdog is as the profile wants it.",
        why="The detector of hard lockups takes a performance counter and interrupts each CPU that it watches, "
        "whatever that does. Without it a CPU that is stuck with its interrupts off is seen by nobody.",
        example="kernel.nmi_watchdog is 1 on a host of low latency.",
        remedy=Remedy(
            "Set it with sysctl(8); the file is read-only where there is no such detector, as in most virtual "
            "machines.",
            runtime=True,
        ),
    ),
    row(
        "HUNG008",
        "soft-watchdog-not-as-wanted",
        WARNING,
        f"{_SOFT} {_BOTH}",
        wish="equal",
        wants={_SOFT: 1, _BOTH: 1},
        good={_SOFT: 1, _BOTH: 1},
        bad=({_SOFT: 0}, {_BOTH: 0}),
        what="kernel.soft_watchdog and kernel.watchdog are as the profile wants them.",
        why="A CPU on which nothing but one task runs for 20 seconds is reported: a fault of a driver most often, but "
        "also a real-time program that polls. Isolated CPUs are better left out by kernel.watchdog_cpumask.",
        example="kernel.soft_watchdog is 0 on every CPU for the sake of two that poll.",
    ),
    row(
        "HUNG009",
        "watchdog-threshold-not-as-wanted",
        ERROR,
        _TIME,
        wish="equal",
        wants={_TIME: "1..60"},
        good={_TIME: 10},
        bad=({_TIME: 0}, {_TIME: 61}),
        what="kernel.watchdog_thresh is from 0 to 60, and as the profile wants it.",
        why="0 switches all lockup detectors off, whatever their own settings say. A longer time tells later.",
        example="kernel.watchdog_thresh is 0, left from a debugger's session.",
    ),
    row(
        "HUNG010",
        "watchdogs-contradict",
        WARNING,
        f"{_BOTH} {_SOFT}",
        faults=(_consistent,),
        good={_BOTH: 1, _SOFT: 1, _HARD: 0, _TIME: 10},
        bad=({_BOTH: 0}, {_SOFT: 0}, {_TIME: 0}),
        what="kernel.watchdog is 1 where the hard or the soft detector is on, and then kernel.watchdog_thresh is "
        "not 0.",
        why="A write of kernel.watchdog switches both detectors, and a threshold of 0 both off. Settings that say "
        "different things make people believe in a watchdog that does not run.",
        example="kernel.watchdog is 1 and kernel.watchdog_thresh is 0.",
        references=("admin-guide/sysctl/kernel: watchdog", "admin-guide/lockup-watchdogs"),
    ),
    row(
        "HUNG011",
        "backtraces-of-all-cpus-not-as-wanted",
        WARNING,
        _TRACES,
        wish="equal",
        wants=dict.fromkeys(_TRACES.split(), 0),
        good=dict.fromkeys(_TRACES.split(), 0),
        bad=tuple({name: 1} for name in _TRACES.split()),
        what="kernel.softlockup_all_cpu_backtrace, hardlockup_all_cpu_backtrace, hung_task_all_cpu_backtrace and "
        "oops_all_cpu_backtrace are as the profile wants them.",
        why="One CPU's fault interrupts all others, isolated ones too, and each writes pages of text to the console.",
        example="kernel.softlockup_all_cpu_backtrace is 1 on 128 CPUs with a serial console.",
    ),
)
