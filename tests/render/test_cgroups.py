"""Mounts, control groups and IPC as text and JSON: of any host, with nothing that acts on a terminal."""

from __future__ import annotations

import json

from hypothesis import given, settings
from tests import recorded
from tests.host import test_cgroups, test_ipc, test_mounts
from tests.host.hostile_trees import Tree, TreeRoot, wounded
from tests.schemas import assert_valid
from tests.trees import FolderRoot

from bedplate.facts.specimen import CONSTANTS
from bedplate.host.host import Host
from bedplate.render.cgroups_json import cgroups_document
from bedplate.render.cgroups_text import cgroups_text
from bedplate.render.ipc_json import ipc_document
from bedplate.render.ipc_text import ipc_text
from bedplate.render.mounts_json import mounts_document
from bedplate.render.mounts_text import mounts_text

TREE: Tree = {**test_ipc.TREE, **test_cgroups.UNIFIED, "/sys/fs/cgroup/e\x1b[2Jvil/memory.max": b"4096\n"}
TREE["/proc/self/mountinfo"] = (
    test_mounts.INFO
    + b"9 8 0:9 / /dev/mqueue rw - mqueue e\x1b[2J rw\n31 23 0:28 / /sys/fs/cgroup rw - cgroup2 none rw\n"
)


def texts(host: Host) -> list[str]:
    lines = [
        *mounts_text(host.mounts),
        *mounts_text(host.mounts, verbose=True),
        *cgroups_text(host.cgroups),
        *cgroups_text(host.cgroups, verbose=True),
        *ipc_text(host.ipc, CONSTANTS),
    ]
    found = [one.plain() for one in lines]
    assert all(one.isprintable() for one in found), found
    return found


def check(host: Host) -> None:
    assert_valid(mounts_document(host.mounts, CONSTANTS), "mounts-1")
    assert_valid(cgroups_document(host.cgroups, CONSTANTS), "cgroups-1")
    assert_valid(ipc_document(host.ipc, CONSTANTS), "ipc-1")
    texts(host)


def test_this_machine() -> None:
    with Host.live() as host:
        check(host)


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    check(Host(FolderRoot(recorded.folder(machine))))


@given(wounded(TREE))
@settings(max_examples=60, deadline=None)
def test_any_tree(tree: Tree) -> None:
    check(Host(TreeRoot(tree)))


def test_the_text_of_a_whole_tree() -> None:
    found = texts(Host(TreeRoot(TREE)))
    assert "  /rt     4-7   4-7        -     0-1        isolated" in found
    assert "  /rt/in  6     4-7        -     -          root INVALID: Parent is not a partition root" in found
    assert "  /rt           hugetlb.2MB.max 4 MiB, memory.high 1 GiB, cpu 50000 of 100000 µs" in found
    assert "  /e\\x1b[2Jvil  memory.max 4 KiB" in found
    assert any("shared memory segments" in one and "kernel.shmmni" in one for one in found)


def test_no_limit_is_the_word_max_in_documents() -> None:
    document = json.loads(json.dumps(cgroups_document(Host(TreeRoot(TREE)).cgroups, CONSTANTS)))
    groups = {group["path"]: group for group in document["groups"]}
    assert groups["/rt"]["limits"]["memory.max"] == "max"
    assert groups["/rt"]["cpu"] == {"quota_usec": 50000, "period_usec": 100000}
    assert groups["/rt/in"]["cpuset"]["partition"]["reason"] == "Parent is not a partition root"
    assert groups["/"]["cpuset"]["cpus"] is None


def test_names_are_escaped_in_documents() -> None:
    host = Host(TreeRoot(TREE))
    for document in (mounts_document(host.mounts, CONSTANTS), ipc_document(host.ipc, CONSTANTS)):
        assert "\x1b" not in json.dumps(document, ensure_ascii=False)


def test_modes_are_octal() -> None:
    document = json.loads(json.dumps(ipc_document(Host(TreeRoot(TREE)).ipc, CONSTANTS)))
    assert [segment["perms"] for segment in document["shm"]] == ["0600", "0600"]
    assert document["queues"][0]["state"]["qsize_bytes"] == 129
