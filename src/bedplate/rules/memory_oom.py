"""Memory: what happens when there is none left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.rule import Expected, Remedy
from bedplate.rules.sysctl_relations import number
from bedplate.rules.sysctl_table import INFO, WARNING, failing, holding, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.rules.rule import Outcome

_PANIC = "vm.panic_on_oom"
_ALLOCATING = "vm.oom_kill_allocating_task"


def _without_effect(facts: Facts, _: Profile) -> Iterator[Outcome]:
    panics, kills = number(facts, _PANIC), number(facts, _ALLOCATING)
    if panics is None or kills is None:
        return
    if panics and kills:
        reason = f"{_ALLOCATING} is {kills}, without effect: {_PANIC} is {panics}, and the host panics before it kills"
        yield failing(facts, reason, Expected("equal", 0), _ALLOCATING, _PANIC)
    else:
        yield holding(facts, _ALLOCATING, _PANIC)


RULES = (
    # MEM018 (RLIMIT_MEMLOCK), MEM022 (oom_score_adj) and MEM023 (memory cgroups) need facts of tasks and cgroups.
    row(
        "MEM019",
        "panic-without-memory-not-as-wanted",
        WARNING,
        _PANIC,
        wish="equal",
        wants={_PANIC: 0},
        good={_PANIC: 0},
        bad=({_PANIC: 1}, {_PANIC: 2}),
        what="vm.panic_on_oom is as the profile wants it: 0 kills a process, 1 panics unless a policy or cpuset is the "
        "limit, 2 panics always.",
        why="A panic ends everything for the sake of one process that took too much. It pays only where another "
        "machine takes over, or a crash dump is wanted; 2 panics even when a container meets its own limit.",
        example="vm.panic_on_oom is 2, and one container with a limit of 100 MiB takes the host down.",
        remedy=Remedy("Set it with sysctl(8), and keep it in a file of /etc/sysctl.d.", runtime=True, risk="medium"),
    ),
    row(
        "MEM020",
        "allocating-task-killed",
        WARNING,
        _ALLOCATING,
        wish="equal",
        wants={_ALLOCATING: 0},
        faults=(_without_effect,),
        good={_ALLOCATING: 0},
        bad=({_ALLOCATING: 1}, {_ALLOCATING: 1, _PANIC: 1}),
        what="vm.oom_kill_allocating_task is as the profile wants it, and not set where vm.panic_on_oom makes it "
        "meaningless.",
        why="It kills the task that asked last instead of the one that took most: quick on hosts with very many "
        "tasks, and often the innocent workload itself.",
        example="vm.oom_kill_allocating_task is 1 together with vm.panic_on_oom=1.",
    ),
    row(
        "MEM021",
        "task-list-of-kill-not-as-wanted",
        INFO,
        "vm.oom_dump_tasks",
        wish="equal",
        wants={"vm.oom_dump_tasks": 1},
        good={"vm.oom_dump_tasks": 1},
        bad=({"vm.oom_dump_tasks": 0},),
        what="vm.oom_dump_tasks is as the profile wants it.",
        why="The list of all tasks in the log says who took the memory. With tens of thousands of tasks and a slow "
        "console it takes minutes, during which locks are held.",
        example="vm.oom_dump_tasks is 0, and nobody can tell why the database was killed.",
    ),
)
