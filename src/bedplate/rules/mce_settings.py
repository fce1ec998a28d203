"""Memory errors: what the kernel does with a page that went bad."""

from __future__ import annotations

from bedplate.rules.sysctl_table import ERROR, WARNING, row

_EARLY, _RECOVERY = "vm.memory_failure_early_kill", "vm.memory_failure_recovery"

RULES = (
    # MCE001 and MCE004-006 need facts of machine checks, of memory controllers and of the command line.
    row(
        "MCE002",
        "early-kill-not-as-wanted",
        WARNING,
        _EARLY,
        wish="equal",
        wants={_EARLY: 0},
        good={_EARLY: 0},
        bad=({_EARLY: 1},),
        what="vm.memory_failure_early_kill is as the profile wants it.",
        why="With 1 every process that maps a page which went bad gets SIGBUS at once. Programs that handle it can "
        "move their data away; all others die for a page that they might never have touched again.",
        example="vm.memory_failure_early_kill is 1 on a host of programs that do not handle SIGBUS.",
    ),
    row(
        "MCE003",
        "memory-error-panics",
        ERROR,
        _RECOVERY,
        wish="equal",
        wants={_RECOVERY: 1},
        good={_RECOVERY: 1},
        bad=({_RECOVERY: 0},),
        what="vm.memory_failure_recovery is as the profile wants it.",
        why="With 0 every memory error that is not corrected is a panic, although most concern one page of one "
        "process, which alone has to end.",
        example="vm.memory_failure_recovery is 0, and a bad page of a log reader takes the host down.",
    ),
)
