"""Reads what is resident of one process, and tells apart why there may be nothing to read.

The kernel answers ESRCH to smaps_rollup of a kernel thread and of a zombie as of a process that has ended, and gives
an empty smaps.  None of the three has 0 bytes: the reading is absent, and says which one it is.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from bedplate.errors import ParseError
from bedplate.facts.task_memory import TaskMemory
from bedplate.parse.pid_stat import parse_pid_stat
from bedplate.parse.smaps import parse_smaps
from bedplate.parse.smaps_rollup import parse_smaps_rollup
from bedplate.parse.task_state import TaskFlag
from bedplate.values.reading import Absent, Malformed, Present, Source

if TYPE_CHECKING:
    from bedplate.host.held import HeldFolder
    from bedplate.host.root import Root
    from bedplate.parse.smaps import Smaps
    from bedplate.values.reading import Reading

# 65,530 mappings (vm.max_map_count) are 45 MB, and an archive holds 32 MiB of a file.
_SMAPS_LIMIT_BYTES = 64 << 20
NEEDS = "ptrace access to the process (the same user, or CAP_SYS_PTRACE)"
ENDED = "the process has ended"
ZOMBIE = "the process has ended and was not waited for: a zombie has no address space"
KERNEL_THREAD = "a kernel thread has no address space"


def read_task_memory(root: Root, pid: int) -> Reading[TaskMemory]:
    """Return what is resident of a process; it walks its page tables: 72 ms for 4 GiB of small pages."""
    path = f"/proc/{pid}"
    try:
        with root.hold(path) as folder:
            return _read(root, folder)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ESRCH):
            return Absent(Source(path), ENDED if root.live else "not in this capture", root.live)
        return root.missing(path, error, needs=NEEDS)


def _read(root: Root, folder: HeldFolder) -> Reading[TaskMemory]:
    name = "stat"
    raw = b""
    try:
        raw = folder.read(name)
        stat = parse_pid_stat(raw)
        if not stat.has_address_space:
            kernel = TaskFlag.KTHREAD in stat.flags
            return Absent(Source(f"{folder.path}/{name}"), KERNEL_THREAD if kernel else ZOMBIE)
        name = "smaps_rollup"
        try:
            raw = folder.read(name)
        except (FileNotFoundError, ProcessLookupError):  # before Linux 4.14; or it lost its memory just now
            name = "smaps"
            raw = folder.read(name, _SMAPS_LIMIT_BYTES)
            return _added(parse_smaps(raw), f"{folder.path}/{name}")
        return Present(TaskMemory(parse_smaps_rollup(raw).sizes(), name), Source(f"{folder.path}/{name}"))
    except ParseError as error:
        return Malformed(Source(f"{folder.path}/{name}"), raw, error.problem)
    except PermissionError as error:
        return root.missing(f"{folder.path}/{name}", error, needs=NEEDS)


def _added(smaps: Smaps, path: str) -> Reading[TaskMemory]:
    sums: dict[str, int] = {}
    for mapping in smaps:
        for name, size in mapping.sizes().items():
            sums[name] = sums.get(name, 0) + size
    if not sums:
        return Absent(Source(path), ZOMBIE)
    for name in ("Size", "KernelPageSize", "MMUPageSize"):  # of one mapping; their sums mean nothing
        sums.pop(name, None)
    return Present(TaskMemory(sums, "smaps"), Source(path))
