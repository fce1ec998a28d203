"""What a scan of all tasks costs, to a C program that opens, reads and closes the same files, and to psutil."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from bedplate.host.root import LiveRoot
from bedplate.host.task_scan import TaskScan, scan_tasks
from bedplate.host.tasks import read_tasks
from benchmarks.measure import Line
from benchmarks.sleepers import Programs

if TYPE_CHECKING:
    from collections.abc import Callable

TITLE = "A scan of all tasks (pid, name, state, ppid, times, threads, rss, last CPU), CPU time for each task"
FEW, MANY = 2_000, 20_000
# The same fields, by psutil.
_FIELDS = ["pid", "name", "status", "ppid", "cpu_times", "num_threads", "memory_info", "cpu_num"]
# Noise of one run; twice as much work for twice as many tasks is 1.
LINEAR = 1.15


def measure(rounds: int) -> tuple[str, list[Line]]:
    """Return the table of this subject, and its figures with their targets."""
    with tempfile.TemporaryDirectory(prefix="bedplate-benchmark-") as folder:
        try:
            programs = Programs(Path(folder))
        except RuntimeError as error:
            return f"{TITLE}\n  not measured: {error}", []
        few, many = _costs(programs, FEW, rounds), _costs(programs, MANY, max(1, rounds // 5))
    return _table(few, many), _lines(few, many)


def _costs(programs: Programs, count: int, rounds: int) -> dict[str, float]:
    """Return the least CPU seconds for each task of each way to read them, in turns; nothing with fewer tasks."""
    with programs.sleepers(count) as pids, LiveRoot() as root, TaskScan(root) as repeated:
        if len(pids) < count:
            return {}
        ways: dict[str, Callable[[], float]] = {
            "C: open, read, close": lambda: programs.read("stat"),
            "bedplate, once": lambda: _each(lambda: len(scan_tasks(root).rows)),
            "bedplate, again": lambda: _each(lambda: len(repeated.scan().rows)),
            "bedplate, once, threads": lambda: _each(lambda: len(scan_tasks(root, threads=True).rows)),
        }
        if count == FEW:
            ways["bedplate, every file"] = lambda: _each(lambda: len(read_tasks(root).tasks))
            ways["psutil"] = lambda: _each(lambda: len([each.info for each in psutil.process_iter(_FIELDS)]))
        for way in ways.values():  # the caches, and the files that are kept
            way()
        samples = [{name: way() for name, way in ways.items()} for _ in range(rounds)]
    return {name: min(sample[name] for sample in samples) for name in ways}


def _each(scan: Callable[[], int]) -> float:
    began = time.process_time()
    count = scan()
    return (time.process_time() - began) / count


def _table(few: dict[str, float], many: dict[str, float]) -> str:
    if not few:
        return f"{TITLE}\n  not measured: this machine allows fewer than {FEW} processes"
    base = few["C: open, read, close"]
    lines = [TITLE, f"  {'':<28} {f'{FEW:,} tasks':>14} {'ratio':>8} {f'{MANY:,} tasks':>14}"]
    for name, cost in few.items():
        more = f"{many[name] * 1e6:11.1f} µs" if name in many else ""
        lines.append(f"  {name:<28} {cost * 1e6:11.1f} µs {cost / base:7.2f}× {more}")
    if not many:
        lines.append(f"  {MANY:,} tasks not measured: this machine allows fewer processes")
    return "\n".join(lines)


def _lines(few: dict[str, float], many: dict[str, float]) -> list[Line]:
    if not few:
        return []
    base, psutil_cost = few["C: open, read, close"], few["psutil"]
    once, again = few["bedplate, once"], few["bedplate, again"]
    lines = [
        Line("scan of 2,000 tasks, to C that opens, reads and closes the same", once / base, 1.45),
        Line("scan of 2,000 tasks, to psutil for the same fields", once / psutil_cost, 0.30),
        Line("repeated scan with held descriptors, to the same C", again / base, 0.75),
    ]
    if many:
        lines.append(Line("a task of 20,000 to one of 2,000", many["bedplate, once"] / once, LINEAR))
    return lines
