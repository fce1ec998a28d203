"""The topology of this machine, and of the recorded ones."""

from __future__ import annotations

import os

from tests import recorded
from tests.trees import FolderRoot

from bedplate.host.host import Host
from bedplate.host.topology import read_topology
from bedplate.values.constants import HostConstants
from bedplate.values.idset import CpuSet, NodeSet, union
from bedplate.values.reading import value_of

# Captures that hold nothing of CPUs: parts of /proc, memory blocks or PCI devices alone.
WITHOUT_CPUS = {
    "hwloc-allowed--test1",
    "hwloc-old--1alpha",
    "lsmem--aarch64_16K_16g",
    "lsmem--x86_64-16g",
    "nri--topology-testdata",
}


def test_this_machine() -> None:
    with Host.live() as host:
        topology = host.topology
    assert not topology.problems
    assert len(topology.online) == os.sysconf("SC_NPROCESSORS_ONLN")
    assert union(CpuSet, (core.threads for core in topology.cores)) == topology.online
    assert union(CpuSet, (node.cpus for node in topology.nodes)) == topology.online
    assert NodeSet(node.id for node in topology.nodes) <= (value_of(topology.possible_nodes) or NodeSet())


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    topology = read_topology(FolderRoot(recorded.folder(machine)), HostConstants())
    assert bool(topology.online) == (machine not in WITHOUT_CPUS)
    for core in topology.cores:
        assert core.threads
        assert core.threads <= topology.online
    threads = [cpu for core in topology.cores for cpu in core.threads]
    assert len(threads) == len(set(threads))
    assert union(CpuSet, (package.cpus for package in topology.packages)) <= topology.online
    assert union(CpuSet, (kind.cpus for kind in topology.kinds)) == topology.online
    keys = [(cache.level, cache.type, cache.cpus) for cache in topology.caches]
    assert len(keys) == len(set(keys))
    for node in topology.nodes:
        assert node.online_cpus == node.cpus & topology.online
