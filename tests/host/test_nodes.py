"""NUMA nodes: sparse, without CPUs, without memory, and with files that disagree."""

from __future__ import annotations

import pytest
from tests.small_hosts import CPU, NODE, Files, cpus, topology_of, two_packages, without

from bedplate.facts.topology import Topology
from bedplate.values.idset import NodeSet
from bedplate.values.reading import Absent, Malformed, Present, value_of


def renumbered(second: int) -> Files:
    """Return the files of two nodes, of which the second has another number."""
    files = {path.replace("/node1/", f"/node{second}/"): content for path, content in two_packages().items()}
    meminfo = f"{NODE}/node{second}/meminfo"
    numbers = f"0,{second}\n".encode()
    return files | {
        f"{NODE}/online": numbers,
        f"{NODE}/possible": numbers,
        meminfo: b"Node %d MemTotal: 4 kB\n" % second,
    }


def problems(topology: Topology) -> list[tuple[str, str]]:
    return [(problem.path, problem.text) for problem in topology.problems]


def test_a_well_formed_host() -> None:
    topology = topology_of(two_packages())
    first, second = topology.nodes
    assert (first.id, first.cpus, first.online_cpus) == (0, cpus("0-3"), cpus("0-3"))
    assert (first.memory_bytes, first.memory_free_bytes) == (1 << 30, 1 << 29)
    assert value_of(second.distances) == {0: 21, 1: 10}
    assert value_of(topology.possible_nodes) == NodeSet([0, 1])
    assert topology.node_of(5) == second
    assert topology.node_of(9) is None


def test_columns_of_distances_are_the_online_nodes_and_no_numbers() -> None:
    topology = topology_of(renumbered(33))
    assert [node.id for node in topology.nodes] == [0, 33]
    assert [value_of(node.distances) for node in topology.nodes] == [{0: 10, 33: 21}, {0: 21, 33: 10}]
    assert not topology.problems


def test_without_an_online_file_the_folders_are_the_columns() -> None:
    topology = topology_of(without(renumbered(33), f"{NODE}/online"))
    assert [value_of(node.distances) for node in topology.nodes] == [{0: 10, 33: 21}, {0: 21, 33: 10}]


def test_an_online_node_without_a_folder_keeps_its_column() -> None:
    files = two_packages() | {f"{NODE}/online": b"0,7\n"} | {f"{NODE}/node0/distance": b"10 31\n"}
    topology = topology_of(without(files, "node1"))
    assert value_of(topology.nodes[0].distances) == {0: 10, 7: 31}
    assert problems(topology) == [(f"{NODE}/online", "reads 0,7, the nodes with a folder are 0")]


@pytest.mark.parametrize("text", [b"10\n", b"10 21 21\n"])
def test_a_row_with_the_wrong_number_of_columns_is_malformed(text: bytes) -> None:
    topology = topology_of(two_packages() | {f"{NODE}/node0/distance": text})
    reading = topology.nodes[0].distances
    assert isinstance(reading, Malformed)
    assert reading.text.strip() == text.strip()
    assert isinstance(topology.nodes[1].distances, Present)
    assert [path for path, _ in problems(topology)] == [f"{NODE}/node0/distance"]


@pytest.mark.parametrize("text", [b"", b"near far\n", b"10 -1\n", b"\xff"])
def test_garbage_in_place_of_distances_is_malformed(text: bytes) -> None:
    topology = topology_of(two_packages() | {f"{NODE}/node0/distance": text})
    assert isinstance(topology.nodes[0].distances, Malformed)
    assert topology.nodes[0].cpus == cpus("0-3")


def test_a_distance_of_0_is_kept_as_it_reads() -> None:
    topology = topology_of(two_packages() | {f"{NODE}/node0/distance": b"0 0\n"})
    assert value_of(topology.nodes[0].distances) == {0: 0, 1: 0}


def test_a_list_that_is_not_the_map_is_told_and_the_map_stands() -> None:
    topology = topology_of(two_packages() | {f"{NODE}/node0/cpulist": b"0-4\n"})
    node = topology.nodes[0]
    assert (value_of(node.cpulist), value_of(node.cpumap), node.cpus) == (cpus("0-4"), cpus("0-3"), cpus("0-3"))
    assert problems(topology) == [(f"{NODE}/node0/cpulist", "reads 0-4, and cpumap 0-3")]


def test_the_list_alone_is_enough() -> None:
    topology = topology_of(without(two_packages(), "cpumap"))
    assert [node.cpus for node in topology.nodes] == [cpus("0-3"), cpus("4-7")]
    assert isinstance(topology.nodes[0].cpumap, Absent)


def test_the_links_alone_are_enough() -> None:
    links = {f"{NODE}/node0/cpu{cpu}/x": b"" for cpu in range(4)}
    first, second = topology_of(without(two_packages(), "cpumap", "cpulist") | links).nodes
    assert (first.cpus, first.tells_cpus) == (cpus("0-3"), True)
    assert (second.cpus, second.tells_cpus) == (cpus(""), False)
    assert second.closest_cpus is None


def test_offline_and_absent_cpus_of_a_node_are_not_its_online_ones() -> None:
    files = two_packages() | {f"{CPU}/online": b"0-2,4-7\n", f"{NODE}/node0/cpumap": b"0f0f\n"}
    node = topology_of(without(files, "cpulist")).nodes[0]
    assert node.cpus == cpus("0-3,8-11")
    assert node.online_cpus == cpus("0-2")


def test_a_node_without_cpus_and_one_without_memory() -> None:
    files = two_packages() | {f"{NODE}/node1/cpumap": b"00\n", f"{NODE}/node1/cpulist": b"\n"}
    files |= {f"{NODE}/node0/meminfo": b"Node 0 MemTotal: 0 kB\n"}
    first, second = topology_of(files).nodes
    assert (first.memory_bytes, first.memory_free_bytes) == (0, None)
    assert (second.cpus, second.tells_cpus, second.closest_cpus) == (cpus(""), True, cpus("0-3"))


@pytest.mark.parametrize("text", [b"", b"Node 0 MemTotal: lots\n", b"MemTotal: 4 kB\n"])
def test_garbage_in_place_of_meminfo_leaves_the_memory_unknown(text: bytes) -> None:
    topology = topology_of(two_packages() | {f"{NODE}/node0/meminfo": text})
    assert topology.nodes[0].memory_bytes is None
    assert topology.nodes[0].cpus == cpus("0-3")
    assert [path for path, _ in problems(topology)] == [f"{NODE}/node0/meminfo"]


def test_a_kernel_without_numa_has_no_nodes() -> None:
    topology = topology_of(without(two_packages(), NODE))
    assert not topology.nodes
    assert isinstance(topology.possible_nodes, Absent)


def test_names_that_are_no_nodes_are_not_read() -> None:
    strange = {f"{NODE}/{name}/cpulist": b"0\n" for name in ("node", "node-1", "nodeX", "node٣", "node" + "9" * 30)}
    assert [node.id for node in topology_of(two_packages() | strange).nodes] == [0, 1]


def test_more_free_huge_pages_than_there_are_is_a_problem() -> None:
    path = f"{NODE}/node1/hugepages/hugepages-2048kB/free_hugepages"
    text = "reads 9, and nr_hugepages 8: more are free than there are"
    assert problems(topology_of(two_packages() | {path: b"9\n"})) == [(path, text)]
