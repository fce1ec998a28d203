"""The tasks of a host: where each may run and does, how it is scheduled, and whether it can be moved.

Sources: proc(5), sched(7), Documentation/admin-guide/cgroup-v1/cpusets.rst and cgroup-v2.rst.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from bedplate.parse.task_state import TaskFlag
from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.facts.topology import Problem
    from bedplate.parse.pid_cgroup import Cgroups
    from bedplate.parse.pid_stat import PidStat
    from bedplate.parse.pid_stat_row import StatRow
    from bedplate.values.idset import CpuSet, NodeSet
    from bedplate.values.reading import Reading

POLICIES = {0: "other", 1: "fifo", 2: "rr", 3: "batch", 5: "idle", 6: "deadline", 7: "ext"}
"""The scheduling policies of sched(7) by their numbers; a later one may come, and 4 was never used."""
# The first kernel thread is the parent of all others.
_KTHREADD = 2


class Fixed(Enum):
    """Why a task cannot be moved to another cpuset."""

    NO_SETAFFINITY = "PF_NO_SETAFFINITY"
    """The kernel keeps it where it is, and refuses another affinity as well (EINVAL): per-CPU threads and workers."""
    KTHREADD = "kthreadd"
    """The parent of all kernel threads: no cgroup but the root takes it (EINVAL).  Its affinity may be set."""


class Task(NamedTuple):
    """One thread, or a process that has one only.  CPU times of the latter hold those of threads that have ended."""

    pid: int
    """The process's number."""
    tid: int
    """The thread's own number; that of the process for its first thread."""
    path: str
    """The folder of its files."""
    stat: PidStat
    """Name, state, times, priority, policy, last CPU …"""
    affinity: Reading[CpuSet]
    """Where it may run, as its cpuset and sched_setaffinity(2) left it; offline CPUs may be in it."""
    mems_allowed: Reading[NodeSet]
    """The nodes that its cpuset lets it have memory from; absent without CONFIG_CPUSETS."""
    oom_score: Reading[int]
    """Of the process: the larger, the sooner it is killed when memory ends."""
    oom_score_adj: Reading[int]
    cgroups: Reading[Cgroups]
    """Its groups, as the reader's cgroup namespace shows them."""

    @property
    def comm(self) -> bytes:
        """The name that it gave to itself: untrusted bytes."""
        return self.stat.comm

    @property
    def kernel_thread(self) -> bool:
        """Whether it is a thread of the kernel."""
        return TaskFlag.KTHREAD in self.stat.flags

    @property
    def fixed(self) -> Fixed | None:
        """Why it cannot be moved to another cpuset; None where it can be."""
        if TaskFlag.NO_SETAFFINITY in self.stat.flags:
            return Fixed.NO_SETAFFINITY
        return Fixed.KTHREADD if self.kernel_thread and self.pid == _KTHREADD else None

    @property
    def movable(self) -> bool:
        """Whether another cpuset takes it, as far as the task itself is concerned."""
        return self.fixed is None

    @property
    def last_cpu(self) -> int | None:
        """The CPU that it ran on last."""
        return self.stat.last_cpu

    @property
    def policy(self) -> str | None:
        """The scheduling policy's name, ``policy 8`` for an unknown one; None before Linux 2.5.19."""
        number = self.stat.policy
        return None if number is None else POLICIES.get(number, f"policy {number}")

    @property
    def cpuset(self) -> bytes | None:
        """The path of its cpuset, in v1 or in v2; None where no hierarchy has one or its groups are not known."""
        if not isinstance(self.cgroups, Present):
            return None
        line = self.cgroups.value.of("cpuset")
        return self.cgroups.value.unified if line is None else line.path


@dataclass(frozen=True, slots=True)
class Tasks:
    """All tasks that could be read."""

    folder: Reading[str]
    """The folder that they are from; what else it is where there are none."""
    tasks: tuple[Task, ...]
    """In the order of their pids and tids."""
    ended: int
    """Tasks that were listed and had ended when they were read."""
    denied: int
    """Tasks that may not be looked at (hidepid= of proc(5))."""
    problems: tuple[Problem, ...]

    def by_tid(self) -> Mapping[int, Task]:
        """Return the tasks by their own numbers."""
        return {task.tid: task for task in self.tasks}


class TaskRows(NamedTuple):
    """What one scan saw: little of each task, and fast."""

    rows: list[StatRow]
    ended: int
    """Tasks that were listed and had ended when they were read."""
    denied: int
    """Tasks that may not be looked at (hidepid= of proc(5))."""
    problems: list[Problem]
    """Texts that are not those of a task; a live kernel writes none."""
