from __future__ import annotations

import mmap
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from tests.hostile import mangled, seconds, stands
from tests.processes import every, read, sleeping, zombie
from tests.recorded import folder
from tests.requires import requires

from bedplate.errors import ParseError
from bedplate.parse.maps import parse_maps
from bedplate.parse.smaps import SmapsMapping, parse_smaps

# One mapping as the kernel writes it.
ONE = b"""\
55a656ab3000-55a656ab5000 r--p 00000000 fe:00 260386                     /usr/bin/head
Size:                  8 kB
KernelPageSize:        4 kB
MMUPageSize:           4 kB
Rss:                   8 kB
Pss:                   7 kB
Pss_Dirty:             6 kB
Shared_Clean:          5 kB
Shared_Dirty:          0 kB
Private_Clean:         8 kB
Private_Dirty:         0 kB
Referenced:            8 kB
Anonymous:             0 kB
KSM:                   0 kB
LazyFree:              0 kB
AnonHugePages:         0 kB
ShmemPmdMapped:        0 kB
FilePmdMapped:         0 kB
Shared_Hugetlb:        0 kB
Private_Hugetlb:       0 kB
Swap:                  0 kB
SwapPss:               0 kB
Locked:                0 kB
THPeligible:           1
ProtectionKey:         3
VmFlags: rd mr mw me\x20
"""
TWO = ONE.replace(b"55a656ab3000-55a656ab5000", b"55a656ab5000-55a656ab7000")
SAMPLE = ONE + TWO


def only(raw: bytes) -> SmapsMapping:
    (mapping,) = parse_smaps(raw)
    return mapping


def test_the_lines_of_a_mapping() -> None:
    first, second = parse_smaps(SAMPLE)
    assert (first.mapping.start, second.mapping.start) == (0x55A656AB3000, 0x55A656AB5000)
    assert (first.address_space, first.kernel_page_size, first.pss, first.pss_dirty) == (8192, 4096, 7168, 6144)
    assert (first.thp_eligible, first.protection_key, first.vm_flags) == (True, 3, frozenset({"rd", "mr", "mw", "me"}))
    assert (first.unknown, len(first.sizes()), len(parse_smaps(SAMPLE))) == ({}, 22, 2)
    assert (parse_smaps(SAMPLE).total("Pss"), parse_smaps(SAMPLE).total("Pss_Anon")) == (2 * 7168, None)


def test_trap_08_no_mapping_means_no_address_space() -> None:
    requires("root")
    with zombie() as pid:
        for task in (2, pid):
            raw = read(task, "smaps")
            assert raw == b""
            assert list(parse_smaps(raw)) == []
            assert len(parse_smaps(raw)) == 0
            assert parse_smaps(raw).total("Rss") is None


def test_trap_10_lines_that_are_unknown_are_kept() -> None:
    future = SAMPLE.replace(b"Locked:", b"Tiered:               12 kB\nLocked:").replace(
        b"VmFlags:", b"Weather: fine\nVmFlags:"
    )
    first, second = parse_smaps(future)
    assert first.unknown == second.unknown == {"Tiered": b"12 kB", "Weather": b"fine"}
    assert first.sizes()["Tiered"] == 12288


def test_trap_10_lines_behind_the_last_one_of_today_are_kept() -> None:
    first, second = parse_smaps(SAMPLE.replace(b"me \n", b"me \nAfter: 1\nMore: 2 kB\n"))
    assert first.unknown == second.unknown == {"After": b"1", "More": b"2 kB"}
    assert first.sizes()["More"] == 2048
    assert second.mapping.start == 0x55A656AB5000


def test_trap_10_lines_that_an_older_kernel_lacks_are_none() -> None:
    mappings = list(parse_smaps((folder("procfs--fixtures") / "proc/26231/smaps").read_bytes()))
    assert len(mappings) > 5
    first = mappings[0]
    assert (first.mapping.pathname, first.rss) == (b"/bin/alertmanager", 2952 << 10)
    assert (first.pss_dirty, first.ksm, first.file_pmd_mapped, first.thp_eligible) == (None, None, None, None)


def test_a_kernel_without_vm_flags() -> None:
    old = b"\n".join(line for line in SAMPLE.split(b"\n") if not line.startswith((b"VmFlags", b"THP", b"Prot")))
    first, second = parse_smaps(old)
    assert (first.vm_flags, first.protection_key, second.pss) == (None, None, 7168)
    assert len(parse_smaps(old)) == 2


def test_trap_11_flags_that_are_unknown_are_kept() -> None:
    flags = only(ONE.replace(b"rd mr mw me", b"rd ?? zz gu lf dp wf")).vm_flags
    assert flags is not None
    assert sorted(flags) == ["??", "dp", "gu", "lf", "rd", "wf", "zz"]


@pytest.mark.parametrize("line", [b"VmFlags:\n", b"VmFlags: \n", b"VmFlags:   \n"])
def test_trap_12_no_flags_at_all(line: bytes) -> None:
    first, second = parse_smaps(SAMPLE.replace(b"VmFlags: rd mr mw me \n", line))
    assert first.vm_flags == second.vm_flags == frozenset()


def test_a_path_forges_no_line() -> None:
    mapping = only(ONE.replace(b"/usr/bin/head", b"/x\\012Rss: 999 kB VmFlags: zz (deleted)"))
    assert (mapping.rss, mapping.vm_flags) == (8192, frozenset({"rd", "mr", "mw", "me"}))


def test_every_process_here_agrees_with_its_maps() -> None:
    for pid, raw in every("smaps"):
        smaps, text = parse_smaps(raw), read(pid, "maps")
        assert {name for mapping in smaps for name in mapping.unknown} == set()
        assert all(mapping.address_space == mapping.mapping.size_bytes for mapping in smaps)
        assert all(mapping.sizes()["Rss"] == mapping.rss for mapping in smaps)
        assert len(smaps) == len(list(smaps))
        assert text is None or pid != 1 or len(parse_maps(text)) == len(smaps)


def test_a_stopped_process_agrees_with_psutil() -> None:
    with sleeping() as pid:
        raw = read(pid, "smaps")
        shown = psutil.Process(pid).memory_maps(grouped=False)
    assert raw is not None
    assert [(one.rss, one.pss, one.swap, one.anonymous) for one in parse_smaps(raw)] == [
        (one.rss, one.pss, one.swap, one.anonymous) for one in shown
    ]


def test_what_was_advised_shows_in_the_flags() -> None:
    with mmap.mmap(-1, 64 * 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory.madvise(mmap.MADV_DONTFORK)
        memory.madvise(mmap.MADV_DONTDUMP)
        found = parse_smaps(Path("/proc/self/smaps").read_bytes())
        assert any({"dc", "dd"} <= (one.vm_flags or set()) and one.address_space == 64 * 4096 for one in found)


@pytest.mark.parametrize(
    "raw", [b"\n", ONE[:-1], ONE[:500], b"x\n", ONE[87:], ONE[:88] and ONE.partition(b"\n")[0] + b"\n"]
)
def test_what_is_cut_off_or_garbage_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        parse_smaps(raw)


@pytest.mark.parametrize("text", [b"x", b"-8 kB", b"8 MB", b"8kB", b"1_0 kB", b"9" * 30 + b" kB", b""])
def test_a_size_that_is_none_is_refused_when_it_is_asked_for(text: bytes) -> None:
    mapping = only(ONE.replace(b"                   7 kB", b" " + text))
    assert mapping.rss == 8192
    with pytest.raises(ParseError):
        _ = mapping.pss


@given(mangled(SAMPLE))
def test_any_bytes_give_mappings_or_parse_error(raw: bytes) -> None:
    stands(parse_smaps, raw)


def test_the_time_to_parse_grows_with_the_text() -> None:
    few, many = SAMPLE * 500, SAMPLE * 2_000
    once = min(seconds(lambda: [one.sizes() for one in parse_smaps(few)]) for _ in range(3))
    assert min(seconds(lambda: [one.sizes() for one in parse_smaps(many)]) for _ in range(3)) < 10 * once
