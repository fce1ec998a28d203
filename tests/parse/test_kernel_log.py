"""What the kernel's log says of the command line; the lines are those of init/main.c, kernel/rcu and mm/hugetlb.c."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import ParseError
from bedplate.parse.kernel_log import WANTED, parse_boot_log
from bedplate.values.idset import CpuSet

KMSG = rb"""5,0,0,-;Linux version 6.12.1 (a@b) (gcc 14) #1 SMP PREEMPT_DYNAMIC
 SUBSYSTEM=none
5,76,109392,-;Kernel command line: isolcpu=2-3 a=b nohz_full=1-3 rcu_nocbs=1-3
5,77,109400,-;Unknown kernel command line parameters "isolcpu=2-3 a=\xc3\xa4", will be passed to user space.
6,90,110000,-;rcu: 	Offload RCU callbacks from CPUs: 1-3.
4,91,110001,-;NO_HZ: Clearing 0 from nohz_full range for timekeeping
6,92,110002,-;NO_HZ: Full dynticks CPUs: 1-3.
6,93,110003,-;HugeTLB: registered 2.00 MiB page size, pre-allocated 0 pages
6,94,110004,-;HugeTLB: 28 KiB vmemmap can be freed for a 2.00 MiB page
4,95,110005,-;HugeTLB: hugepages=4 does not follow a valid hugepagesz, ignoring
3,96,110006,-;Booting kernel: `x' invalid for parameter `panic'
"""


def dmesg(text: str) -> bytes:
    return "".join(f"[    0.{at:06}] {line}\n" for at, line in enumerate(text.splitlines())).encode()


def test_records_of_kmsg() -> None:
    log = parse_boot_log(KMSG)
    assert log.complete
    assert log.unknown_parameters == "isolcpu=2-3 a=ä"
    assert not log.unknown_truncated
    assert log.offloaded == CpuSet([1, 2, 3])
    assert log.nohz_full == CpuSet([1, 2, 3])
    assert log.complaints == (
        "NO_HZ: Clearing 0 from nohz_full range for timekeeping",
        "HugeTLB: hugepages=4 does not follow a valid hugepagesz, ignoring",
        "Booting kernel: `x' invalid for parameter `panic'",
    )


def test_lines_of_dmesg() -> None:
    log = parse_boot_log(
        dmesg('Kernel command line: a\nUnknown kernel command line parameters "a", will be passed to user space.\n')
        + b"<6>[    1.000000][    T0] \tOffload RCU callbacks from CPUs: (none).\n"
    )
    assert (log.complete, log.unknown_parameters, log.offloaded) == (True, "a", CpuSet())


def test_a_log_that_lost_its_beginning() -> None:
    log = parse_boot_log(b"6,4000,9999999,-;eth0: link up\n")
    assert not log.complete
    assert log.unknown_parameters is None
    assert log.offloaded is None


def test_a_line_that_the_kernel_cut() -> None:
    log = parse_boot_log(b'5,1,1,-;Unknown kernel command line parameters "aaa bbb=c\n')
    assert log.unknown_parameters == "aaa bbb=c"
    assert log.unknown_truncated


def test_a_list_that_is_none() -> None:
    with pytest.raises(ParseError, match="not a number or a range"):
        parse_boot_log(b"6,1,1,-;NO_HZ: Full dynticks CPUs: x-y.\n")


def test_nothing_that_counts_is_lost_when_only_wanted_lines_are_kept() -> None:
    kept = b"\n".join(line for line in KMSG.split(b"\n") if any(word in line for word in WANTED))
    assert parse_boot_log(kept) == parse_boot_log(KMSG)


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=40).map(lambda tail: KMSG[:400] + tail)))
def test_any_bytes(data: bytes) -> None:
    with contextlib.suppress(ParseError):
        parse_boot_log(data)
