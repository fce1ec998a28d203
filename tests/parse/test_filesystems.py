from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.parse import hostile

from bedplate.errors import ParseError
from bedplate.parse.filesystems import FileSystem, parse_filesystems
from bedplate.parse.mounts import parse_mounts

SAMPLE = b"nodev\tsysfs\n\text4\nnodev\thugetlbfs\n"


def test_file_systems_with_and_without_a_device() -> None:
    assert parse_filesystems(SAMPLE) == (
        FileSystem("sysfs", True),
        FileSystem("ext4", False),
        FileSystem("hugetlbfs", True),
    )


@pytest.mark.parametrize("text", [b"", b"\n", SAMPLE[:-1], b"ext4\n", b"nodev\t\n", b"nodev\ta b\n", b"dev\ta\n"])
def test_what_is_no_list_of_file_systems_is_refused(text: bytes) -> None:
    hostile.assert_refused(parse_filesystems, text)


@given(hostile.like(SAMPLE))
@settings(deadline=None)
def test_any_bytes_give_a_value_or_a_parse_error(text: bytes) -> None:
    with suppress(ParseError):
        assert all(kind.name for kind in parse_filesystems(text))


def test_large_texts_take_bounded_time() -> None:
    hostile.assert_bounded(parse_filesystems, SAMPLE)


def test_whatever_is_mounted_here_is_of_a_kind_that_the_kernel_knows() -> None:
    kinds = {kind.name.encode() for kind in parse_filesystems(Path("/proc/filesystems").read_bytes())}
    mounted = {mount.fs_type.partition(b".")[0] for mount in parse_mounts(Path("/proc/mounts").read_bytes())}
    assert mounted <= kinds
