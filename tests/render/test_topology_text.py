"""The topology as text: readable, complete, and harmless."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests import recorded
from tests.topologies import recorded_topology

from bedplate.facts.specimen import CONSTANTS, changed_node, specimen_topology
from bedplate.facts.topology import Access, Cache, Core, HugePages, Kind, MemoryCache, Problem
from bedplate.host.host import Host
from bedplate.render.topology_text import topology_text
from bedplate.values.constants import HostConstants
from bedplate.values.idset import CpuSet, NodeSet
from bedplate.values.reading import Absent, Malformed, Present, Source

NOWHERE = Source("specimen/nowhere")

TWO_NODES = """\
Host
  x86_64 · little-endian · Linux 6.12.0 · pages of 4K
CPUs
  on line    0-7 (8)
  off line   none
  possible   0-7 (8)
  isolated   none
  nohz_full  none
  SMT        on
Packages
  id  cores          CPUs
  0   2 × 2 threads  0-3
  1   2 × 2 threads  4-7
Cores, by their threads
  node 0  0-1 2-3
  node 1  4-5 6-7
Caches
  L3  Unified  2 ×  32M  for 4 CPUs each
NUMA nodes
  node    memory      free  CPUs
  0     64.0 GiB  32.0 GiB  0-3
  1     64.0 GiB  32.0 GiB  4-7
Distances, from the node of the row to that of the column
  node   0   1
  0     10  20
  1     20  10
"""


def test_a_small_host() -> None:
    assert topology_text(specimen_topology(), CONSTANTS) == TWO_NODES


def test_this_machine() -> None:
    with Host.live() as host:
        text = topology_text(host.topology, host.constants)
    assert f"  on line    {host.topology.online}" in text
    assert "Problems" not in text


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    topology = recorded_topology(machine)
    text = topology_text(topology, HostConstants())
    lines = text.splitlines()
    assert all(line.isprintable() for line in lines)
    # Readable on 256 CPUs: everything folds into few lines, and none is wider than a terminal but the problems.
    told = lines[: lines.index("Problems")] if "Problems" in lines else lines
    assert len(told) < 60 + 5 * len(topology.nodes)
    assert max(map(len, told)) < 140
    assert all(f"\n  {node.id} " in text for node in topology.nodes)


def test_a_node_without_cpus_says_which_are_nearest() -> None:
    topology = changed_node(
        specimen_topology(), 1, cpus=CpuSet(), online_cpus=CpuSet(), closest_cpus=CpuSet([0, 1]), closest_from="access1"
    )
    assert "32.0 GiB  none; nearest by access1: 0-1\n" in topology_text(topology, CONSTANTS)


def test_cpus_of_a_node_that_are_not_on_line_are_named() -> None:
    topology = changed_node(specimen_topology(), 1, cpus=CpuSet(range(4, 12)))
    assert "4-11 (not on line: 8-11)\n" in topology_text(topology, CONSTANTS)


def test_what_hmat_tells() -> None:
    topology = changed_node(
        specimen_topology(),
        0,
        memory_tier=4,
        accesses=(Access(0, NodeSet([0, 1]), 80, None, 10_000, 9_000),),
        memory_caches=(MemoryCache(1, 1 << 34, 64),),
        hugepages=(HugePages(1 << 30, 4, 3, 0), HugePages(1 << 21, 0, 0, 0)),
    )
    text = topology_text(topology, CONSTANTS)
    assert "  node    memory      free  tier  CPUs\n  0     64.0 GiB  32.0 GiB     4  0-3\n" in text
    assert "  0         0  0-1              80         ?       10000         9000\n" in text
    assert "  node 0: L1 of 16.0 GiB\n" in text
    assert "  node  size  total  free  surplus\n  0       1G      4     3        0\n  none of 2M\n" in text


def test_kinds_of_cores() -> None:
    cores = (Core(0, 0, None, 0, CpuSet([0, 1])), Core(0, 0, None, 1, CpuSet([2])), Core(0, 0, None, 2, CpuSet([3])))
    kinds = (Kind(CpuSet([0, 1]), {"cpu_capacity": 1024}), Kind(CpuSet([2, 3]), {"cpu_capacity": 446}))
    text = topology_text(replace(specimen_topology({0: "0-3"}), cores=cores, kinds=kinds), CONSTANTS)
    assert "  0   1 × 2 threads + 2 × 1 thread  0-3\n" in text
    assert "  1 × 2 threads  cpu_capacity 1024  0-1\n  2 × 1 thread   cpu_capacity 446   2-3\n" in text


def test_what_is_not_known_says_why() -> None:
    absent = Absent(NOWHERE, "a kernel built without CONFIG_NO_HZ_FULL")
    garbage = Malformed(NOWHERE, b"x", "not a number")
    topology = replace(specimen_topology(), nohz_full=absent, isolated=garbage)
    topology = changed_node(topology, 1, distances=garbage)
    text = topology_text(topology, HostConstants())
    assert "  architecture and kernel are not known\n" in text
    assert "  nohz_full  not known: a kernel built without CONFIG_NO_HZ_FULL\n" in text
    assert "  isolated   not known: not a number: “x”\n" in text
    assert "  0     10  20\n  1: specimen/nowhere: not a number: “x”\n" in text


@pytest.mark.parametrize("text", ["\x1b[2J", "\udcff", "‮", "a\nb", "\x9b", "\\"])
def test_no_text_of_the_host_acts_on_a_terminal(text: str) -> None:
    topology = replace(
        specimen_topology(),
        smt_control=Present(text, NOWHERE),
        caches=(Cache(1, text, None, CpuSet([0])),),
        kinds=(Kind(CpuSet([0]), {"pmu": text}), Kind(CpuSet([1]), {"pmu": "x"})),
        problems=(Problem(text, text),),
    )
    shown = topology_text(topology, replace(CONSTANTS, kernel_release=text))
    assert all(line.isprintable() for line in shown.split("\n"))
    assert shown.count("\n") == topology_text(topology, CONSTANTS).count("\n")
