"""Caches: each once for the CPUs that share it, and none missed."""

from __future__ import annotations

import pytest
from tests.small_hosts import CPU, MemoryRoot, cpus, topology_of, two_packages, without

from bedplate.facts.topology import Cache, Problem, Topology
from bedplate.host.topology import read_topology
from bedplate.values.constants import HostConstants


def shown(topology: Topology) -> list[tuple[int, str | None, int | None, str]]:
    return [(one.level, one.type, one.size_bytes, str(one.cpus)) for one in topology.caches]


L1 = [(1, kind, 32 << 10, pair) for kind in ("Data", "Instruction") for pair in ("0-1", "2-3", "4-5", "6-7")]
L3 = [(3, "Unified", 16 << 20, "0-3"), (3, "Unified", 16 << 20, "4-7")]


def test_a_well_formed_host_though_cache_ids_repeat() -> None:
    assert shown(topology_of(two_packages())) == L1 + L3


def test_a_cache_is_read_once() -> None:
    root = MemoryRoot(two_packages())
    read_topology(root, HostConstants())
    read = [path for path in root.read_paths if "/cache/" in path]
    assert not [path for path in read if f"{CPU}/cpu1/" in path]
    assert len([path for path in read if path.endswith("index2/size")]) == 2
    # cpu2 shares the third cache with cpu0, and has the others of its own.
    assert {path.split("/")[7] for path in read if f"{CPU}/cpu2/" in path} == {"index0", "index1"}


def test_a_core_with_another_cache_is_not_missed() -> None:
    files = two_packages() | {f"{CPU}/cpu{cpu}/cache/index0/size": b"48K\n" for cpu in (6, 7)}
    files |= {f"{CPU}/cpu{cpu}/cache/index3/{n}": c for cpu in (2, 3) for n, c in L4.items()}
    caches = shown(topology_of(files))
    assert (1, "Data", 48 << 10, "6-7") in caches
    assert (4, "Unified", None, "2-3") in caches


L4 = {"level": b"4\n", "type": b"Unified\n", "shared_cpu_map": b"0c\n"}


def test_threads_of_one_core_that_share_no_first_level() -> None:
    # POWER9 pairs two small cores: eight thread siblings, and a first level for each four.
    own = {f"{CPU}/cpu{cpu}/cache/index0/shared_cpu_map": b"%02x\n" % (1 << cpu) for cpu in (0, 1)}
    caches = shown(topology_of(two_packages() | own))
    assert (1, "Data", 32 << 10, "0") in caches
    assert (1, "Data", 32 << 10, "1") in caches


@pytest.mark.parametrize("content", [b"00\n", b"", b"nonsense\n"])
def test_a_map_without_its_cpu_is_taken_for_that_of_the_core(content: bytes) -> None:
    # ia64 leaves the maps of its outer caches empty.
    maps = {f"{CPU}/cpu{cpu}/cache/index2/shared_cpu_map": content for cpu in range(8)}
    topology = topology_of(two_packages() | maps)
    assert [one for one in shown(topology) if one[0] == 3] == [
        (3, "Unified", 16 << 20, pair) for pair in ("0-1", "2-3", "4-5", "6-7")
    ]
    assert any("taken for that of the core" in problem.text for problem in topology.problems)
    assert all(problem.text.endswith("(and 3 more files like it)") for problem in topology.problems)


def test_a_list_alone_is_enough() -> None:
    lists = {f"{CPU}/cpu{cpu}/cache/index2/shared_cpu_list": b"0-3\n" if cpu < 4 else b"4-7\n" for cpu in range(8)}
    assert shown(topology_of(without(two_packages(), "index2/shared_cpu_map") | lists)) == L1 + L3


def test_a_size_that_is_not_told_is_not_known() -> None:
    topology = topology_of(without(two_packages(), "index2/size"))
    assert topology.caches[-1] == Cache(3, "Unified", None, cpus("4-7"))
    assert not topology.problems


def test_a_cache_without_a_level_is_left_out() -> None:
    topology = topology_of(without(two_packages(), "index2/level"))
    assert shown(topology) == L1
    (problem,) = topology.problems
    assert problem.path == f"{CPU}/cpu0/cache/index2"


def test_a_type_of_a_kernel_to_come_is_kept_and_garbage_is_not() -> None:
    types = {f"{CPU}/cpu0/cache/index2/type": b"Victim\n", f"{CPU}/cpu4/cache/index2/type": b"\x1b[31m\n"}
    topology = topology_of(two_packages() | types)
    assert [one.type for one in topology.caches if one.level == 3] == [None, "Victim"]
    assert [problem.path for problem in topology.problems] == [f"{CPU}/cpu4/cache/index2/type"]


def test_one_cache_with_two_sizes_is_a_problem() -> None:
    # Seen at another index of a CPU that shares no first level with the one before.
    own = {f"{CPU}/cpu{cpu}/cache/index0/shared_cpu_map": b"%02x\n" % (1 << cpu) for cpu in (0, 1)}
    moved = {"level": b"3\n", "type": b"Unified\n", "size": b"1K\n", "shared_cpu_map": b"0f\n"}
    files = two_packages() | own | {f"{CPU}/cpu1/cache/index7/{name}": content for name, content in moved.items()}
    topology = topology_of(files)
    assert shown(topology)[-2:] == L3
    assert [problem.path for problem in topology.problems] == [f"{CPU}/cpu1/cache/index7/size"]


def test_any_number_of_folders_is_bounded() -> None:
    many = {f"{CPU}/cpu0/cache/index{n}/level": b"1\n" for n in range(3, 5000)}
    root = MemoryRoot(two_packages() | many)
    read_topology(root, HostConstants())
    assert len(root.read_paths) < 1000


def test_caches_of_one_level_and_type_that_overlap_are_a_problem() -> None:
    """The map of CPU 0 lacks CPU 1, and that of CPU 1 names CPU 0."""
    path = f"{CPU}/cpu1/cache/index0/shared_cpu_map"
    files = two_packages() | {f"{CPU}/cpu0/cache/index0/shared_cpu_map": b"01\n", path: b"03\n"}
    (problem,) = topology_of(files).problems
    assert problem == Problem(path, "names the CPUs 0, whose own maps lack some of these CPUs")
