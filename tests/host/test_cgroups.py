"""Control groups: of this machine, made for the test, of the recorded ones, and of trees with wounds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests import recorded
from tests.host.hostile_trees import Tree, TreeRoot, kinds_of_an_ordinary_user, readings_in, wounded
from tests.requires import requires
from tests.trees import FolderRoot

from bedplate.facts.cgroups import Cgroup, Cgroups, Cpuset, Hierarchy, Mode
from bedplate.host.cgroups import read_cgroups
from bedplate.host.host import Host
from bedplate.host.mounts import read_mounts
from bedplate.host.root import Root
from bedplate.parse.cgroup_limit import CpuMax
from bedplate.parse.cpuset_partition import Partition
from bedplate.values.idset import CpuSet, NodeSet
from bedplate.values.limit import MAX
from bedplate.values.reading import Absent, Malformed, Present, value_of

V2 = "/sys/fs/cgroup"
UNIFIED: Tree = {
    "/proc/self/mountinfo": b"31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n",
    "/proc/cgroups": b"#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t0\t9\t1\n",
    f"{V2}/cgroup.controllers": b"cpuset cpu memory hugetlb pids\n",
    f"{V2}/cgroup.subtree_control": b"cpuset memory\n",
    f"{V2}/cpuset.cpus.effective": b"0-3\n",
    f"{V2}/cpuset.mems.effective": b"0-1\n",
    f"{V2}/rt/cgroup.type": b"domain\n",
    f"{V2}/rt/cgroup.controllers": b"cpuset memory\n",
    f"{V2}/rt/cgroup.subtree_control": b"\n",
    f"{V2}/rt/cpuset.cpus": b"4-7\n",
    f"{V2}/rt/cpuset.mems": b"\n",
    f"{V2}/rt/cpuset.cpus.effective": b"4-7\n",
    f"{V2}/rt/cpuset.mems.effective": b"0-1\n",
    f"{V2}/rt/cpuset.cpus.exclusive": b"4-7\n",
    f"{V2}/rt/cpuset.cpus.partition": b"isolated\n",
    f"{V2}/rt/memory.max": b"max\n",
    f"{V2}/rt/memory.high": b"1073741824\n",
    f"{V2}/rt/cpu.max": b"50000 100000\n",
    f"{V2}/rt/hugetlb.2MB.max": b"4194304\n",
    f"{V2}/rt/hugetlb.2MB.rsvd.max": b"max\n",
    f"{V2}/rt/hugetlb.2MB.current": b"0\n",
    f"{V2}/rt/in/cpuset.cpus": b"6\n",
    f"{V2}/rt/in/cpuset.cpus.effective": b"4-7\n",
    f"{V2}/rt/in/cpuset.cpus.partition": b"root invalid (Parent is not a partition root)\n",
}
V1: Tree = {
    "/proc/self/mountinfo": b"34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
    b"35 31 0:32 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpuacct,cpu,release_agent=/x\n"
    b"36 31 0:33 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n",
    f"{V2}/cpuset/cpuset.cpus": b"0-3\n",
    f"{V2}/cpuset/cpuset.mems": b"0\n",
    f"{V2}/cpuset/cpuset.sched_load_balance": b"1\n",
    f"{V2}/cpuset/a b/cpuset.cpus": b"2-3\n",
    f"{V2}/cpuset/a b/cpuset.mems": b"0\n",
    f"{V2}/cpuset/a b/cpuset.effective_cpus": b"2\n",
    f"{V2}/cpuset/a b/cpuset.cpu_exclusive": b"1\n",
    f"{V2}/cpuset/a b/cpuset.sched_load_balance": b"0\n",
    f"{V2}/cpuset/a b/cpuset.mem_hardwall": b"1\n",
    f"{V2}/cpu,cpuacct/cpu.cfs_quota_us": b"-1\n",
    f"{V2}/cpu,cpuacct/cpu.cfs_period_us": b"100000\n",
    f"{V2}/cpu,cpuacct/x/cpu.cfs_quota_us": b"5000\n",
    f"{V2}/cpu,cpuacct/x/cpu.cfs_period_us": b"20000\n",
}


def read(root: Root) -> Cgroups:
    return read_cgroups(root, read_mounts(root))


def by_path(cgroups: Cgroups) -> dict[str, Cgroup]:
    return {group.path: group for group in cgroups.groups}


def cpuset_of(group: Cgroup) -> Cpuset:
    assert group.cpuset is not None
    return group.cpuset


def test_v2_with_a_valid_partition_and_an_invalid_one() -> None:
    cgroups = read(TreeRoot(UNIFIED))
    assert cgroups.mode is Mode.V2
    groups = by_path(cgroups)
    assert list(groups) == ["/", "/rt", "/rt/in"]
    top, rt, inner = (cpuset_of(groups[path]) for path in groups)
    assert (value_of(rt.cpus), value_of(rt.mems)) == (CpuSet([4, 5, 6, 7]), NodeSet())
    assert value_of(rt.partition) == Partition("isolated", True, None)
    assert (value_of(rt.exclusive), value_of(rt.balanced)) == (True, False)
    assert value_of(inner.partition) == Partition("root", False, "Parent is not a partition root")
    assert (value_of(inner.exclusive), value_of(inner.balanced)) == (False, True)
    assert isinstance(top.cpus, Absent)
    assert value_of(top.effective_cpus) == CpuSet([0, 1, 2, 3])


def test_v2_limits_are_numbers_or_max() -> None:
    rt = by_path(read(TreeRoot(UNIFIED)))["/rt"]
    assert {name: value_of(limit) for name, limit in rt.limits.items()} == {
        "hugetlb.2MB.max": 4 << 20,
        "hugetlb.2MB.rsvd.max": MAX,
        "memory.high": 1 << 30,
        "memory.max": MAX,
    }
    assert rt.cpu is not None
    assert value_of(rt.cpu) == CpuMax(50000, 100000)
    assert value_of(rt.type) == "domain"
    assert (value_of(rt.controllers), value_of(rt.delegated)) == (("cpuset", "memory"), ())


def test_v1_behind_the_same_model() -> None:
    cgroups = read(TreeRoot(V1))
    assert cgroups.mode is Mode.V1
    assert [hierarchy.controllers for hierarchy in cgroups.hierarchies] == [("cpuset",), ("cpu", "cpuacct"), ()]
    assert cgroups.hierarchies[2].name == "systemd"
    groups = by_path(cgroups)
    inner = cpuset_of(groups["/a b"])
    assert (value_of(inner.cpus), value_of(inner.effective_cpus)) == (CpuSet([2, 3]), CpuSet([2]))
    assert value_of(inner.effective_mems) == NodeSet([0]), "without the file what was asked for is what holds"
    assert (value_of(inner.exclusive), value_of(inner.balanced)) == (True, False)
    assert {name: value_of(flag) for name, flag in inner.flags.items()} == {"mem_hardwall": True}
    for reading in (inner.partition, inner.exclusive_cpus):
        assert isinstance(reading, Absent)
        assert reading.certain
    limits = [value_of(group.cpu) for group in cgroups.groups if group.cpu is not None]
    assert limits == [CpuMax(MAX, 100000), CpuMax(5000, 20000)]


@pytest.mark.parametrize("mount", [b"cpuset rw", b"cgroup rw,cpuset,noprefix,release_agent=/sbin/cpuset_release_agent"])
def test_a_cpuset_file_system_has_names_without_prefix(mount: bytes) -> None:
    fs_type, _, options = mount.partition(b" ")
    tree: Tree = {
        "/proc/self/mountinfo": b"9 8 0:9 / /dev/cpuset rw - %b none %b\n" % (fs_type, options),
        "/dev/cpuset/rt/cpus": b"2-11,13\n",
        "/dev/cpuset/rt/mems": b"0\n",
        "/dev/cpuset/rt/cpu_exclusive": b"1\n",
        "/dev/cpuset/rt/memory_migrate": b"0\n",
    }
    cgroups = read(TreeRoot(tree))
    assert cgroups.hierarchies == (Hierarchy(1, "/dev/cpuset", ("cpuset",), None, False),)
    cpuset = cpuset_of(by_path(cgroups)["/rt"])
    assert str(value_of(cpuset.cpus)) == "2-11,13"
    assert value_of(cpuset.exclusive) is True
    assert {name: value_of(flag) for name, flag in cpuset.flags.items()} == {"memory_migrate": False}


def test_a_cpuset_mount_with_prefixes_is_read_too() -> None:
    """Where the hierarchy was mounted with prefixes before, mounting "cpuset" shows it with them."""
    tree: Tree = {
        "/proc/self/mountinfo": b"9 8 0:9 / /dev/cpuset rw - cpuset none rw\n",
        "/dev/cpuset/cpuset.cpus": b"0\n",
        "/dev/cpuset/cpuset.mems": b"0\n",
    }
    assert value_of(cpuset_of(read(TreeRoot(tree)).groups[0]).cpus) == CpuSet([0])


def test_a_hybrid_host_has_each_controller_in_one_of_both() -> None:
    both = b"35 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 none rw\n"
    info = bytes(V1["/proc/self/mountinfo"])
    tree = {**V1, "/proc/self/mountinfo": info + both, f"{V2}/unified/cgroup.controllers": b"hugetlb\n"}
    cgroups = read(TreeRoot(tree))
    assert cgroups.mode is Mode.HYBRID
    home, other = cgroups.home_of("hugetlb"), cgroups.home_of("cpuset")
    assert home is not None
    assert other is not None
    assert (home.version, other.version) == (2, 1)
    assert cgroups.home_of("rdma") is None


def test_a_capture_without_mounts_shows_its_hierarchies_by_their_folders() -> None:
    without = {path: content for path, content in UNIFIED.items() if not path.startswith("/proc")}
    assert by_path(read(TreeRoot(without))).keys() == by_path(read(TreeRoot(UNIFIED))).keys()
    without = {path: content for path, content in V1.items() if not path.startswith("/proc")}
    assert {"/", "/a b", "/x"} == set(by_path(read(TreeRoot(without))))


def test_a_deep_or_wide_tree_is_bounded() -> None:
    tree: Tree = {f"{V2}/cgroup.controllers": b"cpuset\n"}
    tree[f"{V2}{'/d' * 200}/cpuset.cpus.effective"] = b"0\n"
    assert len(read(TreeRoot(tree)).groups) < 100


@given(wounded(UNIFIED | {path: content for path, content in V1.items() if "/cpu" in path}))
@settings(max_examples=60, deadline=None)
def test_no_wound_makes_the_reader_raise(tree: Tree) -> None:
    cgroups = read(TreeRoot(tree))
    for group, cpuset in cgroups.cpusets():
        assert group.path.startswith("/")
        assert list(readings_in(cpuset))


def test_this_machine() -> None:
    with Host.live() as host:
        cgroups = host.cgroups
    assert cgroups.namespace == os.readlink("/proc/self/ns/cgroup")
    mounted = {line.split()[2] for line in Path("/proc/mounts").read_text().splitlines()} & {"cgroup", "cgroup2"}
    assert {f"cgroup{'2' * (one.version == 2)}" for one in cgroups.hierarchies} == mounted
    assert not [one for one in readings_in(cgroups) if isinstance(one, Malformed)]
    assert cgroups.problems == ()


@pytest.fixture
def made_cpuset() -> str:
    requires("root")
    with Host.live() as host:
        home = host.cgroups.home_of("cpuset")
    if home is None or home.version != 1 or not home.prefixed:
        pytest.skip("needs the cpuset controller of cgroup v1, mounted")
    return home.mount_point


def test_a_cpuset_of_v1_made_here(made_cpuset: str) -> None:
    folder = Path(made_cpuset) / f"bedplate-test-{os.getpid()}"
    folder.mkdir()
    try:
        (folder / "cpuset.cpus").write_text("0")
        (folder / "cpuset.mems").write_text("0")
        (folder / "cpuset.memory_migrate").write_text("1")
        with Host.live() as host:
            found = {group.folder: cpuset for group, cpuset in host.cgroups.cpusets()}
    finally:
        folder.rmdir()
    cpuset = found[str(folder)]
    assert value_of(cpuset.cpus) == value_of(cpuset.effective_cpus) == CpuSet([0])
    assert value_of(cpuset.mems) == NodeSet([0])
    assert value_of(cpuset.flags["memory_migrate"]) is True
    assert (value_of(cpuset.exclusive), value_of(cpuset.balanced)) == (False, True)


def test_mounting_cpuset_shows_the_same_hierarchy(made_cpuset: str, tmp_path: Path) -> None:
    requires("namespaces")
    code = (
        "from bedplate.host.host import Host\n"
        "from bedplate.host.cgroup_hierarchies import find_hierarchies\n"
        "host = Host.live()\n"
        "print(*{one.mount_point for one in find_hierarchies(host.root, host.mounts) if 'cpuset' in one.controllers})\n"
        "print(*(type(one.cpus).__name__ for _, one in host.cgroups.cpusets()))\n"
    )
    script = 'umount "$1" && mount -t cpuset none "$0" && shift && exec "$@"'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, str(tmp_path), made_cpuset, sys.executable, "-c", code],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"needs to mount cpuset again: {done.stderr.strip()}")
    place, kinds = done.stdout.splitlines()
    assert place == str(tmp_path)
    assert set(kinds.split()) == {"Present"}


@requires("root")
def test_an_ordinary_user_sees_the_same() -> None:
    assert "Malformed" not in kinds_of_an_ordinary_user("cgroups").values()


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    folder = recorded.folder(machine)
    cgroups = read(FolderRoot(folder))
    assert not [one for one in readings_in(cgroups) if isinstance(one, Malformed)]
    assert cgroups.problems == ()
    there = [path for path in folder.rglob("cpuset.cpus*") if path.parent.name != "cpuset.cpus"]
    assert bool(list(cgroups.cpusets())) >= bool([path for path in there if path.name == "cpuset.cpus"])
    for _, cpuset in cgroups.cpusets():
        assert isinstance(cpuset.effective_cpus, Present)
