"""Which CPUs there are and which are on line, whatever files a kernel or a capture has."""

from __future__ import annotations

import errno

import pytest
from tests.small_hosts import CPU, Files, cpus, topology_of, two_packages, without

from bedplate.facts.topology import Problem
from bedplate.render.topology_json import topology_document
from bedplate.values.constants import HostConstants
from bedplate.values.reading import Absent, Denied, Malformed, Present, value_of


def test_possible_is_wider_than_present_and_present_than_online() -> None:
    files = two_packages() | {
        f"{CPU}/possible": b"0-15\n",
        f"{CPU}/online": b"0-3,6-7\n",
        f"{CPU}/offline": b"4-5,8-15\n",
    }
    topology = topology_of(files)
    assert value_of(topology.possible) == cpus("0-15")
    assert value_of(topology.present) == cpus("0-7")
    assert topology.online == cpus("0-3,6-7")
    # cpu/offline names the CPUs that are not there too.
    assert topology.offline == cpus("4-5")


def test_without_an_online_file_the_folders_tell_but_for_those_that_are_off() -> None:
    files = without(two_packages(), f"{CPU}/online", f"{CPU}/offline")
    topology = topology_of(
        files | {f"{CPU}/cpu{n}/online": b"1\n" for n in range(1, 8)} | {f"{CPU}/cpu5/online": b"0\n"}
    )
    assert topology.online == cpus("0-4,6-7")
    assert topology.online_source == CPU
    assert topology.offline == cpus("5")


def test_without_an_online_file_the_offline_file_tells_those_that_are_off() -> None:
    topology = topology_of(without(two_packages(), f"{CPU}/online") | {f"{CPU}/offline": b"6-7\n"})
    assert topology.online == cpus("0-5")


def test_without_possible_and_present_the_folders_tell() -> None:
    topology = topology_of(without(two_packages(), f"{CPU}/possible", f"{CPU}/present"))
    for reading in (topology.possible, topology.present):
        assert isinstance(reading, Present)
        assert reading.value == cpus("0-7")
        assert reading.source.path == CPU


def test_a_cpu_on_line_without_a_folder_is_possible_all_the_same() -> None:
    files = without(two_packages(), f"{CPU}/possible", f"{CPU}/present", f"{CPU}/cpu7/")
    topology = topology_of(files)
    assert value_of(topology.possible) == value_of(topology.present) == topology.online == cpus("0-7")


def test_without_any_folder_cpuinfo_tells() -> None:
    topology = topology_of({"/proc/cpuinfo": b"processor\t: 16\nphysical id\t: 1\ncore id\t: 0\n\nprocessor\t: 17\n"})
    assert topology.online == cpus("16-17")
    assert topology.online_source == "/proc/cpuinfo"
    assert isinstance(topology.possible, Absent)


def test_where_nothing_tells_nothing_is_known() -> None:
    topology = topology_of({"/proc/meminfo": b"MemTotal: 1 kB\n"})
    assert not topology.online
    assert not topology.offline
    assert isinstance(topology.possible, Absent)
    assert not topology.possible.certain
    assert not topology.kinds
    assert not topology.problems


def test_cpu_numbers_with_gaps() -> None:
    files = without(two_packages(), f"{CPU}/cpu2/", f"{CPU}/cpu5/")
    topology = topology_of(files | {f"{CPU}/online": b"0-1,3-4,6-7\n", f"{CPU}/present": b"0-1,3-4,6-7\n"})
    assert topology.online == cpus("0-1,3-4,6-7")
    assert [str(core.threads) for core in topology.cores] == ["0-1", "3", "4", "6-7"]
    assert not topology.problems


@pytest.mark.parametrize("text", [b"(null)\n", b"  (null)\n", b"  \n", b"\n", b"", b"\n\0"])
def test_no_cpu_is_free_of_ticks(text: bytes) -> None:
    assert value_of(topology_of(two_packages() | {f"{CPU}/nohz_full": text}).nohz_full) == cpus("")


def test_a_nul_byte_behind_the_newline_is_no_text() -> None:
    files = {path: content + b"\0" for path, content in two_packages().items() if isinstance(content, bytes)}
    plain, with_nul = (topology_document(topology_of(one), HostConstants(), None) for one in (two_packages(), files))
    assert with_nul == plain


def test_a_kernel_without_the_file_says_why() -> None:
    topology = topology_of(without(two_packages(), "nohz_full"))
    assert isinstance(topology.nohz_full, Absent)


def test_a_malformed_set_is_told_and_the_rest_goes_on() -> None:
    topology = topology_of(two_packages() | {f"{CPU}/isolated": b"1-1444444444444\n"})
    assert isinstance(topology.isolated, Malformed)
    assert topology.isolated.source.path == f"{CPU}/isolated"
    assert topology.isolated.text == b"1-1444444444444\n"
    assert [problem.path for problem in topology.problems] == [f"{CPU}/isolated"]
    assert len(topology.cores) == 4


def test_a_denied_set_names_what_it_needs() -> None:
    topology = topology_of(two_packages() | {f"{CPU}/isolated": errno.EACCES})
    assert isinstance(topology.isolated, Denied)
    (problem,) = topology.problems
    assert problem.path == f"{CPU}/isolated"
    assert "permission denied (EACCES), needs root or CAP_DAC_READ_SEARCH" in problem.text


def test_a_malformed_online_file_leaves_the_folders() -> None:
    topology = topology_of(two_packages() | {f"{CPU}/online": b"all of them\n"})
    assert topology.online == cpus("0-7")
    assert [problem.path for problem in topology.problems] == [f"{CPU}/online"]


def test_an_online_cpu_that_is_not_present_is_a_problem() -> None:
    topology = topology_of(two_packages() | {f"{CPU}/online": b"0-9\n"})
    assert [str(problem.text) for problem in topology.problems] == [
        "lacks the CPUs 8-9, which are on line",
        "has no folder of the CPUs 8-9, which are on line",
    ]


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("isolated", b"2,9\n", "names the CPUs 9, which possible lacks"),
        ("offline", b"7-9\n", "names the CPUs 7, which online names too"),
        ("offline", b"8-9\n", None),
    ],
)
def test_sets_that_contradict_each_other_are_a_problem(file: str, text: bytes, told: str | None) -> None:
    path = f"{CPU}/{file}"
    expected = () if told is None else (Problem(path, told),)
    assert topology_of(two_packages() | {f"{CPU}/possible": b"0-7\n", path: text}).problems == expected


def test_a_cpu_off_line_with_a_folder_that_present_lacks_is_a_problem() -> None:
    there: Files = {f"{CPU}/cpu8/topology/core_id": b"0\n", f"{CPU}/present": b"0-7\n", f"{CPU}/offline": b"8\n"}
    told = "names the CPUs 8, which have a folder, and present lacks them"
    assert topology_of(two_packages() | there).problems == (Problem(f"{CPU}/offline", told),)
