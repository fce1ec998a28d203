"""Faults: tasks that hang, and whether anyone is told."""

from __future__ import annotations

from bedplate.rules.rule import Remedy
from bedplate.rules.sysctl_relations import always, never, not_above
from bedplate.rules.sysctl_table import ERROR, INFO, WARNING, row

_HUNG = "kernel.hung_task_"
_TIMEOUT, _INTERVAL = f"{_HUNG}timeout_secs", f"{_HUNG}check_interval_secs"
_PANIC, _COUNT, _WARNINGS, _SEEN = f"{_HUNG}panic", f"{_HUNG}check_count", f"{_HUNG}warnings", f"{_HUNG}detect_count"

RULES = (
    row(
        "HUNG001",
        "hung-task-timeout-not-as-wanted",
        WARNING,
        _TIMEOUT,
        wish="equal",
        wants={_TIMEOUT: "0,600.."},
        good={_TIMEOUT: 600},
        bad=({_TIMEOUT: 120},),
        what="kernel.hung_task_timeout_secs is as the profile wants it; 0 is no checks.",
        why="A task that waits longer in the kernel is reported. The check walks all tasks, which a quiet host does "
        "not want often; without any checks a disk that hangs is never told of.",
        example="kernel.hung_task_timeout_secs is 0 on a host of many users.",
    ),
    row(
        "HUNG002",
        "hung-task-panic-not-as-wanted",
        INFO,
        _PANIC,
        wish="equal",
        wants={_PANIC: 0},
        good={_PANIC: 0},
        bad=({_PANIC: 1},),
        what="kernel.hung_task_panic is as the profile wants it.",
        why="A storage that is slow for two minutes then ends the host. It pays where another machine takes over and "
        "a crash dump is to say why.",
        example="kernel.hung_task_panic is 1 on a host with network storage.",
    ),
    row(
        "HUNG003",
        "hung-task-check-too-rare",
        ERROR,
        _INTERVAL,
        faults=(not_above(_INTERVAL, _TIMEOUT, "a hung task is seen later than the timeout says", off=0),),
        good={_INTERVAL: 0, _TIMEOUT: 120},
        bad=({_INTERVAL: 121}, {_INTERVAL: 600}),
        what="kernel.hung_task_check_interval_secs is not above kernel.hung_task_timeout_secs.",
        why="The checks are this far apart. With an interval above the timeout the kernel uses the timeout, and what "
        "was set is not what is in force.",
        example="kernel.hung_task_check_interval_secs is 600 and kernel.hung_task_timeout_secs is 120.",
        remedy=Remedy("Set the interval to 0, which is the timeout, or below the timeout.", runtime=True),
    ),
    row(
        "HUNG004",
        "hung-task-check-too-long",
        INFO,
        _COUNT,
        wish="at-most",
        wants={_COUNT: 4_194_304},
        good={_COUNT: 32768},
        bad=({_COUNT: 4_194_305},),
        what="kernel.hung_task_check_count is at most what the profile wants.",
        why="It bounds how many tasks one check looks at, and so how long it holds off RCU.",
        example="kernel.hung_task_check_count is 2147483647 on a host of low latency.",
    ),
    row(
        "HUNG005",
        "hung-task-warnings-used-up",
        WARNING,
        _WARNINGS,
        faults=(never(_WARNINGS, 0, "no hung task is reported any more", unless=(_TIMEOUT, 0)),),
        good={_WARNINGS: 10, _TIMEOUT: 120},
        bad=({_WARNINGS: 0},),
        what="kernel.hung_task_warnings is -1, or above 0, unless the checks are off.",
        why="The number counts down with each report. At 0 the kernel goes on checking, and tells nobody.",
        example="kernel.hung_task_warnings is 0 after ten reports during a failure of the storage in spring.",
        remedy=Remedy("Set it to -1 to have all reports, or to 10 again.", runtime=True),
    ),
    row(
        "HUNG006",
        "tasks-were-hung",
        WARNING,
        _SEEN,
        faults=(always(_SEEN, 0, "tasks waited longer in the kernel than kernel.hung_task_timeout_secs"),),
        good={_SEEN: 0},
        bad=({_SEEN: 3},),
        what="kernel.hung_task_detect_count, the hung tasks since the boot, is 0.",
        why="Something that tasks wait for in the kernel, most often storage, did not answer for minutes. It may be "
        "over, but it did happen, and the log says to whom.",
        example="kernel.hung_task_detect_count is 4.",
        remedy=Remedy("Look for 'blocked for more than' in the kernel's log; the count goes with the next boot."),
    ),
)
