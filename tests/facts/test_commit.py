from __future__ import annotations

from dataclasses import replace

import pytest

from bedplate.facts.commit import Commit, commit_of
from bedplate.facts.specimen_settings import specimen_sysctls
from bedplate.host.host import Host
from bedplate.host.memory import read_memory
from bedplate.host.root import LiveRoot
from bedplate.parse.meminfo import Meminfo
from bedplate.values.reading import Absent, Denied, Present, Source

GIB = 1 << 30
SIZES = {"CommitLimit": 10 * GIB, "Committed_AS": 3 * GIB, "MemTotal": 16 * GIB, "SwapTotal": 2 * GIB}


def commit(sizes: dict[str, int], counts: dict[str, int] | None = None, **settings: int) -> Commit:
    with LiveRoot() as root:
        memory = read_memory(root)
    meminfo = Present(Meminfo(sizes, counts or {}, ()), Source("specimen/meminfo"))
    named = {f"vm.overcommit_{name}": value for name, value in settings.items()}
    reading = commit_of(replace(memory, meminfo=meminfo), specimen_sysctls(named))
    assert isinstance(reading, Present)
    return reading.value


def test_this_kernels_limit_is_what_the_arithmetic_gives() -> None:
    with Host.live() as host:
        reading = commit_of(host.memory, host.sysctls)
        assert isinstance(reading, Present)
        page = host.constants.page_size_bytes
        assert page is not None
        # Each of MemTotal, Hugetlb and SwapTotal is read at one instant; the settings are another's to change.
        assert reading.value.computed_bytes(page) == reading.value.limit_bytes
        assert reading.value.enforced == (reading.value.mode == 2)


def test_huge_pages_are_no_part_of_what_can_be_promised() -> None:
    told = commit(SIZES | {"Hugetlb": 6 * GIB}, memory=2, ratio=50, kbytes=0)
    assert told.computed_bytes(4096) == 5 * GIB + 2 * GIB
    assert told.enforced
    before_4_16 = commit(SIZES | {"Hugepagesize": GIB}, {"HugePages_Total": 6}, memory=0, ratio=50, kbytes=0)
    assert before_4_16.computed_bytes(4096) == 7 * GIB
    assert not before_4_16.enforced


def test_an_amount_takes_the_place_of_the_ratio() -> None:
    told = commit(SIZES, memory=0, ratio=50, kbytes=1 << 20)
    assert (told.ratio, told.kbytes) == (None, 1 << 20)
    assert told.computed_bytes(4096) == GIB + 2 * GIB


def test_pages_are_rounded_as_the_kernel_rounds_them() -> None:
    told = commit(SIZES | {"MemTotal": 3 * 65536 + 1, "SwapTotal": 0}, memory=0, ratio=50, kbytes=0)
    assert told.computed_bytes(65536) == 65536
    assert told.computed_bytes(4096) == 24 * 4096


def test_what_is_left_may_be_less_than_nothing() -> None:
    assert commit(SIZES | {"Committed_AS": 11 * GIB}, memory=1, ratio=50, kbytes=0).left_bytes == -GIB


@pytest.mark.parametrize("lacking", ["CommitLimit", "SwapTotal"])
def test_what_is_missing_is_said(lacking: str) -> None:
    with LiveRoot() as root:
        memory = read_memory(root)
    sizes = {key: value for key, value in SIZES.items() if key != lacking}
    without = replace(memory, meminfo=Present(Meminfo(sizes, {}, ()), Source("specimen/meminfo")))
    reading = commit_of(without, specimen_sysctls({}))
    assert isinstance(reading, Absent)
    assert lacking in reading.reason
    denied = Denied(Source("specimen/meminfo"), 13, "root")
    assert commit_of(replace(memory, meminfo=denied), specimen_sysctls({})) is denied
