"""Reads every task of a host: where it may run and does, how it is scheduled, its groups and its OOM score.

Each task is a folder that is held open while its files are read, so that they are all of one task, whatever gets its
number afterwards.  ENOENT and ESRCH both mean that it has ended; a task that ends meanwhile is counted and left out.
:mod:`bedplate.host.task_scan` reads less of each task, and much faster.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from bedplate.errors import ParseError
from bedplate.facts.tasks import Task, Tasks
from bedplate.facts.topology import Problem
from bedplate.host.task_scan import DENIED, ENDED, is_number
from bedplate.parse.oom import parse_oom_score, parse_oom_score_adj
from bedplate.parse.pid_cgroup import parse_pid_cgroup
from bedplate.parse.pid_stat import parse_pid_stat
from bedplate.parse.pid_status import parse_pid_status
from bedplate.values.idset import CpuSet, NodeSet
from bedplate.values.reading import Absent, Malformed, Present, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from bedplate.host.held import HeldFolder
    from bedplate.host.root import Root
    from bedplate.parse.pid_cgroup import Cgroups
    from bedplate.parse.pid_stat import PidStat
    from bedplate.values.reading import Reading

_PROC = "/proc"
# pid_max is 4,194,304 at most.
_TASKS_LIMIT = 1 << 23
T = TypeVar("T")

# Thousands of tasks share a handful of sets and groups.
_cpus = lru_cache(1024)(CpuSet.from_list)
_nodes = lru_cache(1024)(NodeSet.from_list)


@lru_cache(4096)
def _cgroups(raw: bytes) -> Cgroups:
    groups = parse_pid_cgroup(raw)
    for _ in groups:  # a line that is none is to be found here, and not where somebody looks at it
        pass
    return groups


def read_tasks(root: Root) -> Tasks:
    """Return all tasks of a host, each thread of a process by itself."""
    try:
        with root.hold(_PROC) as folder:
            pids = sorted(int(name) for name in folder.names() if is_number(name))
    except OSError as error:
        return Tasks(root.missing(_PROC, error), (), 0, 0, ())
    if not pids:
        return Tasks(Absent(Source(_PROC), "no tasks in this capture", root.live), (), 0, 0, ())
    reader = _Reader(root)
    for pid in pids[:_TASKS_LIMIT]:
        reader.process(pid)
    return Tasks(
        Present(_PROC, Source(_PROC)), tuple(reader.tasks), reader.ended, reader.denied, tuple(reader.problems)
    )


class _Killed(NamedTuple):
    """How soon a process is killed when memory ends."""

    score: Reading[int]
    adjustment: Reading[int]


class _Reader:
    """What has been read so far."""

    def __init__(self, root: Root) -> None:
        self.root = root
        self.tasks: list[Task] = []
        self.ended = 0
        self.denied = 0
        self.problems: list[Problem] = []

    def process(self, pid: int) -> None:
        """Read a process and its threads."""
        self._enter(f"{_PROC}/{pid}", lambda folder: self._process(folder, pid))

    def _enter(self, path: str, read: Callable[[HeldFolder], None]) -> None:
        """Read a task by its folder; count it where it has ended or is denied."""
        try:
            with self.root.hold(path) as folder:
                read(folder)
        except ParseError as error:
            self.problems.append(Problem(f"{path}/stat", error.problem))
        except OSError as error:
            if error.errno in ENDED:
                self.ended += 1
            elif error.errno in DENIED:
                self.denied += 1
            else:
                self.problems.append(Problem(path, f"cannot be read: {error.strerror}"))

    def _process(self, folder: HeldFolder, pid: int) -> None:
        stat = parse_pid_stat(folder.read("stat"))
        killed = _Killed(
            self._reading(folder, "oom_score", parse_oom_score),
            self._reading(folder, "oom_score_adj", parse_oom_score_adj),
        )
        tids = self._threads(folder) if stat.num_threads > 1 else []
        if not tids:
            self._task(folder, pid, pid, stat, killed)
        for tid in tids:
            self._enter(f"{folder.path}/task/{tid}", partial(self._thread, pid, tid, killed))

    def _thread(self, pid: int, tid: int, killed: _Killed, folder: HeldFolder) -> None:
        self._task(folder, pid, tid, parse_pid_stat(folder.read("stat")), killed)

    def _threads(self, folder: HeldFolder) -> list[int]:
        """Return the threads of a process; none where a capture does not hold them."""
        try:
            return sorted(int(name) for name in folder.names("task") if is_number(name))
        except OSError:
            return []

    def _task(self, folder: HeldFolder, pid: int, tid: int, stat: PidStat, killed: _Killed) -> None:
        if stat.pid != tid:
            self.problems.append(Problem(f"{folder.path}/stat", f"it is that of task {stat.pid}"))
        status = self._raw(folder, "status")
        self.tasks.append(
            Task(
                pid,
                tid,
                folder.path,
                stat,
                affinity=_parsed(status, _affinity),
                mems_allowed=_mems_allowed(status),
                oom_score=killed.score,
                oom_score_adj=killed.adjustment,
                cgroups=self._reading(folder, "cgroup", _cgroups),
            )
        )

    def _reading(self, folder: HeldFolder, name: str, parse: Callable[[bytes], T]) -> Reading[T]:
        return _parsed(self._raw(folder, name), parse)

    def _raw(self, folder: HeldFolder, name: str) -> Reading[bytes]:
        """Return the bytes of a task's file; OSError where the task has ended."""
        path = f"{folder.path}/{name}"
        try:
            return Present(folder.read(name), Source(path))
        except OSError as error:
            if self.root.live and error.errno in ENDED:
                folder.read("stat")  # of a task that lives, the kernel does not have the file
            return self.root.missing(path, error)


def _parsed(raw: Reading[bytes], parse: Callable[[bytes], T]) -> Reading[T]:
    if not isinstance(raw, Present):
        return raw
    try:
        return Present(parse(raw.value), raw.source)
    except ParseError as error:
        return Malformed(raw.source, raw.value, error.problem)


def _affinity(raw: bytes) -> CpuSet:
    text = parse_pid_status(raw).text("Cpus_allowed_list")
    if text is None:
        raise ParseError("no such line", field="Cpus_allowed_list")
    return _cpus(text)


def _mems_allowed(status: Reading[bytes]) -> Reading[NodeSet]:
    """Return the nodes that a status names; a kernel without cpusets names none."""
    if isinstance(status, Present) and b"\nMems_allowed_list:" not in status.value:
        return Absent(status.source, "CONFIG_CPUSETS is off")
    return _parsed(status, lambda raw: _nodes(parse_pid_status(raw).text("Mems_allowed_list") or b""))
