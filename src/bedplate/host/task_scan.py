"""TaskScan: one row of every task of a host, once or again and again.

It reads one file of each task, /proc/<pid>/stat, and ten of its fields.  Repeated, it keeps the files open, which
saves more than half of the kernel's work, and does not parse the text of a task again that is the same as before:
on most hosts nearly all tasks sleep from one scan to the next.
"""

from __future__ import annotations

import errno
import resource
from typing import TYPE_CHECKING

from bedplate.errors import ParseError
from bedplate.facts.tasks import TaskRows
from bedplate.facts.topology import Problem
from bedplate.parse.pid_stat_row import StatRow, parse_pid_stat_row

if TYPE_CHECKING:
    from typing import Self

    from bedplate.host.held import HeldFolder
    from bedplate.host.root import Root

_PROC = "/proc"
# Both mean that the task has ended: there is no such folder any more, or the open file stands for a task that is gone.
ENDED = frozenset({errno.ENOENT, errno.ESRCH, errno.ENOTDIR})
DENIED = frozenset({errno.EACCES, errno.EPERM})


class TaskScan:
    """Scans the tasks of a host; OSError where /proc cannot be opened.

    With ``threads`` each thread has a row; without, each process has one, whose times are the sums of its threads
    and whose state and last CPU are those of the first one.  Up to ``keep`` files of a running host stay open from
    one scan to the next; by default half of what the process may open (RLIMIT_NOFILE).
    """

    def __init__(self, root: Root, *, threads: bool = False, keep: int | None = None) -> None:
        room = resource.getrlimit(resource.RLIMIT_NOFILE)[0] // (4 if threads else 2)
        keep = room if keep is None else min(keep, room)
        self._processes = root.hold(_PROC, keep)
        self._threads = root.hold(_PROC, keep) if threads else None

    def scan(self) -> TaskRows:
        """Return what is to be seen now; a task that ends meanwhile is counted."""
        found = _rows(self._processes, [f"{name}/stat" for name in self._processes.names() if is_number(name)])
        if self._threads is None:
            return found
        several = [row for row in found.rows if row.num_threads > 1]
        inner = _rows(self._threads, [name for row in several for name in _thread_files(self._threads, row.pid)])
        whole = {row.pid for row in several}
        return TaskRows(
            sorted([*(row for row in found.rows if row.pid not in whole), *inner.rows]),
            found.ended + inner.ended,
            found.denied + inner.denied,
            found.problems + inner.problems,
        )

    def close(self) -> None:
        """Close the files."""
        self._processes.close()
        if self._threads is not None:
            self._threads.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def scan_tasks(root: Root, *, threads: bool = False) -> TaskRows:
    """Return one scan of a host's tasks; see :class:`TaskScan`."""
    with TaskScan(root, threads=threads, keep=0) as once:
        return once.scan()


def _rows(folder: HeldFolder, names: list[str]) -> TaskRows:
    """Return the rows of these stat files."""
    found = list(folder.each(names, parse_pid_stat_row))
    rows = [one for one in found if isinstance(one, StatRow)]
    if len(rows) == len(found):
        return TaskRows(rows, 0, 0, [])
    odd = [(name, one) for name, one in zip(names, found, strict=True) if isinstance(one, Exception)]
    numbers = [error.errno if isinstance(error, OSError) else None for _, error in odd]
    problems = [
        Problem(f"{_PROC}/{name}", error.problem if isinstance(error, ParseError) else f"cannot be read: {error}")
        for (name, error), number in zip(odd, numbers, strict=True)
        if number not in ENDED | DENIED
    ]
    return TaskRows(
        rows, sum(number in ENDED for number in numbers), sum(number in DENIED for number in numbers), problems
    )


def _thread_files(folder: HeldFolder, pid: int) -> list[str]:
    """Return the stat files of a process's threads; none where it has ended."""
    try:
        return [f"{pid}/task/{name}/stat" for name in folder.names(f"{pid}/task") if is_number(name)]
    except OSError:
        return []


def is_number(name: str) -> bool:
    """Return whether a name below /proc is that of a task."""
    # isdecimal() knows the digits of other scripts too, which a capture may hold.
    return name.isdecimal() and name.isascii() and len(name) < 19
