"""What every file of every CPU says of its core's threads."""

from __future__ import annotations

from pathlib import Path

from tests import recorded
from tests.trees import FolderRoot, plant

from bedplate.host.host import Host
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Malformed, Present

CPU = "/sys/devices/system/cpu"


def test_this_machine() -> None:
    with Host.live() as host:
        threads = {cpu: core.threads for core in host.topology.cores for cpu in core.threads}
        assert set(host.siblings.views) == set(host.topology.online)
        for cpu, views in host.siblings.views.items():
            assert len(views) >= 2
            for view in views:
                assert isinstance(view, Present)
                assert view.value == threads[cpu]
                assert view.source.raw == Path(view.source.path).read_bytes()


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    folder = recorded.folder(machine)
    host = Host(FolderRoot(folder))
    threads = {cpu: core.threads for core in host.topology.cores for cpu in core.threads}
    for cpu, views in host.siblings.views.items():
        there = [name for name in ("core_cpus", "core_cpus_list", "thread_siblings", "thread_siblings_list")
                 if (folder / f"{CPU}/cpu{cpu}/topology/{name}".lstrip("/")).exists()]  # fmt: skip
        assert [view.source.path.rpartition("/")[2] for view in views] == there
        for view in views:
            assert isinstance(view, Present)
            assert view.value & host.topology.online == threads[cpu]


def test_garbage_is_malformed_and_what_is_not_there_is_left_out(tmp_path: Path) -> None:
    files = {
        f"{CPU}/online": b"0-1\n",
        f"{CPU}/cpu0/topology/thread_siblings": b"\xff\n",
        f"{CPU}/cpu0/topology/thread_siblings_list": b"0-1\n\0",
        f"{CPU}/cpu1/topology/core_id": b"0\n",
    }
    views = Host(plant(tmp_path, files)).siblings.views
    mask, listed = views[0]
    assert isinstance(mask, Malformed)
    assert isinstance(listed, Present)
    assert listed.value == CpuSet([0, 1])
    assert views[1] == ()
