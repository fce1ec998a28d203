"""The words of a task's state: letters, PF_ flags, and whether its addresses may be seen.

Sources: task_state_array of fs/proc/array.c, PF_ of include/linux/sched.h.
"""

from __future__ import annotations

from enum import KEEP, Enum, IntFlag

STATES = {
    "R": "running",
    "S": "sleeping",
    "D": "disk sleep",
    "T": "stopped",
    "t": "tracing stop",
    "X": "dead",
    "Z": "zombie",
    "P": "parked",
    "I": "idle",
}
"""The states of Linux 4.14 and later; proc_pid_stat(5) still limits P to 3.9-3.13.  Older kernels wrote K, W and x,
and another letter may come: it is kept as it is."""


class TaskFlag(IntFlag, boundary=KEEP):
    """Flags of field 9 of stat.  They are the kernel's own and move now and then; those here have stayed.

    A flag that is not named here stays set.
    """

    EXITING = 0x4
    WQ_WORKER = 0x20
    """A worker of a work queue."""
    FORKNOEXEC = 0x40
    SUPERPRIV = 0x100
    DUMPCORE = 0x200
    SIGNALED = 0x400
    MEMALLOC = 0x800
    KTHREAD = 0x0020_0000
    """A kernel thread."""
    NO_SETAFFINITY = 0x0400_0000
    """sched_setaffinity(2) and cpusets refuse to move it (EINVAL); per-CPU kernel threads and workers."""


class Addresses(Enum):
    """Whether a reader was shown the addresses of a task."""

    VISIBLE = "visible"
    HIDDEN = "hidden"
    """It may not look into the task (ptrace(2), PTRACE_MODE_READ_FSCREDS): the kernel wrote 0 and 1 instead."""
    NONE = "none"
    """There are none: a kernel thread, or a task that has ended."""
