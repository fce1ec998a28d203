"""Made-up tasks, for rules to show what they find."""

from __future__ import annotations

from bedplate.facts.tasks import Task, Tasks
from bedplate.parse.pid_cgroup import Cgroups
from bedplate.parse.pid_stat import PidStat
from bedplate.parse.task_state import TaskFlag
from bedplate.values.idset import CpuSet, NodeSet
from bedplate.values.reading import Present, Source

_ORDINARY = 20
_NO_FLAG = TaskFlag(0)


def specimen_task(
    tid: int,
    comm: bytes = b"worker",
    *,
    affinity: str = "0-7",
    last_cpu: int = 0,
    flags: TaskFlag = _NO_FLAG,
    policy: int = 0,
    rt_priority: int = 0,
    oom_score_adj: int = 0,
    cgroup: bytes = b"/",
) -> Task:
    """Return a task of a process of its own; one with ``TaskFlag.KTHREAD`` has no address space."""
    path = f"specimen/{tid}"
    kernel = TaskFlag.KTHREAD in flags
    numbers = {4: 2 if kernel else 1, 9: int(flags), 18: -1 - rt_priority if rt_priority else _ORDINARY, 20: 1, 22: 100}
    numbers |= {38: 17, 39: last_cpu, 40: rt_priority, 41: policy}
    if not kernel:
        numbers |= {23: 1 << 24, 24: 1000, 25: (1 << 64) - 1, 26: 0x400000, 27: 0x500000}
    return Task(
        tid,
        tid,
        path,
        PidStat(tid, comm, "S", tuple(numbers.get(position, 0) for position in range(4, 53))),
        affinity=Present(CpuSet.from_list(affinity), Source(f"{path}/status")),
        mems_allowed=Present(NodeSet([0, 1]), Source(f"{path}/status")),
        oom_score=Present(0 if kernel else 666, Source(f"{path}/oom_score")),
        oom_score_adj=Present(oom_score_adj, Source(f"{path}/oom_score_adj")),
        cgroups=Present(Cgroups(b"0::" + cgroup + b"\n"), Source(f"{path}/cgroup")),
    )


def specimen_tasks(*tasks: Task) -> Tasks:
    """Return these tasks; by default init, kthreadd and a per-CPU kernel thread."""
    kernel = TaskFlag.KTHREAD
    usual = (
        specimen_task(1, b"systemd", cgroup=b"/init.scope"),
        specimen_task(2, b"kthreadd", flags=kernel),
        specimen_task(16, b"migration/0", affinity="0", flags=kernel | TaskFlag.NO_SETAFFINITY),
    )
    return Tasks(Present("specimen", Source("specimen")), tasks or usual, 0, 0, ())
