from __future__ import annotations

import errno
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from tests.hostile import mangled, stands
from tests.processes import every, read, sleeping, zombie
from tests.recorded import folder
from tests.requires import requires

from bedplate.errors import ParseError
from bedplate.parse.memory_sizes import Size
from bedplate.parse.smaps import parse_smaps
from bedplate.parse.smaps_rollup import SmapsRollup, parse_smaps_rollup

HEAD = b"55f67aa4d000-7ffe348dd000 ---p 00000000 00:00 0                          [rollup]\n"
# All 22 lines, in the kernel's order.
NAMES = [
    "Rss",
    "Pss",
    "Pss_Dirty",
    "Pss_Anon",
    "Pss_File",
    "Pss_Shmem",
    "Shared_Clean",
    "Shared_Dirty",
    "Private_Clean",
    "Private_Dirty",
    "Referenced",
    "Anonymous",
    "KSM",
    "LazyFree",
    "AnonHugePages",
    "ShmemPmdMapped",
    "FilePmdMapped",
    "Shared_Hugetlb",
    "Private_Hugetlb",
    "Swap",
    "SwapPss",
    "Locked",
]
SAMPLE = HEAD + b"".join(b"%-15s %8d kB\n" % (f"{name}:".encode(), at + 1) for at, name in enumerate(NAMES))


def fields() -> dict[str, str]:
    """The attribute of each line that has one."""
    return {
        size.name: attribute
        for kind in SmapsRollup.__mro__
        for attribute, size in vars(kind).items()
        if isinstance(size, Size)
    }


def test_all_22_lines_have_a_field_in_bytes() -> None:
    rollup = parse_smaps_rollup(SAMPLE)
    assert sorted(fields()) == sorted(NAMES)
    assert [getattr(rollup, fields()[name]) for name in NAMES] == [(at + 1) * 1024 for at in range(22)]
    assert rollup.sizes() == {name: (at + 1) * 1024 for at, name in enumerate(NAMES)}
    assert (rollup.mapping.start, rollup.unknown) == (0x55F67AA4D000, {})


def test_trap_10_lines_of_other_kernels() -> None:
    older = parse_smaps_rollup((folder("procfs--fixtures") / "proc/26231/smaps_rollup").read_bytes())
    assert (older.pss, older.pss_dirty, older.pss_anon, older.ksm, older.file_pmd_mapped) == (29944 << 10, *[None] * 4)
    later = parse_smaps_rollup(SAMPLE + b"Tiered:             12 kB\n")
    assert later.unknown == {"Tiered": b"12 kB"}
    assert later.sizes()["Tiered"] == 12288


def test_trap_09_kernel_threads_and_zombies_have_none() -> None:
    requires("root")
    with zombie() as pid:
        for task in (2, pid):
            with pytest.raises(ProcessLookupError) as told:
                Path(f"/proc/{task}/smaps_rollup").read_bytes()
            assert told.value.errno == errno.ESRCH


def test_a_stopped_process_agrees_with_its_smaps_and_psutil() -> None:
    with sleeping() as pid:
        raw, each = read(pid, "smaps_rollup"), read(pid, "smaps")
        shown = psutil.Process(pid).memory_full_info()
    assert raw is not None
    assert each is not None
    rollup, smaps = parse_smaps_rollup(raw), parse_smaps(each)
    for name, size in rollup.sizes().items():
        total = smaps.total(name)
        if name.startswith("Pss_") and name != "Pss_Dirty":
            assert total is None
        elif "Pss" in name or name == "Locked":  # fractions of a kB are cut off for each mapping
            assert total is not None
            assert 0 <= size - total <= len(smaps) * 1024
        else:
            assert total == size
    assert rollup.pss is not None
    assert rollup.private_clean is not None
    assert rollup.private_dirty is not None
    assert (rollup.pss, rollup.private_clean + rollup.private_dirty) == (shown.pss, shown.uss)
    assert abs(rollup.pss - sum(rollup.sizes()[f"Pss_{kind}"] for kind in ("Anon", "File", "Shmem"))) <= 3 * 1024


def test_every_process_here_is_read_without_anything_unknown() -> None:
    rollups = [parse_smaps_rollup(raw) for _, raw in every("smaps_rollup")]
    assert len(rollups) > 3
    assert all(rollup.rss is not None and rollup.pss is not None and rollup.pss <= rollup.rss for rollup in rollups)
    assert {name for rollup in rollups for name in rollup.unknown} == set()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        HEAD[:-1],
        SAMPLE[:-1],
        SAMPLE[:-6],
        SAMPLE[len(HEAD) :],
        SAMPLE.replace(b"[rollup]", b"[heap]"),
        SAMPLE.replace(b" kB", b" MB"),
        SAMPLE.replace(b"1 kB", b"-1 kB"),
        SAMPLE.replace(b"1 kB", b"1" * 17 + b" kB"),
        SAMPLE + b"\n",
        SAMPLE + b"VmFlags: rd\n",
        SAMPLE * 2,
        SAMPLE + b"A: 1 kB\n" * 100_000,
    ],
)
def test_what_is_cut_off_or_garbage_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        parse_smaps_rollup(raw)


@given(mangled(SAMPLE))
def test_any_bytes_give_sums_or_parse_error(raw: bytes) -> None:
    stands(parse_smaps_rollup, raw)


@given(mangled(SAMPLE))
def test_what_was_parsed_has_all_its_sizes(raw: bytes) -> None:
    try:
        rollup = parse_smaps_rollup(raw)
    except ParseError:
        return
    for name, size in rollup.sizes().items():
        assert size >= 0
        assert rollup.size(name) is not None
