"""What tests could leave behind on the machine that runs them, to be compared at the end with the beginning."""

from __future__ import annotations

import os
from pathlib import Path

# Counters and samples of the running kernel that move by themselves; stat_refresh acts when it is read.
_MOVING = {"stat_refresh", "ns_last_pid", "stat_interval"}
_KNOBS = (
    "/proc/sys/vm/*",
    "/proc/sys/kernel/numa_balancing*",
    "/proc/sys/kernel/sched_*",
    "/proc/sys/kernel/*watchdog*",
    "/proc/sys/kernel/timer_migration",
    "/proc/sys/net/core/[brsw]*",
    "/proc/irq/default_smp_affinity",
    "/sys/kernel/mm/transparent_hugepage/*",
    "/sys/kernel/mm/hugepages/*/nr_*",
    "/sys/devices/system/node/node*/hugepages/*/nr_hugepages",
    "/sys/devices/system/cpu/online",
    "/sys/devices/virtual/workqueue/cpumask",
    "/sys/block/loop*/loop/backing_file",
    "/sys/fs/cgroup/*/cpuset.cpus",
    "/sys/fs/cgroup/*/cpuset.cpus.partition",
)


def traces() -> dict[str, str]:
    """Return what must be the same after the tests: knobs, loop devices, cpusets and mounts."""
    paths = [path for pattern in _KNOBS for path in Path("/").glob(pattern[1:]) if path.name not in _MOVING]
    return {str(path): text for path in paths if (text := _text(path)) is not None} | _mounts()


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape").strip()
    except OSError:  # write-only knobs such as drop_caches, and those for root alone
        return None


def _mounts() -> dict[str, str]:
    lines = Path("/proc/self/mountinfo").read_bytes().decode("utf-8", "surrogateescape").splitlines()
    return {f"mount {line.split()[4]}": line.partition(" - ")[2] for line in lines}


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Return one line for each thing that appeared, went, or changed."""
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return [f"{name}: was {before.get(name)!r}, is {after.get(name)!r}" for name in changed]


def in_charge() -> bool:
    """Return whether this process runs the session, and is not one of its workers."""
    return "PYTEST_XDIST_WORKER" not in os.environ
