"""Whatever the files of a host hold, its topology is read, valid, and harmless to show."""

from __future__ import annotations

import errno

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.schemas import assert_valid
from tests.small_hosts import CPU, NODE, MemoryRoot, topology_of, two_packages, without

from bedplate.facts.topology import Topology
from bedplate.host.topology import read_topology
from bedplate.render.topology_json import topology_document
from bedplate.render.topology_text import topology_text
from bedplate.values.constants import HostConstants
from bedplate.values.idset import CpuSet, union

HOST = two_packages() | {
    f"{CPU}/cpu0/cpu_capacity": b"1024\n",
    f"{CPU}/cpu0/online": b"1\n",
    f"{CPU}/cpu0/topology/cluster_id": b"0\n",
    f"{NODE}/node0/access0/initiators/read_latency": b"80\n",
    f"{NODE}/node0/access0/initiators/node1/x": b"",
    f"{NODE}/node1/memory_side_cache/index1/size": b"64\n",
    "/sys/devices/virtual/memory_tiering/memory_tier4/nodelist": b"0-1\n",
    "/sys/devices/cpu_core/cpus": b"0-3\n",
    "/proc/cpuinfo": b"processor : 0\nphysical id : 0\ncore id : 0\n",
    "/proc/meminfo": b"Hugepagesize: 2048 kB\n",
}
PATHS = sorted(HOST)
CONTENTS = sorted({content for content in HOST.values() if isinstance(content, bytes)})

hostile = st.sampled_from(
    [
        b"", b"\n", b"\0", b"-1\n", b"(null)\n", b"0-65535\n", b"1-1444444444444\n", b"9" * 400, b"f" * 400,
        b"\xff\xfe\n", b"\x1b[2J\n", b"0x\n", b",,,\n", b"10 " * 300, "‮٣\n".encode(), b"ffffffff," * 40 + b"ffffffff\n",
    ]
)  # fmt: skip
errors = st.sampled_from([errno.EACCES, errno.EIO, errno.ELOOP, errno.EISDIR, errno.ENODEV, errno.EINVAL, 9999])
contents = hostile | errors | st.sampled_from(CONTENTS) | st.binary(max_size=24)
changes = st.dictionaries(st.sampled_from(PATHS), contents, max_size=12)
lost = st.lists(
    st.sampled_from(PATHS) | st.sampled_from(["/topology/", "/cache/", "/cpu3/", "node1", "/online"]), max_size=4
)
numbers = st.integers(0, 70_000) | st.sampled_from([10**18, 10**30])
strange_folders = st.builds(
    "{}/{}{}/{}".format,
    st.sampled_from([CPU, NODE, f"{CPU}/cpu0/cache", f"{NODE}/node0", f"{NODE}/node0/hugepages"]),
    st.sampled_from(["cpu", "node", "index", "access", "hugepages-"]),
    numbers,
    st.sampled_from(["cpulist", "distance", "level", "shared_cpu_map", "nr_hugepages", "initiators"]),
)
strange = st.dictionaries(strange_folders, contents, max_size=3)


@settings(max_examples=150, deadline=None)
@given(changes, lost, strange)
def test_any_files_give_a_topology(
    changed: dict[str, bytes | int], removed: list[str], added: dict[str, bytes | int]
) -> None:
    topology = topology_of(without(HOST | changed, *removed) | added)
    assert_sound(topology)
    assert_valid(topology_document(topology, HostConstants(), None), "topology-1")
    assert all(line.isprintable() for line in topology_text(topology, HostConstants()).split("\n"))


def assert_sound(topology: Topology) -> None:
    """Assert what holds of every topology."""
    for core in topology.cores:
        assert core.threads
        assert core.threads <= topology.online
    for package in topology.packages:
        assert package.cpus <= topology.online
    assert union(CpuSet, (kind.cpus for kind in topology.kinds)) == topology.online
    for cache in topology.caches:
        assert cache.cpus
    for node in topology.nodes:
        assert node.online_cpus == node.cpus & topology.online
        assert (node.closest_cpus is None) == (node.closest_from is None)
        assert node.closest_cpus is None or node.closest_cpus <= topology.online
    assert all(problem.path.startswith("/") and problem.text for problem in topology.problems)


def test_every_file_malformed_at_once() -> None:
    for content in (b"", b"\xff" * 9, b"-1\n", errno.EACCES, errno.EIO):
        topology = topology_of(dict.fromkeys(PATHS, content))
        assert_sound(topology)
        assert topology.problems
        assert_valid(topology_document(topology, HostConstants(), None), "topology-1")


def test_a_file_without_an_end_is_bounded() -> None:
    topology = topology_of(HOST | {f"{NODE}/node0/cpulist": b"0," * (1 << 20)})
    assert any("EFBIG" in problem.text for problem in topology.problems)
    assert topology.nodes[0].cpus == topology.nodes[0].online_cpus


def test_a_set_of_all_numbers_costs_no_more_than_the_folders_there_are() -> None:
    root = MemoryRoot(HOST | {f"{CPU}/online": b"0-65535\n", f"{CPU}/cpu0/topology/core_cpus": b"f" * 16384})
    topology = read_topology(root, HostConstants())
    assert len(topology.online) == 65536
    assert len(root.read_paths) < 1000
