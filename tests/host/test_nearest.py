"""Which CPUs are nearest to a node's memory, and what tells it."""

from __future__ import annotations

from tests.small_hosts import NODE, Files, topology_of, two_packages


def memory_node(**files: bytes) -> Files:
    """Return the files of two nodes with CPUs and node 2 with memory alone, nearer to node 1."""
    base: Files = {
        **two_packages(),
        f"{NODE}/online": b"0-2\n",
        f"{NODE}/node0/distance": b"10 21 28\n",
        f"{NODE}/node1/distance": b"21 10 17\n",
        f"{NODE}/node2/distance": b"28 17 10\n",
        f"{NODE}/node2/cpumap": b"00\n",
        f"{NODE}/node2/meminfo": b"Node 2 MemTotal: 4 kB\n",
    }
    return base | {f"{NODE}/node2/{path}": content for path, content in files.items()}


def initiators(access: int, node: int) -> Files:
    return {f"{NODE}/node2/access{access}/initiators/node{node}/x": b""}


def nearest(files: Files) -> tuple[str | None, str | None]:
    node = topology_of(files).nodes[-1]
    return None if node.closest_cpus is None else str(node.closest_cpus), node.closest_from


def test_a_node_with_cpus_has_its_own() -> None:
    assert nearest(two_packages()) == ("4-7", "own")


def test_the_smallest_distance_tells() -> None:
    assert nearest(memory_node()) == ("4-7", "distance")


def test_equal_distances_tell_of_all() -> None:
    assert nearest(memory_node(distance=b"17 17 10\n")) == ("0-7", "distance")


def test_a_distance_of_0_tells_nothing() -> None:
    assert nearest(memory_node(distance=b"0 17 0\n")) == ("4-7", "distance")
    assert nearest(memory_node(distance=b"0 0 0\n")) == (None, None)


def test_without_distances_nothing_tells() -> None:
    assert nearest(memory_node(distance=b"nonsense\n")) == (None, None)


def test_initiators_come_before_distances_and_those_with_cpus_first() -> None:
    assert nearest(memory_node() | initiators(0, 0)) == ("0-3", "access0")
    assert nearest(memory_node() | initiators(0, 1) | initiators(1, 0)) == ("0-3", "access1")


def test_an_initiator_without_cpus_tells_nothing() -> None:
    assert nearest(memory_node() | initiators(0, 2) | initiators(1, 9)) == ("4-7", "distance")


def test_a_node_whose_cpus_are_all_off_line_is_nearest_to_others() -> None:
    files = memory_node(cpumap=b"300\n", distance=b"28 17 10\n")
    assert nearest(files) == ("4-7", "distance")
