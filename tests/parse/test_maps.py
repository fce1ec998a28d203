from __future__ import annotations

import mmap
import os
import pickle
import sys
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from tests.hostile import mangled, seconds, stands
from tests.processes import every, read, sleeping, zombie
from tests.recorded import folder
from tests.requires import requires

from bedplate.errors import ParseError
from bedplate.parse.maps import Mapping, Maps, parse_mapping, parse_maps

SAMPLE = (
    b"00400000-00cb1000 r-xp 00000000 fd:01 952273                             /bin/alertmanager\n"
    b"7fb4ecd82000-7fb4ecd86000 rw-p 00000000 00:00 0 \n"
    b"7ffe348bc000-7ffe348dd000 rw-p 00000000 00:00 0                          [stack]\n"
)


def test_the_columns() -> None:
    first, second, third = parse_maps(SAMPLE)
    assert (first.start, first.end, first.perms, first.offset) == (0x400000, 0xCB1000, "r-xp", 0)
    assert (first.major, first.minor, first.inode, first.pathname) == (0xFD, 1, 952273, b"/bin/alertmanager")
    assert isinstance(first, Mapping)
    assert pickle.loads(pickle.dumps(first)) == first
    assert second.pathname == b""
    assert (third.pathname, third.size_bytes) == (b"[stack]", 0x21000)
    assert len(parse_maps(SAMPLE)) == 3


def test_trap_08_no_mapping_means_no_address_space() -> None:
    requires("root")
    with zombie() as pid:
        for task in (2, pid):
            raw = read(task, "maps")
            assert raw == b""
            assert not parse_maps(raw)


@pytest.mark.parametrize(
    ("text", "maybe_deleted"),
    [
        (b"/tmp/a b", False),
        (b"/tmp/a (deleted)", True),
        (b"/tmp/a\\012b", False),
        (b"/tmp/a  trailing ", False),
        (b"/tmp/\x1b[31m\xff", False),
        (b"anon_inode:[perf_event]", False),
        (b"[anon:x y]", False),
        (b"/SYSV00000000 (deleted)", True),
    ],
)
def test_trap_13_a_path_is_kept_as_it_stands(text: bytes, maybe_deleted: bool) -> None:
    (mapping,) = parse_maps(b"1000-2000 r--p 00000000 fe:00 12                         " + text + b"\n")
    assert (mapping.pathname, mapping.maybe_deleted) == (text, maybe_deleted)


def test_trap_13_a_device_has_up_to_12_and_20_bits() -> None:
    (mapping,) = parse_maps(b"1000-2000 r--p 00000000 103:fffff 12                      /x\n")
    assert (mapping.major, mapping.minor) == (0x103, 0xFFFFF)


@pytest.mark.parametrize("name", ["a b", "a (deleted)", "a\nb", "a\\012b", "\x1b[31m", "\udcff"])
def test_trap_13_a_mapped_file_with_such_a_name_here(name: str, tmp_path: Path) -> None:
    place = tmp_path / name
    place.write_bytes(b"x" * 8192)
    with place.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ):
        found = [one for one in parse_maps(Path("/proc/self/maps").read_bytes()) if one.inode == place.stat().st_ino]
    (mapping,) = [one for one in found if one.minor == os.minor(place.stat().st_dev)]
    assert mapping.pathname == os.fsencode(place).replace(b"\n", b"\\012")
    assert (mapping.size_bytes, mapping.perms, mapping.offset) == (8192, "r--s", 0)
    assert mapping.major == os.major(place.stat().st_dev)


def test_a_deleted_file_says_so(tmp_path: Path) -> None:
    place = tmp_path / "gone"
    place.write_bytes(b"x" * 4096)
    with place.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ):
        inode = place.stat().st_ino
        place.unlink()
        found = [one for one in parse_maps(Path("/proc/self/maps").read_bytes()) if one.inode == inode]
    assert any(one.maybe_deleted and one.pathname.startswith(os.fsencode(place)) for one in found)


def test_every_process_here_is_read_in_order() -> None:
    for _, raw in every("maps"):
        mappings = list(parse_maps(raw))
        assert len(mappings) == len(parse_maps(raw)) == raw.count(b"\n")
        assert all(one.start < one.end for one in mappings)
        assert all(one.end <= other.start for one, other in pairwise(mappings))


def test_a_stopped_process_agrees_with_psutil_and_its_size() -> None:
    with sleeping() as pid:
        raw = read(pid, "maps")
        shown = psutil.Process(pid).memory_maps(grouped=False)
        status = read(pid, "statm")
    assert raw is not None
    assert status is not None
    mappings = list(parse_maps(raw))
    assert [f"{one.start:x}-{one.end:x}" for one in mappings] == [one.addr.lstrip("0") for one in shown]
    assert [one.perms for one in mappings] == [one.perms for one in shown]
    # The page of vsyscall stands in maps and does not count.
    own = [one for one in mappings if one.pathname != b"[vsyscall]"]
    assert sum(one.size_bytes for one in own) == int(status.split()[0]) * os.sysconf("SC_PAGE_SIZE")


def test_the_recorded_fixtures() -> None:
    raw = (folder("procfs--fixtures") / "proc/26232/maps").read_bytes()
    assert len(list(parse_maps(raw))) == raw.count(b"\n") > 5


@pytest.mark.parametrize(
    "raw",
    [
        b"\n",
        b"x\n",
        SAMPLE[:-1],
        SAMPLE[:200],
        SAMPLE + b"\n",
        SAMPLE.replace(b"00400000-", b"0x400000-"),
        SAMPLE.replace(b"00400000-", b"00400000 "),
        SAMPLE.replace(b"00400000-", b"00000000000400000-"),
        SAMPLE.replace(b" r-xp ", b" r-x "),
        SAMPLE.replace(b" 952273 ", b" 95x273 "),
        SAMPLE.replace(b" fd:01 ", b" fd01 "),
    ],
)
def test_what_is_cut_off_or_garbage_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        list(parse_maps(raw))


@given(mangled(SAMPLE))
def test_any_bytes_give_mappings_or_parse_error(raw: bytes) -> None:
    stands(parse_maps, raw)
    stands(parse_mapping, raw)


@given(mangled(SAMPLE))
def test_what_was_parsed_can_be_gone_through(raw: bytes) -> None:
    try:
        maps = parse_maps(raw)
        mappings = list(maps)
    except ParseError:
        return
    assert maps == Maps(raw)
    assert len(mappings) == len(maps)
    # What a line let through can be asked for without an error.
    assert all(mapping.size_bytes + mapping.inode + mapping.major + mapping.offset is not None for mapping in mappings)


def test_the_time_to_parse_grows_with_the_text() -> None:
    few, many = SAMPLE * 5_000, SAMPLE * 20_000
    once = min(seconds(lambda: list(parse_maps(few))) for _ in range(3))
    assert min(seconds(lambda: list(parse_maps(many))) for _ in range(3)) < 10 * once, sys.version
