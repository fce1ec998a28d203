"""Memory: of this machine, of the recorded ones, and of trees with wounds."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from hypothesis import given, settings
from tests import recorded
from tests.host.hostile_trees import Tree, TreeRoot, kinds_of_an_ordinary_user, readings_in, wounded
from tests.requires import requires
from tests.trees import FolderRoot

from bedplate.facts.fragmentation import blocks_available
from bedplate.facts.memory import Memory
from bedplate.host.host import Host
from bedplate.host.memory import read_memory
from bedplate.values.reading import Absent, Denied, Malformed, Present, value_of

MM = Path("/sys/kernel/mm")
TREE: Tree = {
    "/proc/meminfo": b"MemTotal: 1024 kB\nHugePages_Total: 3\nHugepagesize: 2048 kB\n",
    "/proc/zoneinfo": b"""Node 0, zone   Normal
  per-node stats
      nr_inactive_anon 3
  pages free     15
        min      2
        present  20
        managed  18
        cma      4
        protection: (0, 0)
      nr_free_pages 15
      nr_free_cma 2
  pagesets
    cpu: 0
              count:    1
              high:     2
              batch:    3
  vm stats threshold: 4
  node_unreclaimable:  0
  start_pfn:           1
  reserved_highatomic: 1
Node 0, zone   Movable
  pages free     0
        min      0
        present  0
        managed  0
        protection: (0, 0)
""",
    "/proc/buddyinfo": b"Node 0, zone   Normal 1 1 1 1\n",
    "/proc/swaps": b"Filename Type Size Used Priority\n/dev/sda2 partition 4 0 -2\n",
    "/sys/module/zswap/parameters/enabled": b"Y\n",
    "/sys/kernel/mm/transparent_hugepage/enabled": b"always [madvise] never\n",
    "/sys/kernel/mm/transparent_hugepage/defrag": b"always defer defer+madvise [madvise] never\n",
    "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size": b"2097152\n",
    "/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled": b"always inherit madvise [never]\n",
    "/sys/kernel/mm/transparent_hugepage/hugepages-16kB/shmem_enabled": b"[never] inherit\n",
    "/sys/kernel/mm/transparent_hugepage/khugepaged/pages_to_scan": b"4096\n",
    "/sys/kernel/mm/ksm/run": b"1\n",
    "/sys/kernel/mm/ksm/pages_sharing": b"77\n",
    "/sys/kernel/mm/ksm/advisor_mode": b"[none] scan-time\n",
}


def test_a_whole_tree() -> None:
    memory = read_memory(TreeRoot(TREE))
    assert isinstance(memory.zones, Present)
    normal, movable = memory.zones.value
    assert (normal.free, normal.min, normal.low, normal.managed, normal.cma) == (15, 2, None, 18, 4)
    assert (normal.free_cma, normal.highatomic, normal.start_pfn) == (2, 1, 1)
    assert normal.free_blocks == (1, 1, 1, 1)
    assert (movable.present, movable.free_blocks) == (0, None)
    assert value_of(memory.zswap) is True
    assert value_of(memory.thp.enabled) == "madvise"
    assert [(size.size_bytes, value_of(size.enabled)) for size in memory.thp.sizes] == [(16384, None), (65536, "never")]
    assert {name: value_of(one) for name, one in memory.thp.khugepaged.items()} == {"pages_to_scan": 4096}
    assert {name: value_of(one) for name, one in memory.ksm.values.items()} == {"pages_sharing": 77}
    assert value_of(memory.ksm.run) == 1
    assert [area.filename for area in value_of(memory.swaps) or ()] == [b"/dev/sda2"]


def test_an_empty_tree_is_absent_and_never_zero() -> None:
    for one in readings_in(read_memory(TreeRoot({}))):
        assert isinstance(one, Absent)
        assert not one.certain
    assert "CONFIG_TRANSPARENT_HUGEPAGE" in _reason(read_memory(TreeRoot({"/sys/kernel/notes": b""}, live=True)))


def _reason(memory: Memory) -> str:
    assert isinstance(memory.thp.enabled, Absent)
    return memory.thp.enabled.reason


@given(wounded(TREE))
@settings(max_examples=60, deadline=None)
def test_no_wound_makes_the_reader_raise(tree: Tree) -> None:
    memory = read_memory(TreeRoot(tree))
    whole = read_memory(TreeRoot(TREE))
    if tree.get("/proc/meminfo") == TREE["/proc/meminfo"]:
        assert memory.meminfo == whole.meminfo
    if isinstance(memory.zones, Present):
        blocks_available(memory.zones.value, 1)


def test_this_machine() -> None:
    with Host.live() as host:
        memory = host.memory
    assert isinstance(memory.zones, Present)
    assert isinstance(memory.meminfo, Present)
    assert memory.unknown == ()
    zones = memory.zones.value
    assert all((zone.free_blocks is not None) == bool(zone.present) for zone in zones)
    page = host.constants.page_size_bytes
    assert page is not None
    # A balloon can take pages away from a zone and leave them in MemTotal.
    assert 0 < sum(zone.managed or 0 for zone in zones) * page <= memory.meminfo.value.sizes["MemTotal"]
    for name, reading in (("enabled", memory.thp.enabled), ("defrag", memory.thp.defrag)):
        chosen = re.findall(r"\[(.*)\]", (MM / "transparent_hugepage" / name).read_text())
        assert [value_of(reading)] == chosen
    assert not [one for one in readings_in(memory) if isinstance(one, Malformed | Denied)]


def test_memory_is_at_most_what_lsmem_finds() -> None:
    requires("oracles")
    told = subprocess.run(["lsmem", "--summary=only", "--bytes"], capture_output=True, text=True, check=False)
    online = re.search(r"Total online memory:\s+(\d+)", told.stdout)
    with Host.live() as host:
        meminfo = value_of(host.memory.meminfo)
    assert meminfo is not None
    if online is not None:  # without memory hotplug there are no memory blocks
        assert meminfo.sizes["MemTotal"] <= int(online[1])


@requires("root")
def test_an_ordinary_user_sees_the_same() -> None:
    kinds = kinds_of_an_ordinary_user("memory")
    assert set(kinds.values()) <= {"Present", "Absent"}
    assert kinds["/proc/zoneinfo"] == kinds["/proc/buddyinfo"] == "Present"


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    folder = recorded.folder(machine)
    memory = read_memory(FolderRoot(folder))
    assert not [one for one in readings_in(memory) if isinstance(one, Malformed)]
    for path, reading in (("proc/meminfo", memory.meminfo), ("proc/zoneinfo", memory.zones)):
        assert isinstance(reading, Present) == (folder / path).exists()
