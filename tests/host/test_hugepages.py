"""Huge page pools: of this machine, of the recorded ones, and of trees with wounds."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from tests import recorded
from tests.host.hostile_trees import Tree, TreeRoot, kinds_of_an_ordinary_user, readings_in, wounded
from tests.requires import requires
from tests.trees import FolderRoot

from bedplate.host.host import Host
from bedplate.host.hugepages import read_hugepages
from bedplate.parse.meminfo import parse_meminfo
from bedplate.values.reading import Absent, Malformed, value_of

POOLS = "/sys/kernel/mm/hugepages"
NODE = "/sys/devices/system/node/node"
TREE: Tree = {
    "/proc/meminfo": b"HugePages_Total: 8\nHugePages_Free: 5\nHugepagesize: 2048 kB\n",
    f"{POOLS}/hugepages-2048kB/nr_hugepages": b"8\n",
    f"{POOLS}/hugepages-2048kB/free_hugepages": b"5\n",
    f"{POOLS}/hugepages-2048kB/resv_hugepages": b"2\n",
    f"{POOLS}/hugepages-2048kB/surplus_hugepages": b"1\n",
    f"{POOLS}/hugepages-2048kB/nr_overcommit_hugepages": b"4\n",
    f"{POOLS}/hugepages-1048576kB/nr_hugepages": b"0\n",
    f"{POOLS}/hugepages-1048576kB/demote_size": b"2048kB\n",
    f"{NODE}0/hugepages/hugepages-2048kB/nr_hugepages": b"5\n",
    f"{NODE}33/hugepages/hugepages-2048kB/nr_hugepages": b"3\n",
    f"{NODE}33/hugepages/hugepages-2048kB/surplus_hugepages": b"1\n",
    f"{NODE}33/hugepages/hugepages-64kB/nr_hugepages": b"2\n",
    f"{NODE}33/hugepages/hugepages-xkB/nr_hugepages": b"2\n",
}


def test_sizes_are_what_sysfs_lists_whatever_the_architecture() -> None:
    pools = read_hugepages(TreeRoot(TREE))
    assert value_of(pools.default_size_bytes) == 2 << 20
    assert list(pools.by_size()) == [64 << 10, 2 << 20, 1 << 30]
    two, one = pools.by_size()[2 << 20], pools.by_size()[1 << 30]
    assert (two.available, two.total_bytes, value_of(two.overcommit)) == (3, 16 << 20, 4)
    assert [(node.node, value_of(node.nr)) for node in two.nodes] == [(0, 5), (33, 3)]
    assert value_of(one.demote_size_bytes) == 2 << 20
    assert isinstance(two.demote_size_bytes, Absent)
    assert pools.problems == ()


def test_numbers_that_contradict_each_other_are_told() -> None:
    changed = {
        f"{POOLS}/hugepages-2048kB/resv_hugepages": b"6\n",
        f"{NODE}0/hugepages/hugepages-2048kB/nr_hugepages": b"9\n",
    }
    problems = read_hugepages(TreeRoot({**TREE, **changed})).problems
    assert [problem.text for problem in problems] == [
        "6 pages are reserved of 5 free ones",
        "the nodes have 12 pages together, the pool has 8",
    ]


def test_a_kernel_without_sysfs_pools_tells_one_in_meminfo() -> None:
    pools = read_hugepages(TreeRoot({"/proc/meminfo": TREE["/proc/meminfo"]}))
    (pool,) = pools.pools
    assert (pool.size_bytes, value_of(pool.nr), value_of(pool.free), pool.available) == (2 << 20, 8, 5, None)


def test_a_kernel_without_huge_pages_has_no_pool_and_no_size() -> None:
    pools = read_hugepages(TreeRoot({"/proc/meminfo": b"MemTotal: 4 kB\n", "/sys/kernel/notes": b""}, live=True))
    assert pools.pools == ()
    for reading in (pools.default_size_bytes, pools.folder):
        assert isinstance(reading, Absent)
        assert "CONFIG_HUGETLBFS" in reading.reason


@given(wounded(TREE))
@settings(max_examples=60, deadline=None)
def test_no_wound_makes_the_reader_raise(tree: Tree) -> None:
    pools = read_hugepages(TreeRoot(tree))
    assert all(pool.size_bytes > 0 for pool in pools.pools)
    assert sorted(pools.by_size()) == [pool.size_bytes for pool in pools.pools]


def test_this_machine() -> None:
    with Host.live() as host:
        pools = host.hugepages
    sizes = sorted(int(path.name[10:-2]) << 10 for path in Path(POOLS).glob("hugepages-*"))
    assert list(pools.by_size()) == sizes
    assert not [one for one in readings_in(pools) if isinstance(one, Malformed)]
    meminfo = parse_meminfo(Path("/proc/meminfo").read_bytes())
    assert value_of(pools.default_size_bytes) == meminfo.sizes.get("Hugepagesize")
    for pool in pools.pools:
        assert pool.available is not None
        assert {node.node for node in pool.nodes} == {
            int(path.parent.parent.name[4:])
            for path in Path("/sys/devices/system/node").glob(f"node*/hugepages/hugepages-{pool.size_bytes >> 10}kB")
        }


@requires("root")
def test_an_ordinary_user_sees_the_same() -> None:
    assert set(kinds_of_an_ordinary_user("hugepages").values()) <= {"Present", "Absent"}


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    folder = recorded.folder(machine)
    pools = read_hugepages(FolderRoot(folder))
    assert not [one for one in readings_in(pools) if isinstance(one, Malformed)]
    assert pools.problems == ()
    listed = {int(path.name[10:-2]) << 10 for path in folder.glob("sys/kernel/mm/hugepages/hugepages-*kB")}
    assert listed <= set(pools.by_size())
