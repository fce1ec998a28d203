"""Kinds of cores: told by capacity, frequency, performance or threads, and never by counters alone."""

from __future__ import annotations

import pytest
from tests.small_hosts import CPU, Files, topology_of, two_packages

BIG, SMALL = range(4), range(4, 8)


def kinds(files: Files) -> list[tuple[str, dict[str, int | str]]]:
    return [(str(kind.cpus), dict(kind.marks)) for kind in topology_of(files).kinds]


def mark(path: str, big: int, small: int) -> Files:
    return {f"{CPU}/cpu{cpu}/{path}": f"{big if cpu in BIG else small}\n".encode() for cpu in range(8)}


def pmus() -> Files:
    return {"/sys/devices/cpu_core/cpus": b"0-3\n", "/sys/devices/cpu_atom/cpus": b"4-7\n"}


def single_threads() -> Files:
    """Return maps in which each CPU from 4 on is a core of its own."""
    return {
        f"{CPU}/cpu{cpu}/topology/{name}": b"%02x\n" % (1 << cpu)
        for cpu in SMALL
        for name in ("core_cpus", "thread_siblings")
    }


@pytest.mark.parametrize(
    ("path", "name", "big", "small"),
    [
        ("cpu_capacity", "cpu_capacity", 1024, 446),
        ("cpufreq/base_frequency", "base_frequency_khz", 1_900_000, 1_400_000),
        ("acpi_cppc/highest_perf", "highest_perf", 64, 39),
    ],
)
def test_each_mark_tells_kinds(path: str, name: str, big: int, small: int) -> None:
    assert kinds(two_packages() | mark(path, big, small)) == [("0-3", {name: big}), ("4-7", {name: small})]
    assert kinds(two_packages() | mark(path, big, big)) == [("0-7", {})]


def test_a_rank_among_equal_cores_is_no_kind() -> None:
    favoured = two_packages() | mark("acpi_cppc/highest_perf", 67, 64)
    assert kinds(favoured) == [("0-7", {})]
    ranks: Files = {f"{CPU}/cpu{cpu}/acpi_cppc/highest_perf": b"%d\n" % (231 - 16 * (cpu // 2)) for cpu in range(8)}
    assert kinds(two_packages() | ranks) == [("0-7", {})]


def test_of_a_kind_with_ranks_the_best_core_counts() -> None:
    perfs = mark("acpi_cppc/highest_perf", 64, 39) | {f"{CPU}/cpu2/acpi_cppc/highest_perf": b"67\n"}
    assert kinds(two_packages() | perfs) == [("0-3", {"highest_perf": 67}), ("4-7", {"highest_perf": 39})]


def test_counters_alone_prove_nothing_and_name_what_is_proved() -> None:
    assert kinds(two_packages() | pmus()) == [("0-7", {})]
    assert kinds(two_packages() | pmus() | mark("cpu_capacity", 1024, 446)) == [
        ("0-3", {"cpu_capacity": 1024, "pmu": "cpu_core"}),
        ("4-7", {"cpu_capacity": 446, "pmu": "cpu_atom"}),
    ]


def test_a_mixed_number_of_threads_tells_kinds() -> None:
    found = kinds(two_packages() | single_threads())
    assert found == [("0-3", {"threads_per_core": 2}), ("4-7", {"threads_per_core": 1})]


def test_threads_that_may_be_off_line_tell_no_kinds() -> None:
    files = two_packages() | single_threads() | {f"{CPU}/present": b"0-11\n", f"{CPU}/possible": b"0-11\n"}
    assert kinds(files) == [("0-7", {})]
    assert len(kinds(files | {f"{CPU}/present": b"0-10\n"})) == 2


def test_a_mark_that_one_core_lacks_tells_no_kinds() -> None:
    lacking = two_packages() | mark("cpufreq/base_frequency", 1_900_000, 1_400_000)
    del lacking[f"{CPU}/cpu6/cpufreq/base_frequency"]
    assert kinds(lacking) == [("0-7", {})]


@pytest.mark.parametrize("garbage", [b"", b"-5\n", b"fast\n"])
def test_garbage_tells_no_kinds_and_is_a_problem(garbage: bytes) -> None:
    path = f"{CPU}/cpu4/cpu_capacity"
    topology = topology_of(two_packages() | mark("cpu_capacity", 1024, 446) | {path: garbage})
    assert len(topology.kinds) == 1
    assert [problem.path for problem in topology.problems] == [path]


def test_hostile_names_of_counters_are_not_read() -> None:
    names = ("cpu_\x1b[31m", "cpu_\udcff", "cpu_ö", "cpu_a b")
    files = two_packages() | {f"/sys/devices/{name}/cpus": b"0-3\n" for name in names}
    assert kinds(files | mark("cpu_capacity", 2, 1)) == [("0-3", {"cpu_capacity": 2}), ("4-7", {"cpu_capacity": 1})]
