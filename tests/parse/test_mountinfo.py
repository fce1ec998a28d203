from __future__ import annotations

import json
import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import recorded
from tests.parse import hostile
from tests.requires import requires

from bedplate.errors import ParseError
from bedplate.parse.mountinfo import Mount, parse_mountinfo, render_mountinfo

SAMPLE = rb"""22 27 0:21 / /proc rw,relatime - proc proc rw
36 35 98:0 /mnt1 /mnt2 ro,noatime master:1 - ext3 /dev/root rw,errors=continue
40 27 0:44 / /a\040b\012c\134d\011e rw shared:1154 master:7 propagate_from:2 unbindable - tmpfs  rw,size=4k
41 27 259:1048575 /x\040-\040y //deleted rw next:9 shared:x - fuse.a\040b s\040- rw,o=1\0542
"""


def test_every_field_of_a_plain_mount() -> None:
    assert parse_mountinfo(SAMPLE)[1] == Mount(
        id=36,
        parent=35,
        major=98,
        minor=0,
        root=b"/mnt1",
        mount_point=b"/mnt2",
        options=(b"ro", b"noatime"),
        shared=None,
        master=1,
        propagate_from=None,
        unbindable=False,
        unknown=(),
        fs_type=b"ext3",
        source=b"/dev/root",
        super_options=(b"rw", b"errors=continue"),
    )


def test_the_kernels_escapes_are_undone() -> None:
    mount = parse_mountinfo(SAMPLE)[2]
    assert mount.mount_point == b"/a b\nc\\d\te"
    assert parse_mountinfo(SAMPLE)[3].super_options == (b"rw", b"o=1,2")


def test_optional_fields_are_told_apart_and_unknown_ones_are_kept() -> None:
    mount, other = parse_mountinfo(SAMPLE)[2:]
    assert (mount.shared, mount.master, mount.propagate_from, mount.unbindable) == (1154, 7, 2, True)
    assert (other.shared, other.unknown) == (None, (b"next:9", b"shared:x"))


def test_a_separator_within_a_name_is_escaped_and_parts_nothing() -> None:
    mount = parse_mountinfo(SAMPLE)[3]
    assert (mount.root, mount.fs_type, mount.source) == (b"/x - y", b"fuse.a b", b"s -")


def test_a_source_may_be_empty() -> None:
    assert parse_mountinfo(SAMPLE)[2].source == b""


names = st.binary(min_size=1, max_size=12)
groups = st.none() | st.integers(0, 2**31 - 1)
options = st.lists(names, min_size=1, max_size=3).map(tuple)
mounts = st.builds(
    Mount,
    st.integers(0, 2**31 - 1),
    st.integers(0, 2**31 - 1),
    st.integers(0, 4095),
    st.integers(0, 2**20 - 1),
    names,
    names,
    options,
    groups,
    groups,
    groups,
    st.booleans(),
    st.lists(st.sampled_from([b"next:9", b"later"]), max_size=2).map(tuple),
    names,
    st.binary(max_size=12),
    options,
)


@given(st.lists(mounts, max_size=3).map(tuple))
@settings(deadline=None)
def test_what_is_rendered_is_read_back(given_mounts: tuple[Mount, ...]) -> None:
    assert parse_mountinfo(render_mountinfo(given_mounts)) == given_mounts


@given(hostile.like(SAMPLE))
@settings(deadline=None)
def test_any_bytes_give_a_value_or_a_parse_error(text: bytes) -> None:
    with suppress(ParseError):
        assert all(mount.mount_point for mount in parse_mountinfo(text))


def test_large_texts_take_bounded_time() -> None:
    hostile.assert_bounded(parse_mountinfo, SAMPLE)


@pytest.mark.parametrize(
    "text",
    [
        b"\n",
        SAMPLE[:-1],
        b"22 27 0:21 / /proc rw,relatime\n",
        b"22 27 0:21 / /proc - proc proc rw\n",
        b"22 27 0:21 / /proc rw - proc proc\n",
        b"22 27 0:21 / /proc rw - proc proc rw more\n",
        b"x 27 0:21 / /proc rw - proc proc rw\n",
        b"22 27 21 / /proc rw - proc proc rw\n",
        b"%b 27 0:21 / /proc rw - proc proc rw\n" % (b"9" * 11),
    ],
)
def test_what_is_no_mount_is_refused(text: bytes) -> None:
    hostile.assert_refused(parse_mountinfo, text)


def listed(tree: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for mount in tree for one in (mount, *listed(mount.get("children", [])))]


def findmnt_of(folder: str | None = None) -> tuple[tuple[Mount, ...], list[dict[str, Any]]]:
    """Return what the parser and findmnt make of one and the same file, live or in a private namespace."""
    script = "cat /proc/self/mountinfo; echo; findmnt -J -o ID,PARENT,MAJ:MIN,FSROOT,TARGET,FSTYPE,PROPAGATION"
    if folder is not None:
        script = (
            "mount --make-rprivate / && cd $0 && mkdir \"a b\" \"$(printf 'n\\nl')\" 'b\\s' 'h#' 't\tt' && "
            'mount -t tmpfs "so urce" "a b" && mount -t tmpfs "#" "$(printf \'n\\nl\')" && '
            "mount -t tmpfs 'x\\040' 'b\\s' && mount -t tmpfs none 'h#' && mount --bind 'a b' 't\tt' && "
            "mount --make-shared 'h#' && mount --make-unbindable 'b\\s' && " + script
        )
    command = ["unshare", "--mount", "sh", "-c", script, folder] if folder is not None else ["sh", "-c", script]
    told = subprocess.run(command, capture_output=True, check=True).stdout
    text, _, oracle = told.partition(b"\n\n")
    return parse_mountinfo(text + b"\n"), listed(json.loads(oracle)["filesystems"])


def assert_agree(ours: tuple[Mount, ...], theirs: list[dict[str, Any]]) -> None:
    by_id = {mount.id: mount for mount in ours}
    assert len(theirs) > 0
    for told in theirs:
        mount = by_id[told["id"]]
        assert mount.parent == told["parent"]
        assert f"{mount.major}:{mount.minor}" == told["maj:min"].strip()
        assert os.fsdecode(mount.root) == told["fsroot"]
        assert os.fsdecode(mount.mount_point) == told["target"]
        assert os.fsdecode(mount.fs_type) == told["fstype"]
        words = set(told["propagation"].split(","))
        assert (mount.shared is not None) == ("shared" in words)
        assert (mount.master is not None) == ("slave" in words)
        assert mount.unbindable == ("unbindable" in words)


def test_this_kernels_mounts_are_those_of_findmnt() -> None:
    requires("oracles")
    assert_agree(*findmnt_of())


def test_mounts_with_hostile_names_are_those_of_findmnt(tmp_path: Path) -> None:
    requires("oracles", "root", "namespaces")
    ours, theirs = findmnt_of(str(tmp_path))
    assert_agree(ours, theirs)
    here = os.fsencode(tmp_path)
    points = {mount.mount_point: mount for mount in ours}
    assert points[here + b"/a b"].source == b"so urce"
    assert points[here + b"/n\nl"].source == b"#"
    assert points[here + b"/b\\s"].source == b"x\\040"
    assert points[here + b"/b\\s"].unbindable
    assert points[here + b"/h#"].shared is not None


def test_this_kernels_mounts_render_as_they_read() -> None:
    text = Path("/proc/self/mountinfo").read_bytes()
    assert render_mountinfo(parse_mountinfo(text)) == text


@recorded.each_machine
def test_every_recorded_file_is_understood(machine: str) -> None:
    for path in recorded.folder(machine).glob("proc/[0-9]*/mountinfo"):
        assert parse_mountinfo(path.read_bytes())
