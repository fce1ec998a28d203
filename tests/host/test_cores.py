"""Packages and cores, from every set of files that kernels and captures have."""

from __future__ import annotations

import pytest
from tests.small_hosts import CPU, Files, MemoryRoot, cpus, topology_of, two_packages, without

from bedplate.facts.topology import Core, Package
from bedplate.host.topology import read_topology
from bedplate.values.constants import HostConstants
from bedplate.values.reading import Source

PACKAGES = (Package(0, cpus("0-3")), Package(1, cpus("4-7")))
THREADS = ["0-1", "2-3", "4-5", "6-7"]


def threads(files: Files) -> list[str]:
    return [str(core.threads) for core in topology_of(files).cores]


def each_cpu(name: str, content: bytes, numbers: range = range(8)) -> Files:
    return {f"{CPU}/cpu{cpu}/topology/{name}": content for cpu in numbers}


def test_a_well_formed_host() -> None:
    topology = topology_of(two_packages())
    assert topology.packages == PACKAGES
    first = Source(f"{CPU}/cpu0/topology/core_cpus", raw=b"03\n")
    assert topology.cores[0] == Core(0, 0, None, 0, cpus("0-1"), first)
    assert [str(core.threads) for core in topology.cores] == THREADS
    assert [core.id for core in topology.cores] == [0, 1, 0, 1]
    assert not topology.problems


@pytest.mark.parametrize(
    "lacking",
    [
        ("/core_cpus", "/package_cpus", "_list"),
        ("thread_siblings", "core_siblings"),
        ("/core_cpus\n", "thread_siblings", "core_siblings"),
        ("_siblings", "_list"),
    ],
)
def test_either_spelling_of_the_maps_is_enough(lacking: tuple[str, ...]) -> None:
    topology = topology_of(without(two_packages(), *lacking))
    assert topology.packages == PACKAGES
    assert [str(core.threads) for core in topology.cores] == THREADS


def test_lists_alone_are_enough() -> None:
    files = {p: c for p, c in two_packages().items() if "_cpus" not in p or p.endswith("_list")}
    topology = topology_of(without(files, "_siblings"))
    assert topology.packages == PACKAGES
    assert [str(core.threads) for core in topology.cores] == THREADS
    assert topology.cores[0].source == Source(f"{CPU}/cpu0/topology/core_cpus_list")


def test_a_malformed_map_leaves_the_list() -> None:
    topology = topology_of(without(two_packages(), "_siblings") | each_cpu("core_cpus", b"0x\n", range(1)))
    assert [str(core.threads) for core in topology.cores] == THREADS
    assert [problem.path for problem in topology.problems] == [f"{CPU}/cpu0/topology/core_cpus"]


def test_masks_that_are_no_multiple_of_32_bits() -> None:
    wide: Files = {
        path: b"0000,00000000," + content.rjust(9, b"0")
        for path, content in two_packages().items()
        if "siblings" in path and isinstance(content, bytes)
    }
    topology = topology_of(without(two_packages(), "_cpus") | wide)
    assert [str(core.threads) for core in topology.cores] == THREADS


def test_a_package_number_of_minus_one_is_unknown() -> None:
    topology = topology_of(two_packages() | each_cpu("physical_package_id", b"-1\n"))
    assert topology.packages == (Package(None, cpus("0-3")), Package(None, cpus("4-7")))
    assert {core.package for core in topology.cores} == {None}


def test_a_package_number_can_be_huge() -> None:
    topology = topology_of(two_packages() | each_cpu("physical_package_id", b"131072\n", range(4, 8)))
    assert topology.packages[1] == Package(131072, cpus("4-7"))


def test_two_packages_can_have_one_number() -> None:
    topology = topology_of(two_packages() | each_cpu("physical_package_id", b"0\n"))
    assert topology.packages == (Package(0, cpus("0-3")), Package(0, cpus("4-7")))


def test_without_package_numbers_the_maps_tell() -> None:
    topology = topology_of(without(two_packages(), "physical_package_id"))
    assert topology.packages == (Package(None, cpus("0-3")), Package(None, cpus("4-7")))


def test_without_maps_the_numbers_tell() -> None:
    topology = topology_of(without(two_packages(), "_cpus", "_siblings"))
    assert topology.packages == PACKAGES
    assert [str(core.threads) for core in topology.cores] == THREADS
    assert all(core.source is None for core in topology.cores)


def test_without_maps_and_packages_a_core_number_joins_nothing() -> None:
    assert threads(without(two_packages(), "_cpus", "_siblings", "package_id")) == [str(cpu) for cpu in range(8)]


def test_without_a_topology_folder_cpuinfo_tells() -> None:
    rows = [f"processor : {cpu}\nphysical id : {cpu // 4}\ncore id : {cpu % 4 // 2}\n" for cpu in range(8)]
    topology = topology_of(without(two_packages(), "/topology/") | {"/proc/cpuinfo": "\n".join(rows).encode()})
    assert topology.packages == PACKAGES
    assert [str(core.threads) for core in topology.cores] == THREADS


def test_without_anything_there_are_no_cores() -> None:
    topology = topology_of(without(two_packages(), "/topology/"))
    assert not topology.packages
    assert not topology.cores
    assert topology.online == cpus("0-7")


def test_offline_cpus_in_a_map_are_left_out() -> None:
    topology = topology_of(two_packages() | {f"{CPU}/online": b"0,2-7\n"})
    assert [str(core.threads) for core in topology.cores] == ["0", "2-3", "4-5", "6-7"]
    assert topology.packages[0] == Package(0, cpus("0,2-3"))


def test_a_map_that_lacks_its_own_cpu_is_a_problem() -> None:
    files = two_packages() | each_cpu("core_cpus", b"0c\n", range(1)) | each_cpu("thread_siblings", b"0c\n", range(1))
    topology = topology_of(files)
    assert "does not hold the CPU that it is the map of" in [problem.text for problem in topology.problems]
    assert "0" in [str(core.threads) for core in topology.cores]


def test_maps_that_overlap_are_a_problem() -> None:
    files = without(two_packages(), "thread_siblings") | each_cpu("core_cpus", b"06\n", range(2, 3))
    problems = [problem.text for problem in topology_of(files).problems]
    assert "holds the CPUs 1, which are threads of another core too" in problems


def test_threads_with_different_core_numbers_have_none() -> None:
    topology = topology_of(two_packages() | {f"{CPU}/cpu1/topology/core_id": b"7\n"})
    assert topology.cores[0].id is None
    (problem,) = topology.problems
    assert problem.path == f"{CPU}/cpu0/topology/core_id"


@pytest.mark.parametrize(("told", "cluster"), [(b"65535\n", None), (b"-1\n", None), (b"8\n", 8)])
def test_a_cluster_that_the_kernel_does_not_know_has_no_number(told: bytes, cluster: int | None) -> None:
    topology = topology_of(two_packages() | each_cpu("cluster_id", told))
    assert {core.cluster for core in topology.cores} == {cluster}


def test_books_and_drawers_of_s390() -> None:
    topology = topology_of(two_packages() | each_cpu("book_id", b"2\n") | each_cpu("drawer_id", b"1\n"))
    assert {(core.book, core.drawer) for core in topology.cores} == {(2, 1)}


@pytest.mark.parametrize("garbage", [b"", b"two\n", b"-7\n", b"\xff\xfe", b"9" * 30])
def test_garbage_in_one_number_leaves_the_others(garbage: bytes) -> None:
    topology = topology_of(two_packages() | {f"{CPU}/cpu2/topology/die_id": garbage})
    assert [core.die for core in topology.cores] == [0, None, 0, 0]
    assert [problem.path for problem in topology.problems] == [f"{CPU}/cpu2/topology/die_id"]


def test_maps_are_read_once_for_all_their_cpus() -> None:
    root = MemoryRoot(two_packages())
    read_topology(root, HostConstants())
    assert len(root.read_paths) == len(set(root.read_paths))
    assert {p.rpartition("/")[2] for p in root.read_paths if f"{CPU}/cpu1/" in p} == {"core_id"}
    assert len([path for path in root.read_paths if path.endswith("/package_cpus")]) == 2
    assert len([path for path in root.read_paths if path.endswith("/core_cpus")]) == 4
