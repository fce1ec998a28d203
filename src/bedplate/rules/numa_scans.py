"""NUMA: how balancing scans the memory of tasks, in debugfs since Linux 5.13 and in sysctls before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.rule import Remedy, State, not_applicable
from bedplate.rules.sysctl_relations import never, not_above, number
from bedplate.rules.sysctl_table import WARNING, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.rules.rule import Outcome

_SCAN = "kernel.numa_balancing_scan_"
_DELAY, _SIZE = f"{_SCAN}delay_ms", f"{_SCAN}size_mb"
_SHORTEST, _LONGEST = f"{_SCAN}period_min_ms", f"{_SCAN}period_max_ms"
_SETTLE = "kernel.numa_balancing_settle_count"


def _unseen_and_unused(facts: Facts, _: Profile, found: Iterator[Outcome]) -> Iterator[Outcome]:
    """Debugfs is often not mounted, or for root alone; where balancing is off, nobody needs to know."""
    off = number(facts, "kernel.numa_balancing") == 0
    for outcome in found:
        hidden = off and outcome.state is State.UNKNOWN
        yield not_applicable("NUMA balancing is off, and its scans are not to be seen") if hidden else outcome


RULES = (
    row(
        "NUMA019",
        "balancing-scan-periods-crossed",
        WARNING,
        f"{_DELAY} {_SHORTEST} {_LONGEST} {_SIZE}",
        amend=_unseen_and_unused,
        faults=(
            not_above(_SHORTEST, _LONGEST, "the period cannot adapt to what the faults say"),
            never(_SHORTEST, 0, "nothing bounds how often the memory of a task is scanned"),
        ),
        good={_DELAY: 1000, _SHORTEST: 1000, _LONGEST: 60000, _SIZE: 256},
        bad=({_SHORTEST: 60001}, {_LONGEST: 10}, {_SIZE: 0}, {_SHORTEST: 0}),
        what="The scan settings of NUMA balancing are in their range wherever this kernel has them, debugfs or "
        "sysctl, and the shortest period is not above the longest.",
        why="Balancing scans at a period between the two, more often while it finds pages to move. Crossed, or with 0 "
        "for the shortest, it scans all the time or never often enough, and each scan is a wave of faults.",
        example="numa_balancing/scan_period_min_ms in debugfs is 100000, above scan_period_max_ms, 60000.",
        remedy=Remedy("Write both periods to where the evidence shows them, the shortest below the longest.", True),
    ),
    row(
        "NUMA020",
        "balancing-settle-count-not-as-wanted",
        WARNING,
        _SETTLE,
        wish="equal",
        wants={_SETTLE: 3},
        good={_SETTLE: 3},
        bad=({_SETTLE: 0},),
        what="kernel.numa_balancing_settle_count, which only Linux 3.13 has, is as the profile wants it.",
        why="After this many scans a task that was moved to its preferred node may be moved elsewhere by the load "
        "balancer. Kernels since Linux 3.14 decide it by themselves, and have no such setting.",
        example="kernel.numa_balancing_settle_count is 0, and tasks wander from node to node.",
    ),
)
