"""A node's huge pages, HMAT access classes, memory-side caches and tier."""

from __future__ import annotations

import pytest
from tests.small_hosts import NODE, Files, topology_of, two_packages, without

from bedplate.facts.topology import Access, HugePages, MemoryCache, Node
from bedplate.values.idset import NodeSet

TIERS = "/sys/devices/virtual/memory_tiering"
POOL = f"{NODE}/node0/hugepages"


def node(files: Files) -> Node:
    return topology_of(files).nodes[0]


def test_pools_by_size() -> None:
    one_gib: Files = {f"{POOL}/hugepages-1048576kB/{name}_hugepages": b"1\n" for name in ("nr", "free", "surplus")}
    small: Files = {f"{POOL}/hugepages-64kB/nr_hugepages": b"3\n"}
    assert node(two_packages() | one_gib | small).hugepages == (
        HugePages(64 << 10, 3, None, None),
        HugePages(2 << 20, 8, 6, 0),
        HugePages(1 << 30, 1, 1, 1),
    )


@pytest.mark.parametrize("name", ["hugepages-", "hugepages-kB", "hugepages-2MB", "hugepages-٣kB", "hugepages--1kB"])
def test_names_that_are_no_sizes_are_not_read(name: str) -> None:
    files = two_packages() | {f"{POOL}/{name}/nr_hugepages": b"1\n"}
    assert node(files).hugepages == (HugePages(2 << 20, 8, 6, 0),)


def test_garbage_in_one_number_leaves_the_others() -> None:
    path = f"{POOL}/hugepages-2048kB/free_hugepages"
    topology = topology_of(two_packages() | {path: b"-1\n"})
    assert topology.nodes[0].hugepages == (HugePages(2 << 20, 8, None, 0),)
    assert [problem.path for problem in topology.problems] == [path]


def test_an_old_kernel_tells_them_in_meminfo() -> None:
    files = without(two_packages(), "/hugepages/")
    lines = (b"Node 0 MemTotal: 4 kB", b"Node 0 HugePages_Total: 65", b"Node 0 HugePages_Free: 64")
    files |= {f"{NODE}/node0/meminfo": b"\n".join(lines)}
    assert node(files).hugepages == ()
    assert node(files | {"/proc/meminfo": b"MemTotal: 8 kB\nHugepagesize:  2048 kB\n"}).hugepages == (
        HugePages(2 << 20, 65, 64, None),
    )
    assert node(files | {"/proc/meminfo": b"Hugepagesize: big\n"}).hugepages == ()


def test_access_classes() -> None:
    folder = f"{NODE}/node0/access"
    speeds = {"read_latency": b"80\n", "write_latency": b"0\n", "read_bandwidth": b"10000\n"}
    files: Files = {f"{folder}1/initiators/{name}": text for name, text in speeds.items()}
    files |= {
        f"{folder}0/initiators/node1/x": b"",
        f"{folder}1/initiators/node0/x": b"",
        f"{folder}1/targets/node1": b"",
    }
    assert node(two_packages() | files).accesses == (
        Access(0, NodeSet([1]), None, None, None, None),
        Access(1, NodeSet([0]), 80, None, 10_000, None),
    )


def test_memory_side_caches() -> None:
    folder = f"{NODE}/node0/memory_side_cache"
    files: Files = {
        f"{folder}/index1/size": b"103079215104\n",
        f"{folder}/index1/line_size": b"64\n",
        f"{folder}/index2/size": b"0\n",
    }
    assert node(two_packages() | files).memory_caches == (MemoryCache(1, 96 << 30, 64), MemoryCache(2, None, None))


@pytest.mark.parametrize("name", ["nodelist", "nodes"])
def test_tiers_of_either_spelling(name: str) -> None:
    tiers: Files = {f"{TIERS}/memory_tier4/{name}": b"0\n", f"{TIERS}/memory_tier22/{name}": b"1\n"}
    assert [one.memory_tier for one in topology_of(two_packages() | tiers).nodes] == [4, 22]
    assert node(two_packages()).memory_tier is None


def test_a_node_in_two_tiers_is_a_problem() -> None:
    tiers: Files = {f"{TIERS}/memory_tier{tier}/nodelist": b"0-1\n" for tier in (4, 5)}
    topology = topology_of(two_packages() | tiers)
    assert [one.memory_tier for one in topology.nodes] == [4, 4]
    assert [problem.text for problem in topology.problems] == ["node 0 is in tier 4 too", "node 1 is in tier 4 too"]
