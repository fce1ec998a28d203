"""Scheduling: heuristics, statistics, and settings that are no sysctls any more."""

from __future__ import annotations

from bedplate.rules.rule import Remedy
from bedplate.rules.sysctl_relations import kept_where_gone
from bedplate.rules.sysctl_table import INFO, WARNING, row

_DEAD = (
    "kernel.sched_latency_ns",
    "kernel.sched_migration_cost_ns",
    "kernel.sched_min_granularity_ns",
    "kernel.sched_wakeup_granularity_ns",
)
_GROUPS = "kernel.sched_autogroup_enabled"
_STATISTICS, _DELAYS = "kernel.sched_schedstats", "kernel.task_delayacct"

RULES = (
    row(
        "SCHED005",
        "scheduler-setting-in-dead-place",
        WARNING,
        " ".join(_DEAD),
        judged=False,
        faults=(kept_where_gone(*_DEAD),),
        bad_lines="\n".join(f"{name} = 1000000" for name in _DEAD),
        what="No file of sysctl.d sets kernel.sched_latency_ns, sched_migration_cost_ns, sched_min_granularity_ns or "
        "sched_wakeup_granularity_ns on a kernel that does not have them there.",
        why="They moved to debugfs with Linux 5.13, and most are gone with the scheduler of Linux 6.6. The line fails "
        "at every boot with a message that nobody reads, and the host is not tuned as its owner believes.",
        example="/etc/sysctl.d/90-latency.conf:2 sets kernel.sched_min_granularity_ns on Linux 6.12.",
        remedy=Remedy(
            "Remove the line; since Linux 6.6 sched/base_slice_ns in debugfs is what comes nearest.", runtime=True
        ),
        references=("scheduler/sched-debug", "scheduler/sched-eevdf", "sysctl.d(5)"),
    ),
    row(
        "SCHED006",
        "session-groups-not-as-wanted",
        INFO,
        _GROUPS,
        wish="equal",
        wants={_GROUPS: 0},
        good={_GROUPS: 0},
        bad=({_GROUPS: 1},),
        what="kernel.sched_autogroup_enabled is as the profile wants it.",
        why="Each session gets an equal share of the CPUs, made for desktops: on a server the daemon that was started "
        "from a terminal competes as one of many, and its nice value counts only within its session.",
        example="kernel.sched_autogroup_enabled is 1, and renice(1) of a batch job changes nothing for the others.",
    ),
    row(
        "SCHED007",
        "scheduler-statistics-not-as-wanted",
        INFO,
        f"{_STATISTICS} {_DELAYS}",
        wish="equal",
        wants={_STATISTICS: 0, _DELAYS: 0},
        good={_STATISTICS: 0, _DELAYS: 0},
        bad=({_STATISTICS: 1}, {_DELAYS: 1}),
        what="kernel.sched_schedstats and kernel.task_delayacct are as the profile wants them.",
        why="Both take time stamps on every switch and wake-up, left on by a tool that was to look for a minute.",
        example="kernel.sched_schedstats is 1 since somebody ran latencytop last year.",
    ),
    row(
        "SCHED008",
        "energy-aware-scheduling-not-as-wanted",
        WARNING,
        "kernel.sched_energy_aware",
        wish="equal",
        wants={"kernel.sched_energy_aware": 0},
        good={"kernel.sched_energy_aware": 0},
        bad=({"kernel.sched_energy_aware": 1},),
        what="kernel.sched_energy_aware is as the profile wants it.",
        why="On CPUs of several kinds tasks are packed where they cost the least energy, which is seldom where they "
        "are done first. Where all CPUs are alike there is nothing to choose, and the rule does not apply.",
        example="kernel.sched_energy_aware is 1 on a board with big and little cores that is to answer quickly.",
    ),
    row(
        "SCHED009",
        "quota-slice-not-as-wanted",
        INFO,
        "kernel.sched_cfs_bandwidth_slice_us",
        wish="equal",
        wants={"kernel.sched_cfs_bandwidth_slice_us": 5000},
        good={"kernel.sched_cfs_bandwidth_slice_us": 5000},
        bad=({"kernel.sched_cfs_bandwidth_slice_us": 1000},),
        what="kernel.sched_cfs_bandwidth_slice_us is as the profile wants it.",
        why="Each CPU takes this much of its group's quota at once. Large slices strand quota on CPUs that do not use "
        "it, and a container is throttled early; small ones contend for the lock of the pool.",
        example="kernel.sched_cfs_bandwidth_slice_us is 5000 on 128 CPUs with quotas of 50 ms.",
    ),
    row(
        "SCHED012",
        "split-lock-penalty-not-as-wanted",
        INFO,
        "kernel.split_lock_mitigate",
        wish="equal",
        wants={"kernel.split_lock_mitigate": 1},
        good={"kernel.split_lock_mitigate": 1},
        bad=({"kernel.split_lock_mitigate": 0},),
        what="kernel.split_lock_mitigate is as the profile wants it.",
        why="A locked access across two cache lines stops the memory of the whole host. With the mitigation the task "
        "that does it is slowed down by milliseconds: good for all others, and the end of an old program.",
        example="kernel.split_lock_mitigate is 0 on a host that runs the programs of strangers.",
    ),
)
