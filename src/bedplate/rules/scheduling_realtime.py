"""Scheduling: real-time and deadline tasks."""

from __future__ import annotations

from bedplate.rules.rule import Remedy
from bedplate.rules.sysctl_relations import not_above
from bedplate.rules.sysctl_table import ERROR, INFO, WARNING, row

_PERIOD, _RUNTIME = "kernel.sched_rt_period_us", "kernel.sched_rt_runtime_us"
_SLICE = "kernel.sched_rr_timeslice_ms"
_LEAST, _MOST = "kernel.sched_deadline_period_min_us", "kernel.sched_deadline_period_max_us"

RULES = (
    row(
        "SCHED001",
        "real-time-share-out-of-bounds",
        ERROR,
        f"{_PERIOD} {_RUNTIME}",
        faults=(not_above(_RUNTIME, _PERIOD, "the kernel refuses more time than there is"),),
        good={_PERIOD: 1_000_000, _RUNTIME: 950_000},
        bad=({_PERIOD: 0}, {_RUNTIME: -2}, {_PERIOD: 900_000}),
        what="kernel.sched_rt_period_us is at least 1, and kernel.sched_rt_runtime_us from -1 to the period.",
        why="The kernel refuses every other pair with EINVAL. Whoever sets both has to do it in the right order: one "
        "of the two writes fails otherwise, and half of what was meant is in force.",
        example="A file of sysctl.d sets the period to 500000 before the runtime, which is still 950000.",
        remedy=Remedy("Lower the runtime before the period, and raise the period before the runtime.", runtime=True),
    ),
    row(
        "SCHED002",
        "real-time-throttling-not-as-wanted",
        WARNING,
        _RUNTIME,
        wish="equal",
        wants={_RUNTIME: 950_000},
        good={_RUNTIME: 950_000},
        bad=({_RUNTIME: -1},),
        what="kernel.sched_rt_runtime_us is as the profile wants it; -1 is no throttling.",
        why="Throttling takes 50 of each 1000 milliseconds from real-time tasks that never sleep: a stall for a "
        "program that polls on a CPU of its own, and the last way into a host where one runs wild.",
        example="kernel.sched_rt_runtime_us is -1 on a host that nobody can reach when a FIFO task spins.",
        remedy=Remedy("Set it with sysctl(8), and keep it in a file of /etc/sysctl.d.", runtime=True, risk="medium"),
    ),
    row(
        "SCHED003",
        "round-robin-slice-not-as-wanted",
        INFO,
        _SLICE,
        wish="equal",
        wants={_SLICE: 100},
        good={_SLICE: 100},
        bad=({_SLICE: 10},),
        what="kernel.sched_rr_timeslice_ms is as the profile wants it.",
        why="Tasks of SCHED_RR with the same priority take turns of this length. A write of 0 or less sets it back to "
        "100 and succeeds.",
        example="kernel.sched_rr_timeslice_ms is 100 where the real-time tasks are to take turns of 10 ms.",
    ),
    row(
        "SCHED004",
        "deadline-periods-crossed",
        INFO,
        f"{_LEAST} {_MOST}",
        faults=(not_above(_LEAST, _MOST, "no period is long and short enough"),),
        good={_LEAST: 100, _MOST: 4_194_304},
        bad=({_LEAST: 4_194_305}, {_MOST: 99}),
        what="kernel.sched_deadline_period_min_us is not above kernel.sched_deadline_period_max_us.",
        why="sched_setattr(2) refuses a SCHED_DEADLINE task whose period is not between the two; with crossed limits "
        "it refuses all of them.",
        example="kernel.sched_deadline_period_max_us was set to 50 by a writer who took it for milliseconds.",
    ),
    # SCHED010 (tasks as declared) and SCHED011 (limits of tasks) need facts of tasks.
)
