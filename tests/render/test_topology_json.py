"""The topology document is what docs/schemas/topology-1.json says, of any host."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests import recorded
from tests.schemas import assert_valid
from tests.topologies import recorded_topology

from bedplate.facts.specimen import CONSTANTS, changed_node, specimen_topology
from bedplate.facts.topology import Access, Cache, Core, HugePages, Kind, MemoryCache, Package, Problem
from bedplate.host.host import Host
from bedplate.render.topology_json import topology_document
from bedplate.values.constants import HostConstants
from bedplate.values.idset import CpuSet, NodeSet
from bedplate.values.reading import Absent, Present, Source

NOWHERE = Source("specimen/nowhere")


def test_this_machine() -> None:
    with Host.live() as host:
        document = topology_document(host.topology, host.constants, None)
    assert_valid(document, "topology-1")


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    assert_valid(topology_document(recorded_topology(machine), HostConstants(), None), "topology-1")


def test_a_whole_document() -> None:
    topology = replace(
        specimen_topology({0: "0-1"}),
        packages=(Package(None, CpuSet([0, 1])),),
        cores=(Core(None, 0, 1, 2, CpuSet([0, 1]), NOWHERE, book=3, drawer=4),),
        caches=(Cache(3, None, None, CpuSet([0, 1])),),
        kinds=(Kind(CpuSet([0]), {"cpu_capacity": 446, "pmu": "cpu_atom"}), Kind(CpuSet([1]), {"cpu_capacity": 1024})),
        nohz_full=Absent(NOWHERE, "a kernel built without CONFIG_NO_HZ_FULL"),
        problems=(Problem("specimen/x\x1b", "two\nlines"),),
    )
    topology = changed_node(
        topology,
        0,
        distances=Present({0: 10, 4: 0}, NOWHERE),
        hugepages=(HugePages(2 << 20, 4, None, 0),),
        accesses=(Access(1, NodeSet([0]), 80, None, 10_000, None),),
        memory_caches=(MemoryCache(1, 1 << 34, 64),),
        memory_tier=4,
    )
    document = topology_document(topology, CONSTANTS, None)
    assert_valid(document, "topology-1")
    assert document == {
        "schema": "bedplate/topology/1",
        "constants": {
            "architecture": "x86_64",
            "byte_order": "little",
            "kernel_release": "6.12.0",
            "page_size_bytes": 4096,
            "ticks_per_second": 100,
            "cpu_limit": 8192,
            "node_limit": 1024,
        },
        "cpus": {
            "possible": "0-1",
            "present": "0-1",
            "online": "0-1",
            "offline": "",
            "isolated": "",
            "nohz_full": None,
            "smt_control": "on",
        },
        "packages": [{"id": None, "cpus": "0-1"}],
        "cores": [{"package": None, "die": 0, "cluster": 1, "id": 2, "threads": "0-1", "book": 3, "drawer": 4}],
        "caches": [{"level": 3, "type": None, "size_bytes": None, "cpus": "0-1"}],
        "kinds": [{"cpus": "0", "cpu_capacity": 446, "pmu": "cpu_atom"}, {"cpus": "1", "cpu_capacity": 1024}],
        "nodes": [
            {
                "id": 0,
                "cpus": "0-1",
                "online_cpus": "0-1",
                "closest_cpus": "0-1",
                "closest_from": "own",
                "memory_bytes": 64 << 30,
                "memory_free_bytes": 32 << 30,
                "memory_tier": 4,
                "distances": {"0": 10, "4": None},
                "hugepages": [{"size_bytes": 2 << 20, "total": 4, "free": None, "surplus": 0}],
                "accesses": [
                    {
                        "class": 1,
                        "initiators": "0",
                        "read_latency_ns": 80,
                        "write_latency_ns": None,
                        "read_bandwidth_mib_s": 10_000,
                        "write_bandwidth_mib_s": None,
                    }
                ],
                "memory_caches": [{"level": 1, "size_bytes": 1 << 34, "line_size_bytes": 64}],
            }
        ],
        "pci": [],
        "problems": [{"path": "specimen/x\\x1b", "text": "two\\nlines"}],
    }


def test_what_is_not_known_is_null() -> None:
    nothing = Absent(NOWHERE, "not in this capture", certain=False)
    topology = specimen_topology({0: ""})
    topology = replace(topology, online=CpuSet(), possible=nothing, present=nothing, isolated=nothing, kinds=())
    topology = changed_node(
        topology, 0, cpumap=nothing, cpulist=nothing, closest_cpus=None, closest_from=None, distances=nothing,
        memory_bytes=None,
    )  # fmt: skip
    document = json.loads(json.dumps(topology_document(topology, HostConstants(), None)))
    assert_valid(document, "topology-1")
    for name in ("possible", "present", "online", "offline", "isolated"):
        assert document["cpus"][name] is None
    for name in ("cpus", "online_cpus", "closest_cpus", "closest_from", "memory_bytes", "distances"):
        assert document["nodes"][0][name] is None


@pytest.mark.parametrize("text", ["\x1b[2J", "\udcff", "‮", "\x9b", "\\"])
def test_no_text_of_the_host_acts_on_a_terminal(text: str) -> None:
    topology = replace(
        specimen_topology(),
        smt_control=Present(text, NOWHERE),
        caches=(Cache(1, text, None, CpuSet([0])),),
        kinds=(Kind(CpuSet([0]), {"pmu": text}),),
        problems=(Problem(text, text),),
    )
    document = topology_document(topology, replace(CONSTANTS, kernel_release=text), None)
    assert json.dumps(document, ensure_ascii=False).isprintable()
