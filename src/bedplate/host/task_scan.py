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
from bedplate.parse.pid_stat_row import parse_pid_stat_row

if TYPE_CHECKING:
    from typing import Self

    from bedplate.host.root import Root
    from bedplate.parse.pid_stat_row import StatRow

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
        self._processes = _Texts(root, room if keep is None else min(keep, room))
        self._inner = _Texts(root, room if keep is None else min(keep, room)) if threads else None

    def scan(self) -> TaskRows:
        """Return what is to be seen now; a task that ends meanwhile is counted."""
        found = self._processes.read([f"{name}/stat" for name in self._processes.folder.names() if is_number(name)])
        if self._inner is None:
            return found
        several = [row for row in found.rows if row.num_threads > 1]
        inner = self._inner.read([name for row in several for name in self._inner.thread_files(row.pid)])
        whole = {row.pid for row in several}
        return TaskRows(
            sorted([*(row for row in found.rows if row.pid not in whole), *inner.rows]),
            found.ended + inner.ended,
            found.denied + inner.denied,
            found.problems + inner.problems,
        )

    def close(self) -> None:
        """Close the files."""
        self._processes.folder.close()
        if self._inner is not None:
            self._inner.folder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def scan_tasks(root: Root, *, threads: bool = False) -> TaskRows:
    """Return one scan of a host's tasks; see :class:`TaskScan`."""
    with TaskScan(root, threads=threads, keep=0) as once:
        return once.scan()


class _Texts:
    """The stat files below /proc that one kind of scan reads, and what they said the last time."""

    def __init__(self, root: Root, keep: int) -> None:
        self.folder = root.hold(_PROC, keep)
        self._seen: dict[str, tuple[bytes, StatRow]] | None = {} if keep else None

    def thread_files(self, pid: int) -> list[str]:
        """Return the stat files of a process's threads; none where it has ended."""
        try:
            return [f"{pid}/task/{name}/stat" for name in self.folder.names(f"{pid}/task") if is_number(name)]
        except OSError:
            return []

    def read(self, names: list[str]) -> TaskRows:
        """Return the rows of these files."""
        rows: list[StatRow] = []
        missing: list[tuple[str, OSError]] = []
        problems: list[Problem] = []
        seen = self._seen
        for name, raw in zip(names, self.folder.each(names), strict=True):
            if isinstance(raw, OSError):
                missing.append((name, raw))
                continue
            known = seen.get(name) if seen else None
            if known is not None and known[0] == raw:
                rows.append(known[1])
                continue
            try:
                row = parse_pid_stat_row(raw)
            except ParseError as error:
                problems.append(Problem(f"{_PROC}/{name}", error.problem))
                continue
            rows.append(row)
            if seen is not None:
                seen[name] = raw, row
        self._forget(names)
        return _counted(rows, missing, problems)

    def _forget(self, names: list[str]) -> None:
        if self._seen and len(self._seen) > len(names):
            for name in self._seen.keys() - set(names):
                del self._seen[name]


def _counted(rows: list[StatRow], missing: list[tuple[str, OSError]], problems: list[Problem]) -> TaskRows:
    ended = sum(error.errno in ENDED for _, error in missing)
    denied = sum(error.errno in DENIED for _, error in missing)
    odd = [(name, error) for name, error in missing if error.errno not in ENDED | DENIED]
    problems += [Problem(f"{_PROC}/{name}", f"cannot be read: {error.strerror}") for name, error in odd]
    return TaskRows(rows, ended, denied, problems)


def is_number(name: str) -> bool:
    """Return whether a name below /proc is that of a task."""
    # isdecimal() knows the digits of other scripts too, which a capture may hold.
    return name.isdecimal() and name.isascii() and len(name) < 19
