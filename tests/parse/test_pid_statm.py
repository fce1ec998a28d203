from __future__ import annotations

import os

import psutil
import pytest
from hypothesis import given
from tests.hostile import mangled, stands
from tests.processes import every, read, sleeping, zombie
from tests.recorded import folder
from tests.requires import requires

from bedplate.errors import ParseError
from bedplate.parse.pid_statm import Statm, parse_pid_statm
from bedplate.parse.pid_status import parse_pid_status
from bedplate.values.constants import HostConstants

SAMPLE = b"765 435 407 5 0 123 0\n"
HERE = HostConstants(page_size_bytes=os.sysconf("SC_PAGE_SIZE"))


def test_the_columns() -> None:
    assert parse_pid_statm(SAMPLE) == Statm(765, 435, 407, 5, 0, 123, 0)


def test_a_column_of_a_later_kernel_does_no_harm() -> None:
    assert parse_pid_statm(b"765 435 407 5 0 123 0 99\n") == parse_pid_statm(SAMPLE)


def test_trap_08_no_address_space_is_not_zero_bytes() -> None:
    requires("root")
    with zombie() as pid:
        for task in (2, pid):
            raw = read(task, "statm")
            assert raw is not None
            assert parse_pid_statm(raw) is None


def test_a_stopped_process_agrees_with_its_status_and_psutil() -> None:
    with sleeping() as pid:
        raw, text = read(pid, "statm"), read(pid, "status")
        memory = psutil.Process(pid).memory_info()
    assert raw is not None
    assert text is not None
    sizes, status, page = parse_pid_statm(raw), parse_pid_status(text), os.sysconf("SC_PAGE_SIZE")
    assert sizes is not None
    assert sizes.resident_bytes(HERE) == status.vm_rss == memory.rss
    assert sizes.size * page == status.vm_size == memory.vms
    assert sizes.shared * page == (status.rss_file or 0) + (status.rss_shmem or 0) == memory.shared
    assert sizes.data * page == (status.vm_data or 0) + (status.vm_stk or 0) == memory.data
    assert sizes.resident_bytes(HostConstants()) is None


def test_every_process_here_has_sizes_or_no_address_space() -> None:
    for _, raw in every("statm"):
        sizes = parse_pid_statm(raw)
        assert sizes is None or sizes.size > 0


def test_a_counter_of_the_fixtures_that_ran_below_zero_stays_as_it_is() -> None:
    sizes = parse_pid_statm((folder("procfs--fixtures") / "proc/26231/statm").read_bytes())
    assert sizes is not None
    assert sizes.shared == 2**64 - 1


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        SAMPLE[:-1],
        SAMPLE[:-5] + b"\n",
        b"1 2 3 4 5 6\n",
        b"1 2 3 4 5 6 -7\n",
        b"1 2 3 4 5 6 7x\n",
        b"1 2 3 4 5 6 1_0\n",
        b"1 2 3 4 5 6 18446744073709551616\n",
        b"1 2 3  4 5 6 7\n",
        SAMPLE * 300,
    ],
)
def test_what_is_cut_off_or_garbage_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        parse_pid_statm(raw)


@given(mangled(SAMPLE))
def test_any_bytes_give_sizes_or_parse_error(raw: bytes) -> None:
    stands(parse_pid_statm, raw)
