"""What it costs to parse each file of a process, to what it costs to read it."""

from __future__ import annotations

import tempfile
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bedplate.host.root import LiveRoot
from bedplate.parse.autogroup import parse_autogroup
from bedplate.parse.comm import parse_comm
from bedplate.parse.maps import parse_maps
from bedplate.parse.numa_maps import parse_numa_maps
from bedplate.parse.oom import parse_oom_adj, parse_oom_score, parse_oom_score_adj
from bedplate.parse.pid_cgroup import parse_pid_cgroup
from bedplate.parse.pid_limits import parse_pid_limits
from bedplate.parse.pid_sched import parse_pid_sched
from bedplate.parse.pid_stat import parse_pid_stat
from bedplate.parse.pid_stat_row import parse_pid_stat_row
from bedplate.parse.pid_statm import parse_pid_statm
from bedplate.parse.pid_status import parse_pid_status
from bedplate.parse.schedstat import parse_schedstat
from bedplate.parse.smaps import parse_smaps
from bedplate.parse.smaps_rollup import parse_smaps_rollup
from benchmarks.measure import Line
from benchmarks.sleepers import Programs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TITLE = "The files of a process: parsing to reading, CPU time for each"
PROCESSES = 100
TARGET = 0.5


class File(NamedTuple):
    """A file, what a user of it looks at, and all that it says; ``whole``: it comes in several pieces."""

    name: str
    asked: Callable[[bytes], object]
    every: Callable[[bytes], object]
    whole: bool = False


def _all(parts: Iterable[object]) -> None:
    deque(parts, maxlen=0)


def _status(raw: bytes) -> object:
    status = parse_pid_status(raw)
    return status.vm_rss, status.cpus_allowed_list, status.voluntary_ctxt_switches


def _whole_status(raw: bytes) -> object:
    status = parse_pid_status(raw)
    return [getattr(status, name) for name in _STATUS]


def _limits(raw: bytes) -> object:
    limits = parse_pid_limits(raw)
    return limits.memlock, limits.nofile


def _groups(raw: bytes) -> object:
    groups = parse_pid_cgroup(raw)
    return groups.unified, groups.of("cpuset")


def _whole_groups(raw: bytes) -> None:
    _all(parse_pid_cgroup(raw))


def _whole_limits(raw: bytes) -> None:
    _all(parse_pid_limits(raw))


def _sched(raw: bytes) -> object:
    return parse_pid_sched(raw).value("nr_switches")


def _whole_sched(raw: bytes) -> object:
    return parse_pid_sched(raw).values()


def _whole_rollup(raw: bytes) -> object:
    return parse_smaps_rollup(raw).sizes()


def _smaps(raw: bytes) -> object:
    smaps = parse_smaps(raw)
    return smaps.total("Pss"), smaps.total("Swap")


def _whole_smaps(raw: bytes) -> None:
    _all((each.mapping, each.sizes(), each.vm_flags) for each in parse_smaps(raw))


def _maps(raw: bytes) -> None:
    _all(each.pathname for each in parse_maps(raw))


def _whole_maps(raw: bytes) -> None:
    _all(
        (each.start, each.end, each.perms, each.offset, each.major, each.minor, each.inode, each.pathname)
        for each in parse_maps(raw)
    )


def _numa_maps(raw: bytes) -> None:
    _all((each.policy, each.nodes) for each in parse_numa_maps(raw))


def _whole_numa_maps(raw: bytes) -> None:
    _all(
        (each.start, each.policy, each.file, each.words, each.counts, each.nodes, each.kernelpagesize)
        for each in parse_numa_maps(raw)
    )


def _rollup(raw: bytes) -> object:
    rollup = parse_smaps_rollup(raw)
    return rollup.pss, rollup.private_dirty, rollup.swap


_STATUS = [name for name in dir(parse_pid_status(b"Name:\tx\n")) if not name.startswith("_")]
FILES = (
    File("stat", parse_pid_stat_row, parse_pid_stat),
    File("statm", parse_pid_statm, parse_pid_statm),
    File("status", _status, _whole_status),
    File("comm", parse_comm, parse_comm),
    File("cgroup", _groups, _whole_groups),
    File("limits", _limits, _whole_limits),
    File("oom_score", parse_oom_score, parse_oom_score),
    File("oom_score_adj", parse_oom_score_adj, parse_oom_score_adj),
    File("oom_adj", parse_oom_adj, parse_oom_adj),
    File("schedstat", parse_schedstat, parse_schedstat),
    File("sched", _sched, _whole_sched),
    File("autogroup", parse_autogroup, parse_autogroup),
    File("maps", _maps, _whole_maps, whole=True),
    File("smaps", _smaps, _whole_smaps, whole=True),
    File("smaps_rollup", _rollup, _whole_rollup),
    File("numa_maps", _numa_maps, _whole_numa_maps, whole=True),
)


class Costs(NamedTuple):
    """CPU seconds for each file of one name."""

    in_c: float
    read: float
    asked: float
    every: float


def measure(rounds: int) -> tuple[str, list[Line]]:
    """Return the table of this subject, and its figure with its target."""
    with tempfile.TemporaryDirectory(prefix="bedplate-benchmark-") as folder:
        try:
            programs = Programs(Path(folder))
        except RuntimeError as error:
            return f"{TITLE}\n  not measured: {error}", []
        with programs.sleepers(PROCESSES) as pids, LiveRoot() as root:
            there = [file for file in FILES if (Path("/proc/self") / file.name).exists()]
            costs = {file.name: _costs(programs, root, file, pids, rounds) for file in there}
    others = [cost for name, cost in costs.items() if name != "stat"]
    asked, in_c = sum(cost.asked for cost in others), sum(cost.in_c for cost in others)
    return _table(costs), [Line("parsing all of the other files, to C that reads them", asked / in_c, TARGET)]


def _costs(programs: Programs, root: LiveRoot, file: File, pids: list[int], rounds: int) -> Costs:
    samples: list[Costs] = []
    names = [f"{pid}/{file.name}" for pid in pids]
    with root.hold("/proc") as proc:
        for _ in range(rounds):
            began = time.process_time()
            texts = [proc.read(name) for name in names]
            read = (time.process_time() - began) / len(texts)
            in_c = programs.read(file.name, pids, whole=file.whole)
            samples.append(Costs(in_c, read, _each(file.asked, texts), _each(file.every, texts)))
    return Costs(*(min(column) for column in zip(*samples, strict=True)))


def _each(parse: Callable[[bytes], object], texts: list[bytes]) -> float:
    began = time.process_time()
    for text in texts:
        parse(text)
    return (time.process_time() - began) / len(texts)


def _table(costs: dict[str, Costs]) -> str:
    lines = [
        TITLE,
        f"  {'':<14} {'read, C':>10} {'read':>10} {'asked for':>10} {'to C':>7} {'all of it':>10} {'to C':>7}",
    ]
    others = [cost for name, cost in costs.items() if name != "stat"]
    total = Costs(*(sum(column) for column in zip(*others, strict=True)))
    for name, cost in [*costs.items(), ("all but stat", total)]:
        shown = "".join(f" {seconds * 1e6:7.1f} µs" for seconds in (cost.in_c, cost.read, cost.asked))
        ratios = f"{cost.asked / cost.in_c:6.2f}×  {cost.every * 1e6:7.1f} µs {cost.every / cost.in_c:6.2f}×"
        lines.append(f"  {name:<14}{shown} {ratios}")
    return "\n".join(lines)
