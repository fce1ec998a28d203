"""Runs commands many times in turn, and gives the least and the median of their times and their peak memory.

Commands are interleaved (a b c a b c …), so that a slow minute of the machine falls on all of them; what is compared
are ratios within one run.  Commands run with the interpreter of this environment itself, never through a shim.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PYTHON = sys.executable
BEDPLATE = os.path.join(os.path.dirname(sys.executable), "bedplate")
BARE = (PYTHON, "-c", "pass")

# Installed modules are compiled; with this variable every run would compile ours again.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Command(NamedTuple):
    """What to run; ``env`` is added to the environment, ``codes`` are the exit codes that are no fault."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = {}
    codes: frozenset[int] = frozenset({0})


class Cost(NamedTuple):
    """What one command cost over all rounds."""

    name: str
    least_s: float
    median_s: float
    peak_rss_bytes: int
    """The largest of all rounds.  Never below that of the process that measures (about 15 MB): the kernel counts
    what a child had before it executed its program (exec_mmap() of fs/exec.c keeps the high-water mark)."""


class Line(NamedTuple):
    """One line of the closing table: a figure, and the target that it has."""

    figure: str
    value: float
    target: float
    unit: str = "×"

    def __str__(self) -> str:
        met = "met" if self.value <= self.target else "MISSED"
        return f"{self.figure:<66} {self.value:8.2f} {self.unit:<3} at most {self.target:g} {self.unit:<3} {met}"


def run_once(command: Command) -> tuple[float, int]:
    """Return the seconds that a command took and its peak memory in bytes; RuntimeError where it fails."""
    quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in (0, 1, 2)]
    environment = {**_ENVIRONMENT, **command.env}
    began = time.perf_counter()
    child = os.posix_spawnp(command.argv[0], command.argv, environment, file_actions=quiet)
    _, status, usage = os.wait4(child, 0)
    took = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status) not in command.codes:
        raise RuntimeError(f"{' '.join(command.argv)} ended with {os.waitstatus_to_exitcode(status)}")
    return took, usage.ru_maxrss * 1024


def costs(commands: Iterable[Command], rounds: int) -> list[Cost]:
    """Return what each command costs, in their order; one round before the first one warms the caches."""
    every = list(commands)
    samples: dict[str, list[tuple[float, int]]] = {command.name: [] for command in every}
    for turn in range(rounds + 1):
        for command in every:
            sample = run_once(command)
            if turn:
                samples[command.name].append(sample)
    return [_cost(name, taken) for name, taken in samples.items()]


def _cost(name: str, samples: list[tuple[float, int]]) -> Cost:
    seconds = [took for took, _ in samples]
    return Cost(name, min(seconds), statistics.median(seconds), max(rss for _, rss in samples))


def table(title: str, measured: Sequence[Cost], base: str) -> str:
    """Return measured costs as text, each with its ratio of medians to the one called ``base``."""
    bare = next(cost.median_s for cost in measured if cost.name == base)
    lines = [title, f"  {'':<44} {'least':>9} {'median':>9} {'ratio':>8} {'peak RSS':>10}"]
    lines += [
        f"  {cost.name:<44} {cost.least_s * 1e3:6.1f} ms {cost.median_s * 1e3:6.1f} ms {cost.median_s / bare:7.2f}×"
        f" {cost.peak_rss_bytes / 1e6:7.1f} MB"
        for cost in measured
    ]
    return "\n".join(lines)


def machine() -> str:
    """Return one line that says where this was measured."""
    with open("/proc/cpuinfo") as lines:
        models = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "uarch", "cpu\t"))]
    model = models[0] if models else platform.machine()
    cpus = len(os.sched_getaffinity(0))
    return f"{model}, {cpus} CPUs, Linux {platform.release()}, Python {platform.python_version()}"
