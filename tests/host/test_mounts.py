"""Mounts: of this machine, in namespaces of its own, of the recorded ones, and of trees with wounds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from tests import recorded
from tests.host.hostile_trees import Tree, TreeRoot, kinds_of_an_ordinary_user, wounded
from tests.requires import requires
from tests.trees import FolderRoot

from bedplate.facts.mounts import HugetlbMount, option_of
from bedplate.host.host import Host
from bedplate.host.mounts import read_mounts
from bedplate.values.reading import Absent, Denied, Malformed, Present, value_of

INFO = b"""22 27 0:21 / /proc rw - proc proc rw
50 27 0:40 / /dev/hugepages rw shared:3 - hugetlbfs hugetlbfs rw,pagesize=2M
51 27 0:41 / /mnt/huge\\0401g rw - hugetlbfs none rw,pagesize=1024M,size=4294967296,min_size=1073741824
52 51 0:42 / /mnt rw - tmpfs first rw
53 52 0:43 / /mnt rw - tmpfs second rw,size=4k
"""
LINES = b"proc /proc proc rw,relatime 0 0\nnone /huge hugetlbfs rw,relatime 0 0\n"
TREE: Tree = {
    "/proc/self/mountinfo": INFO,
    "/proc/1/mountinfo": b"1 1 0:5 / / rw - rootfs rootfs rw\n",
    "/proc/mounts": LINES,
    "/proc/self/ns/mnt": b"mnt:[4026531841]",
}


def test_a_whole_tree() -> None:
    mounts = read_mounts(TreeRoot(TREE))
    assert mounts.complete
    assert mounts.namespace == "mnt:[4026531841]"
    assert mounts.mounts.source.path == "/proc/self/mountinfo"
    assert mounts.mounts.source.namespace == "mnt:[4026531841]"
    assert mounts.hugetlbfs() == (
        HugetlbMount(b"/dev/hugepages", 2 << 20, None, None),
        HugetlbMount(b"/mnt/huge 1g", 1 << 30, "4294967296", "1073741824"),
    )


def test_of_two_mounts_on_one_point_the_later_is_seen() -> None:
    mounts = read_mounts(TreeRoot(TREE))
    seen = mounts.at(b"/mnt")
    assert seen is not None
    assert seen.source == b"second"
    assert option_of(seen, b"size") == b"4k"
    assert (option_of(seen, b"rw"), option_of(seen, b"noexec")) == (b"", None)
    assert mounts.at(b"/nowhere") is None


def test_a_capture_with_mounts_alone_is_incomplete() -> None:
    mounts = read_mounts(TreeRoot({"/proc/mounts": LINES}))
    assert not mounts.complete
    assert mounts.hugetlbfs() == (HugetlbMount(b"/huge", None, None, None),)
    assert value_of(mounts.mounts)[0].super_options == (b"rw", b"relatime")  # type: ignore[index]


def test_a_host_seen_from_a_container_has_the_mounts_of_process_1() -> None:
    root = TreeRoot(TREE, live=True)
    assert len(value_of(read_mounts(root).mounts) or ()) == 5
    root.where = "/host"
    assert [mount.fs_type for mount in value_of(read_mounts(root).mounts) or ()] == [b"rootfs"]


def test_what_could_not_be_read_is_told_before_what_is_not_there() -> None:
    assert isinstance(read_mounts(TreeRoot({})).mounts, Absent)
    assert isinstance(read_mounts(TreeRoot({"/proc/1/mountinfo": 13})).mounts, Denied)
    broken = read_mounts(TreeRoot({"/proc/self/mountinfo": INFO[:-1], "/proc/1/mounts": LINES}))
    assert isinstance(broken.mounts, Present)
    assert isinstance(read_mounts(TreeRoot({"/proc/self/mountinfo": INFO[:-1]})).mounts, Malformed)


@given(wounded(TREE))
@settings(max_examples=60, deadline=None)
def test_no_wound_makes_the_reader_raise(tree: Tree) -> None:
    mounts = read_mounts(TreeRoot(tree))
    mounts.hugetlbfs()
    if tree.get("/proc/self/mountinfo") == INFO:
        assert len(value_of(mounts.mounts) or ()) == 5


def test_this_machine() -> None:
    with Host.live() as host:
        mounts = host.mounts
    assert mounts.complete
    assert mounts.namespace == os.readlink("/proc/self/ns/mnt")
    seen = mounts.at(b"/proc")
    assert seen is not None
    assert seen.fs_type == b"proc"


def test_a_namespace_of_its_own_with_hugetlbfs_and_mqueue(tmp_path: Path) -> None:
    requires("root", "namespaces")
    script = (
        'mkdir "$0/huge pages" "$0/q" && mount -t hugetlbfs -o pagesize=2M,size=8M none "$0/huge pages" && '
        'mount -t mqueue none "$0/q" && shift 0 && exec "$@"'
    )
    code = (
        "from bedplate.host.host import Host\n"
        "host = Host.live()\n"
        "print(host.mounts.hugetlbfs()[-1])\n"
        "print(host.ipc.mqueue.value)\n"
    )
    told = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, str(tmp_path), sys.executable, "-c", code],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ).stdout  # fmt: skip
    mounted, queues = told.splitlines()
    expected = HugetlbMount(os.fsencode(tmp_path) + b"/huge pages", 2 << 20, "8388608", None)
    assert mounted in (str(expected), str(expected._replace(size="8M")))
    assert queues == f"{tmp_path}/q"


@requires("root")
def test_an_ordinary_user_sees_the_same() -> None:
    assert kinds_of_an_ordinary_user("mounts") == {"/proc/self/mountinfo": "Present"}


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    folder = recorded.folder(machine)
    mounts = read_mounts(FolderRoot(folder))
    there = (folder / "proc/mounts").exists() or (folder / "proc/self/mountinfo").exists()
    assert isinstance(mounts.mounts, Present) or not there
    assert not isinstance(mounts.mounts, Malformed)
