"""Memory and huge pages as text and JSON: of any host, with nothing that acts on a terminal."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given, settings
from tests import recorded
from tests.host import test_hugepages, test_memory
from tests.host.hostile_trees import Tree, TreeRoot, wounded
from tests.schemas import assert_valid
from tests.trees import FolderRoot

from bedplate.facts.specimen import CONSTANTS
from bedplate.host.host import Host
from bedplate.render.hugepages_json import hugepages_document
from bedplate.render.hugepages_text import hugepages_text
from bedplate.render.memory_json import memory_document
from bedplate.render.memory_text import memory_text
from bedplate.render.sizes import rounded

TREE: Tree = {**test_memory.TREE, **test_hugepages.TREE}
TREE["/proc/meminfo"] = b"MemTotal: 1024 kB\nHugePages_Total: 8\nHugePages_Free: 5\nHugepagesize: 2048 kB\n"
TREE["/proc/self/mountinfo"] = b"9 8 0:9 / /huge\\033pages rw - hugetlbfs none rw,pagesize=2M,size=4M\n"


def texts(host: Host) -> list[str]:
    constants = replace(CONSTANTS)
    lines = [*memory_text(host.memory, host.sysctls, constants, verbose=True)]
    lines += memory_text(host.memory, host.sysctls, constants)
    lines += hugepages_text(host.hugepages, host.mounts)
    found = [one.plain() for one in lines]
    assert all(one.isprintable() for one in found), found
    return found


def check(host: Host) -> None:
    assert_valid(memory_document(host.memory, host.sysctls, CONSTANTS), "memory-1")
    assert_valid(hugepages_document(host.hugepages, host.mounts, CONSTANTS), "hugepages-1")
    texts(host)


def test_this_machine() -> None:
    with Host.live() as host:
        check(host)
        document = memory_document(host.memory, host.sysctls, host.constants)
    commit = document["commit"]
    assert isinstance(commit, dict)
    assert commit["computed_bytes"] == commit["limit_bytes"]


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    check(Host(FolderRoot(recorded.folder(machine))))


@given(wounded(TREE))
@settings(max_examples=60, deadline=None)
def test_any_tree(tree: Tree) -> None:
    check(Host(TreeRoot(tree)))


def test_the_text_of_a_whole_tree() -> None:
    found = texts(Host(TreeRoot(TREE)))
    assert "  0     Normal    15    2    ?     ?       18       20" in found
    assert "Pages of 2M  (default)" in found
    assert "  host         8     5         2          3        1           4" in found
    assert "  /huge\\x1bpages: pages of 2M, size=4M" in found
    assert "  running" in found


def test_what_is_not_known_is_null_and_told() -> None:
    host = Host(TreeRoot({"/proc/zoneinfo": 13}))
    document = json.loads(json.dumps(memory_document(host.memory, host.sysctls, CONSTANTS)))
    assert (document["zones"], document["blocks"], document["commit"]) == (None, [], None)
    states = {one["path"]: one["state"] for one in document["missing"]}
    assert (states["/proc/zoneinfo"], states["/proc/meminfo"]) == ("denied", "absent")
    assert any("permission denied" in one for one in texts(host))


def test_blocks_of_every_node_and_order() -> None:
    host = Host(TreeRoot(TREE))
    blocks = memory_document(host.memory, host.sysctls, CONSTANTS)["blocks"]
    assert isinstance(blocks, list)
    assert blocks[-1] == {
        "node": 0, "order": 3, "size_bytes": 32768, "movable": True, "now": 1, "after_compaction": 1, "most": 2,
    }  # fmt: skip


def test_sizes_for_people() -> None:
    assert [rounded(one) for one in (0, 1023, 1024, 1536, 23 << 30, -(1 << 20), 1 << 80)] == [
        "0 B", "1023 B", "1 KiB", "1.5 KiB", "23 GiB", "-1 MiB", "1048576 EiB",
    ]  # fmt: skip
