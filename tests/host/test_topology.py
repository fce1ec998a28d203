"""The topology of this machine, and of the recorded ones."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

from tests import recorded
from tests.requires import requires
from tests.topologies import recorded_topology

from bedplate.host.host import Host
from bedplate.render.topology_json import topology_document
from bedplate.values.idset import CpuSet, NodeSet, union
from bedplate.values.reading import value_of

if TYPE_CHECKING:
    from pathlib import Path

# Captures that hold nothing of CPUs: parts of /proc, memory blocks or PCI devices alone.
WITHOUT_CPUS = {
    "hwloc-allowed--test1",
    "hwloc-old--1alpha",
    "lsmem--aarch64_16K_16g",
    "lsmem--x86_64-16g",
    "nri--topology-testdata",
}


def settled(host: Host) -> dict[str, object]:
    """Return the document of a host without what moves from one moment to the next."""
    document = topology_document(host.topology, host.constants, None)
    text = re.sub(r'"(memory_free_bytes|free)": \d+', "", json.dumps(document))
    return {"text": text}


def test_this_machine_without_root() -> None:
    requires("root")
    with Host.live() as host:
        with_root = settled(host)
    os.seteuid(65534)
    try:
        with Host.live() as host:
            without_root = settled(host)
            problems = host.topology.problems
    finally:
        os.seteuid(0)
    assert without_root == with_root
    assert not problems


def test_this_machine() -> None:
    with Host.live() as host:
        topology = host.topology
    assert not topology.problems
    assert len(topology.online) == os.sysconf("SC_NPROCESSORS_ONLN")
    assert union(CpuSet, (core.threads for core in topology.cores)) == topology.online
    assert union(CpuSet, (node.cpus for node in topology.nodes)) == topology.online
    assert NodeSet(node.id for node in topology.nodes) <= (value_of(topology.possible_nodes) or NodeSet())


def read(path: Path) -> bytes | None:
    try:
        return path.read_bytes().strip(b" \n\0")
    except OSError:
        return None


@recorded.each_machine
def test_nothing_is_missed_where_maps_are_read_once(machine: str) -> None:
    """Every CPU's own files, read without sharing anything, tell of the same packages, cores and caches."""
    topology = recorded_topology(machine)
    threads = {cpu: core.threads for core in topology.cores for cpu in core.threads}
    packages = {cpu: package for package in topology.packages for cpu in package.cpus}
    caches = {(cache.level, cache.type, cache.size_bytes, cache.cpus) for cache in topology.caches}
    seen: set[tuple[int, str | None, int | None, CpuSet]] = set()
    for cpu in topology.online:
        folder = recorded.folder(machine) / f"sys/devices/system/cpu/cpu{cpu}"
        siblings = read(folder / "topology/thread_siblings")
        if siblings is not None:
            assert threads[cpu] == CpuSet.from_mask(siblings) & topology.online
        together = read(folder / "topology/core_siblings")
        if together is not None:
            assert packages[cpu].cpus == CpuSet.from_mask(together) & topology.online
        number = read(folder / "topology/physical_package_id")
        if number is not None:
            assert packages[cpu].id == (None if number == b"-1" else int(number))
        for index in folder.glob("cache/index*"):
            mask = CpuSet.from_mask(read(index / "shared_cpu_map") or b"0")
            size = read(index / "size")
            seen.add(
                (
                    int(read(index / "level") or b"-1"),
                    (read(index / "type") or b"").decode(),
                    None if size is None else int(size.removesuffix(b"K")) << 10,
                    mask or threads[cpu],
                )
            )
    assert caches == seen


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    topology = recorded_topology(machine)
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
