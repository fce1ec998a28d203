from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import recorded
from tests.parse import hostile

from bedplate.errors import ParseError
from bedplate.parse.mounts import MountLine, parse_mounts, render_mounts

SAMPLE = rb"""proc /proc proc rw,nosuid,relatime 0 0
automount(pid1415) /net autofs rw,fd=4,pgrp=1415 0 0
 /mnt/no\040source tmpfs rw,size=4k 0 0
//server/a\040b /mnt/tab\011newline\012back\134slash cifs rw,user=a\054b 1 2
""".replace(b"\r", b"")


def test_the_kernels_escapes_are_undone() -> None:
    mounts = parse_mounts(SAMPLE)
    assert mounts[3] == MountLine(
        b"//server/a b", b"/mnt/tab\tnewline\nback\\slash", b"cifs", (b"rw", b"user=a,b"), 1, 2
    )
    assert mounts[0] == MountLine(b"proc", b"/proc", b"proc", (b"rw", b"nosuid", b"relatime"), 0, 0)


def test_a_source_may_be_empty() -> None:
    assert parse_mounts(SAMPLE)[2] == MountLine(b"", b"/mnt/no source", b"tmpfs", (b"rw", b"size=4k"), 0, 0)


def test_undoing_is_exact_a_name_that_looks_like_an_escape_stays_one() -> None:
    (mount,) = parse_mounts(b"a\\134040b /x proc rw 0 0\n")
    assert mount.source == b"a\\040b"
    assert parse_mounts(b"\\777 /x proc rw 0 0\n")[0].source == b"\\777", "not an octal byte"


def test_a_name_cannot_forge_a_line_or_a_field() -> None:
    evil = MountLine(b"x /y ext4 rw 0 0\nroot", b"/ rw - proc", b"a b", (b"a,b c",), 0, 0)
    assert parse_mounts(render_mounts((evil,))) == (evil,)


names = st.binary(max_size=12)
lines = st.builds(
    MountLine,
    names,
    names.filter(bool),
    names.filter(bool),
    st.lists(names.filter(bool), min_size=1, max_size=3).map(tuple),
    st.integers(0, 99),
    st.integers(0, 99),
)


@given(st.lists(lines, max_size=3).map(tuple))
@settings(deadline=None)
def test_what_is_rendered_is_read_back(mounts: tuple[MountLine, ...]) -> None:
    assert parse_mounts(render_mounts(mounts)) == mounts


@given(hostile.like(SAMPLE))
@settings(deadline=None)
def test_any_bytes_give_a_value_or_a_parse_error(text: bytes) -> None:
    with suppress(ParseError):
        mounts = parse_mounts(text)
        assert parse_mounts(render_mounts(mounts)) == mounts


def test_large_texts_take_bounded_time() -> None:
    hostile.assert_bounded(parse_mounts, SAMPLE)


def test_an_empty_file_is_a_namespace_without_mounts() -> None:
    assert parse_mounts(b"") == ()


@pytest.mark.parametrize(
    "text",
    [
        b"\n",
        b"proc /proc proc rw 0\n",
        b"proc /proc proc rw 0 0",
        b"proc /proc proc rw 0 x\n",
        b"proc  proc rw 0 0\n",
        b"a b c d e f g\n",
        b"proc /proc proc rw 0 0 0\n",
    ],
)
def test_what_is_no_mount_is_refused(text: bytes) -> None:
    hostile.assert_refused(parse_mounts, text)


def test_this_kernels_mounts_render_as_they_read() -> None:
    text = Path("/proc/mounts").read_bytes()
    assert render_mounts(parse_mounts(text)) == text


@recorded.each_machine
def test_every_recorded_file_renders_as_it_reads(machine: str) -> None:
    for name in ("proc/mounts", "proc/1/mounts"):
        path = recorded.folder(machine) / name
        if path.is_file() and not path.is_symlink():
            text = path.read_bytes()
            assert render_mounts(parse_mounts(text)) == text
