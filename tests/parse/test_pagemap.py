from __future__ import annotations

import ctypes
import mmap
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.requires import requires

from bedplate.errors import ParseError
from bedplate.parse.pagemap import PagemapEntry, PagemapFlag, PageState, parse_pagemap
from bedplate.parse.words import parse_words
from bedplate.values.constants import HostConstants

HERE = HostConstants(byte_order=sys.byteorder, page_size_bytes=mmap.PAGESIZE)
PRESENT, SWAP, GUARD = 1 << 63, 1 << 62, 1 << 58
MADV_GUARD_INSTALL = 102

# Becomes an ordinary user (and may be looked into again, PR_SET_DUMPABLE), and prints the words of a page that it has
# touched and of one that it has not.
_SHOW = """
import ctypes, mmap, os
memory = mmap.mmap(-1, 2 * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
memory[0] = 1
at = ctypes.addressof(ctypes.c_char.from_buffer(memory))
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
with open("/proc/self/pagemap", "rb", buffering=0) as pagemap:
    os.write(1, os.pread(pagemap.fileno(), 16, at // mmap.PAGESIZE * 8))
"""


def words_at(address: int, pages: int) -> list[PagemapEntry]:
    """The pages of this process from an address on."""
    handle = os.open("/proc/self/pagemap", os.O_RDONLY)
    try:
        raw = os.pread(handle, pages * 8, address // mmap.PAGESIZE * 8)
    finally:
        os.close(handle)
    return [PagemapEntry(word) for word in parse_pagemap(raw, HERE)]


def address_of(memory: mmap.mmap) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


def test_the_words_of_a_touched_and_an_untouched_page() -> None:
    requires("root")
    memory = mmap.mmap(-1, 4 * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    memory[0] = memory[2 * mmap.PAGESIZE] = 1
    first, second, third, fourth = words_at(address_of(memory), 4)
    assert [page.state for page in (first, second, third, fourth)] == [
        PageState.PRESENT, PageState.NONE, PageState.PRESENT, PageState.NONE,
    ]  # fmt: skip
    assert first.pfn is not None
    assert third.pfn not in (None, first.pfn)
    assert (second.pfn, second.swap_type, second.pfn_hidden) == (None, None, False)
    assert PagemapFlag.MMAP_EXCLUSIVE in first.flags
    assert PagemapFlag.FILE not in first.flags


def test_the_words_agree_with_mincore() -> None:
    requires("root")
    memory = mmap.mmap(-1, 16 * mmap.PAGESIZE)
    for page in (0, 3, 4, 15):
        memory[page * mmap.PAGESIZE] = 1
    resident = (ctypes.c_ubyte * 16)()
    libc = ctypes.CDLL(None, use_errno=True)
    address = address_of(memory)
    assert libc.mincore(ctypes.c_void_p(address), ctypes.c_size_t(len(memory)), resident) == 0
    pages = words_at(address, 16)
    assert [page.state is PageState.PRESENT for page in pages] == [bool(byte & 1) for byte in resident]
    assert all(PagemapFlag.FILE in page.flags for page in pages if page.state is PageState.PRESENT)


def test_trap_19_a_piece_of_a_word_is_cut_off() -> None:
    for size in (1, 7, 9, 4095):
        with pytest.raises(ParseError, match="cut off"):
            parse_words(b"\1" * size, HERE)
    assert list(parse_words(b"", HERE)) == []


def test_trap_19_words_are_in_the_byte_order_of_their_host() -> None:
    raw = bytes(range(16))
    assert list(parse_words(raw, HostConstants(byte_order="big"))) == [0x0001020304050607, 0x08090A0B0C0D0E0F]
    assert list(parse_words(raw, HostConstants(byte_order="little"))) == [0x0706050403020100, 0x0F0E0D0C0B0A0908]
    for unknown in (None, "middle"):
        with pytest.raises(ParseError, match="byte order"):
            parse_words(raw, HostConstants(byte_order=unknown))


def test_trap_19_an_unaligned_read_is_refused_and_none_comes_behind_the_end() -> None:
    with open("/proc/self/pagemap", "rb", buffering=0) as pagemap:
        with pytest.raises(OSError, match="Invalid argument"):
            os.pread(pagemap.fileno(), 8, 3)
        assert os.pread(pagemap.fileno(), 8, 1 << 62) == b""


def test_trap_20_frame_number_0_is_hidden_and_not_a_place() -> None:
    page = PagemapEntry(PRESENT | 1 << 56)
    assert (page.pfn, page.pfn_hidden, page.state) == (None, True, PageState.PRESENT)
    shown = PagemapEntry(PRESENT | 5)
    assert (shown.pfn, shown.pfn_hidden) == (5, False)


def test_trap_20_an_ordinary_user_is_shown_no_frame_number() -> None:
    requires("root")
    shown = subprocess.run([sys.executable, "-c", _SHOW], capture_output=True, check=True).stdout
    touched, untouched = (PagemapEntry(word) for word in parse_pagemap(shown, HERE))
    assert (touched.pfn, touched.pfn_hidden, untouched.pfn_hidden) == (None, True, False)


def test_trap_20_the_low_bits_of_a_swapped_page_are_no_frame_number() -> None:
    page = PagemapEntry(SWAP | 77 << 5 | 3)
    assert (page.pfn, page.swap_type, page.swap_offset, page.state) == (None, 3, 77, PageState.SWAPPED)
    both = PagemapEntry(PRESENT | SWAP | 77)
    assert (both.pfn, both.swap_type) == (77, None)


def test_trap_21_a_guard_page_is_not_swapped() -> None:
    page = PagemapEntry(SWAP | GUARD | 77)
    assert (page.state, page.swap_type, page.swap_offset, page.pfn) == (PageState.GUARD, None, None, None)


def test_trap_21_a_guard_page_here() -> None:
    requires("root")
    memory = mmap.mmap(-1, 2 * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory[0] = 1
    address = address_of(memory)
    libc = ctypes.CDLL(None, use_errno=True)
    guarded = ctypes.c_void_p(address + mmap.PAGESIZE)
    if libc.madvise(guarded, ctypes.c_size_t(mmap.PAGESIZE), MADV_GUARD_INSTALL) != 0:
        pytest.skip("needs a kernel with MADV_GUARD_INSTALL (Linux 6.13)")
    first, second = words_at(address, 2)
    if PagemapFlag.GUARD_REGION not in second.flags:
        pytest.skip("needs a kernel that tells of guard pages in pagemap (Linux 6.15)")
    assert (first.state, second.state) == (PageState.PRESENT, PageState.GUARD)
    assert PagemapFlag.SWAP in second.flags, "this is why GUARD is looked at first"


def test_a_mark_of_poison_is_not_swapped() -> None:
    page = PagemapEntry(0x4000_0000_0000_005F)  # UFFDIO_POISON on Linux 6.18
    assert (page.state, page.swap_type) == (PageState.MARKER, None)


def test_flags_keep_bits_that_are_unknown() -> None:
    flags = PagemapEntry(1 << 60 | 1 << 57).flags
    assert flags == 1 << 60 | 1 << 57
    assert PagemapFlag.UFFD_WP in flags


@given(st.integers(0, 2**64 - 1))
def test_any_word_has_one_state_and_says_no_more_than_it_knows(word: int) -> None:
    page = PagemapEntry(word)
    assert (page.pfn is not None or page.pfn_hidden) == (page.state is PageState.PRESENT)
    assert (page.swap_type is not None) == (page.swap_offset is not None) == (page.state is PageState.SWAPPED)
    assert page.flags | word & (1 << 55) - 1 == word


@given(st.binary(max_size=200), st.sampled_from(["little", "big", None]))
def test_any_bytes_give_words_or_parse_error(raw: bytes, byte_order: str | None) -> None:
    try:
        words = parse_pagemap(raw, HostConstants(byte_order=byte_order))
    except ParseError:
        return
    assert len(words) * 8 == len(raw)
