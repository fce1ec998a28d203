from __future__ import annotations

import ctypes
import mmap
import os
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.requires import requires

from bedplate.errors import ParseError
from bedplate.parse.kpageflags import KPageFlag, flag_names, parse_kpagecount, parse_kpageflags
from bedplate.parse.pagemap import PagemapEntry
from bedplate.values.constants import HostConstants

HERE = HostConstants(byte_order=sys.byteorder)


def counts(raw: bytes, host: HostConstants) -> object:
    return parse_kpagecount(raw, host, page_mapcount=None)


HEADER = Path("/usr/include/linux/kernel-page-flags.h")


def pread(path: str, words: int, at: int) -> bytes:
    handle = os.open(path, os.O_RDONLY)
    try:
        return os.pread(handle, words * 8, at * 8)
    finally:
        os.close(handle)


def test_the_names_are_those_of_the_header_here() -> None:
    if not HEADER.exists():
        pytest.skip("needs the kernel's headers: apt-get install linux-libc-dev")
    defined = dict(re.findall(r"#define KPF_(\w+)\s+(\d+)", HEADER.read_text()))
    assert len(defined) >= 27
    assert {name: 1 << int(bit) for name, bit in defined.items()}.items() <= {
        name: int(flag) for name, flag in KPageFlag.__members__.items()
    }.items()


def test_trap_17_bits_above_32_and_unknown_ones_are_kept() -> None:
    word = 1 << 0 | 1 << 32 | 1 << 42 | 1 << 43 | 1 << 63
    assert flag_names(word) == ["LOCKED", "RESERVED", "ARCH_3", "bit43", "bit63"]
    assert KPageFlag(word) == word
    assert KPageFlag.ARCH_3 in KPageFlag(word)


def test_trap_17_a_bit_that_was_renamed_has_both_names() -> None:
    names = KPageFlag.__members__
    assert names["BALLOON"] is names["OFFLINE"]
    assert names["MAPPEDTODISK"] is names["OWNER_2"]
    assert flag_names(1 << 23 | 1 << 34) == ["OFFLINE", "OWNER_2"]


def test_trap_18_a_count_says_whether_it_is_exact() -> None:
    raw = (3).to_bytes(8, sys.byteorder)
    assert [parse_kpagecount(raw, HERE, known).exact for known in (True, False, None)] == [True, False, None]
    assert list(parse_kpagecount(raw, HERE, True).counts) == [3]


def test_trap_19_words_are_whole_and_in_the_byte_order_of_their_host() -> None:
    raw = bytes([0, 0, 0, 0, 0, 0, 4, 0])
    assert list(parse_kpageflags(raw, HostConstants(byte_order="big"))) == [KPageFlag.BUDDY]
    for parse in (parse_kpageflags, counts):
        with pytest.raises(ParseError):
            parse(raw[:7], HERE)


def test_a_page_of_this_process_is_anonymous_and_mapped_once() -> None:
    requires("root")
    memory = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory[0] = 1
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    frame = PagemapEntry(parse_kpageflags(pread("/proc/self/pagemap", 1, address // mmap.PAGESIZE), HERE)[0]).pfn
    assert frame is not None
    (word,) = parse_kpageflags(pread("/proc/kpageflags", 1, frame), HERE)
    assert KPageFlag.MMAP | KPageFlag.ANON | KPageFlag.SWAPBACKED in KPageFlag(word)
    assert KPageFlag.NOPAGE not in KPageFlag(word)
    assert list(parse_kpagecount(pread("/proc/kpagecount", 1, frame), HERE, None).counts) == [1]


def test_a_locked_page_is_unevictable_or_mlocked() -> None:
    requires("root")
    memory = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.mlock(ctypes.c_void_p(address), ctypes.c_size_t(mmap.PAGESIZE)) == 0
    frame = PagemapEntry(parse_kpageflags(pread("/proc/self/pagemap", 1, address // mmap.PAGESIZE), HERE)[0]).pfn
    assert frame is not None
    (word,) = parse_kpageflags(pread("/proc/kpageflags", 1, frame), HERE)
    assert KPageFlag(word) & (KPageFlag.UNEVICTABLE | KPageFlag.MLOCKED)


def test_a_piece_of_this_machine_has_no_bit_that_is_unknown() -> None:
    requires("root")
    words = Counter(parse_kpageflags(pread("/proc/kpageflags", 1 << 16, 0), HERE))
    seen = {name for word in words for name in flag_names(word)}
    assert not {name for name in seen if name.startswith("bit")}
    assert seen & {"BUDDY", "LRU", "RESERVED"}


@given(st.integers(0, 2**64 - 1))
def test_every_bit_of_any_word_has_one_name(word: int) -> None:
    names = flag_names(word)
    assert len(names) == len(set(names)) == word.bit_count()
    assert sum(int(KPageFlag.__members__.get(name, 0)) or 1 << int(name[3:]) for name in names) == word


@given(st.binary(max_size=200))
def test_any_bytes_give_words_or_parse_error(raw: bytes) -> None:
    for parse in (parse_kpageflags, counts):
        try:
            parse(raw, HERE)
        except ParseError:
            assert len(raw) % 8
