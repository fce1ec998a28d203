"""The masks that isolation rests on: of this machine, of the recorded ones, and of trees made here."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import recorded
from tests.trees import FolderRoot, plant

from bedplate.host.host import Host
from bedplate.host.isolation import read_isolation
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Malformed, Present, value_of

QUEUES = Path("/sys/devices/virtual/workqueue")


def test_this_machine() -> None:
    with Host.live() as host:
        isolation = host.isolation
    assert value_of(isolation.unbound) == CpuSet.from_mask((QUEUES / "cpumask").read_text())
    there = sorted(path.parent.name for path in QUEUES.glob("*/cpumask"))
    assert [queue.name for queue in isolation.workqueues] == there
    for reading in (isolation.unbound_requested, isolation.unbound_isolated, isolation.partitions):
        assert isinstance(reading, Present | Absent)
        assert not isinstance(reading, Absent) or reading.certain
    watched = Path("/proc/sys/kernel/watchdog_cpumask")
    if watched.exists():
        assert value_of(isolation.watchdog_cpus) == CpuSet.from_list(watched.read_text())


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    folder = recorded.folder(machine)
    isolation = read_isolation(FolderRoot(folder))
    for reading, path in (
        (isolation.unbound, "sys/devices/virtual/workqueue/cpumask"),
        (isolation.watchdog_cpus, "proc/sys/kernel/watchdog_cpumask"),
    ):
        assert isinstance(reading, Present) == (folder / path).exists()
        assert not isinstance(reading, Malformed)


def test_a_hybrid_host_has_its_cgroup_v2_one_level_below(tmp_path: Path) -> None:
    root = plant(tmp_path, {"/sys/fs/cgroup/unified/cpuset.cpus.isolated": b"2-3\n"})
    assert value_of(read_isolation(root).partitions) == CpuSet([2, 3])


def test_odd_masks_and_what_is_no_workqueue(tmp_path: Path) -> None:
    folder = "/sys/devices/virtual/workqueue"
    root = plant(
        tmp_path,
        {
            f"{folder}/cpumask": b"ff,ffffffff\n\0",
            f"{folder}/cpumask_requested": b"xyz\n",
            f"{folder}/writeback/cpumask": b"3\n",
            f"{folder}/power/control": b"auto\n",
            f"{folder}/loop": "../workqueue",
        },
    )
    isolation = read_isolation(root)
    assert value_of(isolation.unbound) == CpuSet(range(40))
    assert isinstance(isolation.unbound_requested, Malformed)
    assert [queue.name for queue in isolation.workqueues] == ["writeback"]


FILES = st.sampled_from(
    [
        "/sys/devices/virtual/workqueue/cpumask",
        "/sys/devices/virtual/workqueue/\udcff/cpumask",
        "/proc/sys/kernel/watchdog",
        "/proc/sys/kernel/watchdog_cpumask",
        "/sys/fs/cgroup/cpuset.cpus.isolated",
    ]
)


@given(files=st.dictionaries(FILES, st.binary(max_size=20) | st.sampled_from([b"f\n", b"0-3\n", b"(null)\n"])))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_tree_makes_the_reader_raise(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> None:
    isolation = read_isolation(plant(tmp_path_factory.mktemp("tree"), {**files}))
    there = "/sys/devices/virtual/workqueue/cpumask" in files
    assert isinstance(isolation.unbound, Absent) == (not there)


def test_the_text_of_the_masks_is_kept(tmp_path: Path) -> None:
    isolation = read_isolation(plant(tmp_path, {f"{QUEUES}/cpumask": b"ffff\n"}))
    assert isolation.unbound.source.raw == b"ffff\n"
