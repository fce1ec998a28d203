"""Counters that are read twice: this machine with an interval, captures that hold a second sample."""

from __future__ import annotations

import mmap
import threading
import time
from pathlib import Path

from tests.trees import plant

from bedplate.facts.numastat import growth
from bedplate.host.host import Host
from bedplate.values.reading import Absent, Malformed, Present

NUMASTAT = "/sys/devices/system/node/node0/numastat"


def test_this_machine_once() -> None:
    with Host.live() as host:
        assert not host.numastat.twice
        assert host.numastat.seconds is None
        assert all(node.second is None for node in host.numastat.nodes)
        assert [node.node for node in host.numastat.nodes] == [node.id for node in host.topology.nodes]


def allocate() -> None:
    with mmap.mmap(-1, 8 << 20) as memory:
        memory.write(b"x" * (8 << 20))


def test_this_machine_twice_sees_what_was_allocated_in_between() -> None:
    with Host.live(interval=0.5) as host:
        between = threading.Timer(0.1, allocate)
        between.start()
        numastat = host.numastat
        between.join()
        began = time.monotonic()
        assert host.numastat is numastat
        assert time.monotonic() - began < 0.4, "nobody waits a second time"
    assert numastat.twice
    assert numastat.seconds is not None
    assert 0.5 <= numastat.seconds < 30
    grown = 0
    for node in numastat.nodes:
        assert isinstance(node.first, Present)
        assert isinstance(node.second, Present)
        grown += growth(node.first.value.numa_hit, node.second.value.numa_hit) or 0
    # The kernel counts per CPU and sums up now and then: most of the 2048 pages are there.
    assert grown > 1000


def test_a_capture_with_one_sample(tmp_path: Path) -> None:
    host = Host(plant(tmp_path, {NUMASTAT: b"numa_hit 1\n"}))
    assert not host.numastat.twice
    assert host.numastat.nodes[0].second is None


def test_a_capture_with_two_samples(tmp_path: Path) -> None:
    one = "/sys/devices/system/node/node1/numastat"
    files = {
        NUMASTAT: b"numa_hit 1\nnuma_miss 5\n",
        one: b"numa_hit 1\n",
        "/sample-2" + NUMASTAT: b"numa_hit 3\nnuma_miss 4\n",
        "/sample-2/sys/devices/system/node/node2/numastat": b"numa_hit 3\n",
    }
    stat = Host(plant(tmp_path, files), interval=3600).numastat
    assert stat.twice
    assert stat.seconds is None, "the interval of a capture is past, and nobody waits for it"
    (zero, first) = stat.nodes
    assert isinstance(zero.first, Present)
    assert isinstance(zero.second, Present)
    assert growth(zero.first.value.numa_hit, zero.second.value.numa_hit) == 2
    assert growth(zero.first.value.numa_miss, zero.second.value.numa_miss) is None
    assert growth(zero.first.value.numa_foreign, zero.second.value.numa_foreign) is None
    assert first.second is None


def test_garbage_in_the_second_sample_is_malformed_there(tmp_path: Path) -> None:
    files = {NUMASTAT: b"numa_hit 1\n", "/sample-2" + NUMASTAT: b"\xff"}
    (node,) = Host(plant(tmp_path, files)).numastat.nodes
    assert isinstance(node.first, Present)
    assert isinstance(node.second, Malformed)


def test_demotion(tmp_path: Path) -> None:
    path = "/sys/kernel/mm/numa/demotion_enabled"
    for text, value in ((b"true\n", True), (b"false\n", False), (b"1\n\0", True), (b"maybe", None), (b"", None)):
        reading = Host(plant(tmp_path / text.hex(), {path: text})).memory_tiers.demotion_enabled
        assert (reading.value if isinstance(reading, Present) else None) is value
    absent = Host(plant(tmp_path / "none", {"/sys/x": b""})).memory_tiers.demotion_enabled
    assert isinstance(absent, Absent)
    assert not absent.certain
