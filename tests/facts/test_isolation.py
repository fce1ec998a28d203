from __future__ import annotations

from dataclasses import replace

import pytest

from bedplate.errors import ParseError
from bedplate.facts.cpu_names import named_cpus
from bedplate.facts.isolation import isolated_cpus
from bedplate.facts.specimen import specimen_topology
from bedplate.facts.specimen_devices import specimen_isolation
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Denied, Malformed, Present, Source, value_of

NONE = specimen_topology()
SOURCE = Source("specimen/cpu/isolated")


def cpus(text: str) -> CpuSet:
    return CpuSet.from_list(text)


def test_the_union_of_all_ways_to_isolate() -> None:
    topology = replace(NONE, isolated=Present(cpus("2"), SOURCE), nohz_full=Present(cpus("3"), Source("nohz")))
    partitions = Present(cpus("4-5"), Source("partitions"))
    found = isolated_cpus(topology, replace(specimen_isolation(), partitions=partitions))
    assert value_of(found) == cpus("2-5")
    assert found.source.path == SOURCE.path


def test_none_isolated_is_absent_with_the_reason() -> None:
    found = isolated_cpus(NONE, specimen_isolation())
    assert isinstance(found, Absent)
    assert found.certain
    assert "isolcpus" in found.reason


def test_a_place_that_is_certainly_not_there_isolates_nothing() -> None:
    topology = replace(NONE, nohz_full=Absent(Source("nohz"), "CONFIG_NO_HZ_FULL is off"))
    found = isolated_cpus(topology, specimen_isolation())
    assert isinstance(found, Absent)
    assert found.certain


@pytest.mark.parametrize("missing", [Absent(SOURCE, "not in this capture", certain=False), Denied(SOURCE, 13, "root")])
def test_none_known_is_not_none(missing: Absent | Denied) -> None:
    assert isolated_cpus(replace(NONE, isolated=missing), specimen_isolation()) == missing


def test_what_is_known_stands_though_a_place_is_unknown() -> None:
    topology = replace(NONE, isolated=Present(cpus("1"), SOURCE), nohz_full=Denied(SOURCE, 13, "root"))
    assert value_of(isolated_cpus(topology, specimen_isolation())) == cpus("1")


def test_the_profile_goes_before_what_the_kernel_does() -> None:
    topology = replace(NONE, isolated=Present(cpus("1"), SOURCE))
    assert value_of(isolated_cpus(topology, specimen_isolation(), "4-N")) == cpus("4-7")
    assert isinstance(isolated_cpus(topology, specimen_isolation(), "none"), Absent)
    malformed = isolated_cpus(topology, specimen_isolation(), "all-but-one")
    assert isinstance(malformed, Malformed)
    assert "all-but-first-core-per-node" in malformed.error


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("all-but-first-core", "2-7"),
        ("all-but-first-core-per-node", "2-3,6-7"),
        ("none", ""),
        ("all", "0-7"),
        ("0xf0", "4-7"),
        (" 1,N ", "1,7"),
    ],
)
def test_names_of_sets(name: str, expected: str) -> None:
    assert str(named_cpus(name, NONE)) == expected


def test_a_host_without_nodes_is_one_node() -> None:
    assert str(named_cpus("all-but-first-core-per-node", replace(NONE, nodes=()))) == "2-7"


def test_a_cpu_without_a_known_core_is_a_core() -> None:
    assert str(named_cpus("all-but-first-core", replace(NONE, cores=()))) == "1-7"


def test_what_is_no_name() -> None:
    with pytest.raises(ParseError, match="all-but-first-core-per-node"):
        named_cpus("the fast ones", NONE)
