"""stat: every process here, tasks with hostile names, texts of other kernels, and what no kernel writes."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hostile import mangled, stands
from tests.processes import HOSTILE_NAMES, calling_itself, every, executed_as, read, sleeping, zombie
from tests.recorded import folder
from tests.requires import requires

from bedplate.errors import ParseError
from bedplate.parse.pid_stat import PidStat, parse_pid_stat
from bedplate.parse.pid_stat_row import parse_pid_stat_row
from bedplate.parse.pid_status import parse_pid_status
from bedplate.parse.task_state import STATES, Addresses, TaskFlag
from bedplate.values.constants import HostConstants

if TYPE_CHECKING:
    from pathlib import Path

NUMBERS = (
    b"2624 2624 29808 34816 -1 4194304 101 1 2 3 40 50 -6 -7 20 0 4 0 236725 3133440 407 18446744073709551615 4096 "
    b"8192 140729780126304 0 0 0 0 16781312 2 1 0 0 17 5 0 0 9 0 0 12288 16384 20480 24576 28672 32768 36864 0"
)
SAMPLE = b"2630 (cat) S " + NUMBERS + b"\n"
# Three counters, each with up to 32 pages (twice the CPUs on larger hosts) that a CPU has not added up yet.
PAGES_ADRIFT = 3 * max(32, 2 * (os.cpu_count() or 1)) * (os.cpu_count() or 1)
HERE = HostConstants(page_size_bytes=os.sysconf("SC_PAGE_SIZE"), ticks_per_second=os.sysconf("SC_CLK_TCK"))


def of(name: bytes, numbers: bytes = NUMBERS) -> bytes:
    return b"2630 (" + name + b") S " + numbers + b"\n"


def test_the_fields_are_where_the_manual_page_says() -> None:
    stat = parse_pid_stat(SAMPLE)
    assert (stat.pid, stat.comm, stat.state) == (2630, b"cat", "S")
    assert (stat.ppid, stat.tpgid, stat.flags, stat.majflt, stat.utime, stat.cstime) == (2624, -1, 4194304, 2, 40, -7)
    assert (stat.num_threads, stat.starttime, stat.vsize, stat.rss, stat.rsslim) == (4, 236725, 3133440, 407, 2**64 - 1)
    assert (stat.wchan, stat.exit_signal, stat.processor, stat.policy, stat.delayacct_blkio_ticks) == (1, 17, 5, 0, 9)
    assert (stat.start_data, stat.env_end, stat.exit_code, stat.unknown) == (12288, 36864, 0, ())
    assert stat.addresses is Addresses.VISIBLE
    assert pickle.loads(pickle.dumps(stat)) == stat


def test_the_last_cpu_is_field_39() -> None:
    assert parse_pid_stat(SAMPLE).last_cpu == 5 == int(SAMPLE.split()[38])


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, b"", b"x" * 60, b"\n\n\n", b")\n2 (b) R 7 7 7"])
def test_trap_01_a_name_with_parentheses_and_spaces_forges_no_field(name: bytes) -> None:
    assert parse_pid_stat(of(name)) == replace(parse_pid_stat(SAMPLE), comm=name)
    assert parse_pid_stat_row(of(name)) == parse_pid_stat_row(SAMPLE)._replace(comm=name)


@given(st.binary(max_size=64))
def test_trap_01_no_name_at_all_forges_a_field(name: bytes) -> None:
    assert parse_pid_stat(of(name)) == replace(parse_pid_stat(SAMPLE), comm=name)
    assert parse_pid_stat_row(of(name)) == parse_pid_stat_row(SAMPLE)._replace(comm=name)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_trap_02_a_task_that_calls_itself_so_is_read_right(name: bytes) -> None:
    with calling_itself(name) as pid:
        raw = read(pid, "stat")
        assert raw is not None
        stat = parse_pid_stat(raw)
        assert (stat.pid, stat.ppid, stat.comm) == (pid, os.getpid(), name[:15])
        assert stat.state in STATES
        assert parse_pid_stat_row(raw)[:2] == (pid, name[:15])


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if b"/" not in name])
def test_trap_02_an_executable_called_so_is_read_right(name: bytes, tmp_path: Path) -> None:
    with executed_as(name, tmp_path) as pid:
        raw = read(pid, "stat")
        assert raw is not None
        stat = parse_pid_stat(raw)
        assert (stat.pid, stat.comm, stat.state) == (pid, name[:15], "T")


def test_trap_03_a_kernel_worker_has_a_name_longer_than_15_bytes() -> None:
    requires("root")
    longest = max((parse_pid_stat(raw) for _, raw in every("stat")), key=lambda stat: len(stat.comm))
    assert len(longest.comm) > 15
    assert longest.flags & TaskFlag.KTHREAD


def test_trap_05_fewer_and_more_fields() -> None:
    numbers = NUMBERS.split(b" ")
    oldest = parse_pid_stat(of(b"x", b" ".join(numbers[:34])))
    assert (oldest.cnswap, oldest.exit_signal, oldest.last_cpu, oldest.exit_code) == (0, None, None, None)
    assert parse_pid_stat(of(b"x", b" ".join(numbers[:38]))).delayacct_blkio_ticks is None
    assert parse_pid_stat(of(b"x", b" ".join([*numbers, b"7", b"-8"]))).unknown == (7, -8)
    with pytest.raises(ParseError, match="36 fields"):
        parse_pid_stat(of(b"x", b" ".join(numbers[:33])))


def test_trap_05_both_ends_of_64_bits() -> None:
    extremes = NUMBERS.replace(b" -6 -7 ", b" -9223372036854775808 9223372036854775807 ")
    stat = parse_pid_stat(of(b"x", extremes))
    assert (stat.cutime, stat.cstime) == (-(2**63), 2**63 - 1)
    for wrong in (b"18446744073709551616", b"-9223372036854775809", b"9" * 400):
        with pytest.raises(ParseError):
            parse_pid_stat(of(b"x", NUMBERS.replace(b" -6 ", b" " + wrong + b" ")))


def test_trap_05_the_recorded_fixtures_are_read() -> None:
    proc = folder("procfs--fixtures") / "proc"
    extreme = parse_pid_stat((proc / "26232/stat").read_bytes())
    assert (extreme.comm, extreme.cutime, extreme.cstime) == (b"ata_sff", -(2**63), 2**63 - 1)
    # Its second line is the script that the task ran, and was never in the kernel's file.
    line, _, script = (proc / "584/stat").read_bytes().partition(b"\n")
    hostile = parse_pid_stat(line + b"\n")
    assert (hostile.pid, hostile.comm, hostile.state) == (1020, b"(a b ) ( c d) ", "R")
    with pytest.raises(ParseError):
        parse_pid_stat(line + b"\n" + script)


def test_trap_06_numbers_that_stand_for_a_refusal_are_not_told() -> None:
    numbers = NUMBERS.split(b" ")
    numbers[22:24] = [b"1", b"1"]
    numbers[24:27] = [b"0"] * 3
    numbers[31] = b"0"
    numbers[41:49] = [b"0"] * 8
    stat = parse_pid_stat(of(b"x", b" ".join(numbers)))
    assert stat.addresses is Addresses.HIDDEN
    assert {stat.startcode, stat.endcode, stat.startstack, stat.wchan, stat.start_data, stat.exit_code} == {None}
    assert (stat.rss, stat.vsize) == (407, 3133440)


def test_trap_06_a_process_as_an_ordinary_user_sees_it() -> None:
    requires("root", "oracles")
    with sleeping() as pid:
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "cat", f"/proc/{pid}/stat"]
        shown = parse_pid_stat(subprocess.run(command, capture_output=True, check=True).stdout)
        raw = read(pid, "stat")
    assert raw is not None
    mine = parse_pid_stat(raw)
    assert (mine.addresses, shown.addresses) == (Addresses.VISIBLE, Addresses.HIDDEN)
    assert mine.startcode is not None
    assert mine.exit_code == signal.SIGSTOP
    assert {shown.startcode, shown.start_brk, shown.wchan, shown.exit_code} == {None}
    assert (shown.comm, shown.vsize, shown.rss) == (mine.comm, mine.vsize, mine.rss)


def test_trap_08_kernel_threads_and_zombies_have_no_address_space() -> None:
    requires("root")
    kthreadd = read(2, "stat")
    assert kthreadd is not None
    with zombie() as pid:
        ended = read(pid, "stat")
    assert ended is not None
    for raw in (kthreadd, ended):
        stat = parse_pid_stat(raw)
        assert stat.addresses is Addresses.NONE
        assert stat.rss is None
        assert stat.rss_bytes(HERE) is None
        assert parse_pid_stat_row(raw).rss is None
    assert parse_pid_stat(ended).state == "Z"
    assert os.waitstatus_to_exitcode(parse_pid_stat(ended).exit_code or 0) == 7
    assert parse_pid_stat(kthreadd).exit_code is None


def test_trap_31_times_are_in_the_ticks_of_the_host() -> None:
    stat = parse_pid_stat(SAMPLE)
    assert stat.cpu_seconds(HostConstants(ticks_per_second=100)) == 0.9
    assert stat.cpu_seconds(HostConstants(ticks_per_second=1024)) == 90 / 1024
    assert stat.cpu_seconds(HostConstants()) is None


def test_pages_are_in_the_size_of_the_host() -> None:
    stat = parse_pid_stat(SAMPLE)
    assert stat.rss_bytes(HostConstants(page_size_bytes=65536)) == 407 * 65536
    assert stat.rss_bytes(HostConstants()) is None


def test_every_process_here_agrees_with_its_status() -> None:
    for pid, raw in every("stat"):
        stat, row, text = parse_pid_stat(raw), parse_pid_stat_row(raw), read(pid, "status")
        assert row == (
            stat.pid, stat.comm, stat.state.encode(), stat.ppid, stat.flags, stat.utime, stat.stime,
            stat.num_threads, stat.rss, stat.last_cpu,
        )  # fmt: skip
        if text is None or stat.state == "Z" or stat.flags & TaskFlag.WQ_WORKER:
            continue  # it has ended, or is a worker that has taken another name since
        status = parse_pid_status(text)
        assert (status.pid, status.has_address_space, status.name) == (pid, stat.has_address_space, stat.comm)
        assert status.kthread in (None, bool(stat.flags & TaskFlag.KTHREAD))


def test_a_stopped_process_agrees_with_psutil_and_with_system_calls() -> None:
    with sleeping() as pid:
        raw = read(pid, "stat")
        assert raw is not None
        stat, process = parse_pid_stat(raw), psutil.Process(pid)
        with process.oneshot():
            assert (stat.comm.decode(), stat.ppid, stat.last_cpu) == (process.name(), process.ppid(), process.cpu_num())
            times, memory = process.cpu_times(), process.memory_info()
        assert abs((stat.cpu_seconds(HERE) or 0) - (times.user + times.system)) < 0.001
        assert stat.vsize == memory.vms
        assert abs((stat.rss_bytes(HERE) or 0) - memory.rss) <= PAGES_ADRIFT * (HERE.page_size_bytes or 0)
        assert (stat.nice, stat.num_threads) == (process.nice(), process.num_threads())
        assert (stat.policy, stat.pgrp, stat.session) == (os.sched_getscheduler(pid), os.getpgid(pid), os.getsid(pid))
        assert stat.state == "T"


def test_every_lasting_process_agrees_with_ps() -> None:
    requires("oracles")
    fields = "pid,ppid,pgid,sess,tpgid,ni,nlwp,policy,rtprio"
    listed = subprocess.run(["ps", "-eo", fields, "--no-headers"], capture_output=True, text=True, check=True).stdout
    shown = {int(line.split()[0]): line.split() for line in listed.splitlines()}
    agreed = 0
    for pid, raw in every("stat"):
        stat = parse_pid_stat(raw)
        if pid in shown and stat.ppid in (0, 2):
            nice = shown[pid][5]
            assert shown[pid][1:5] == [str(stat.ppid), str(stat.pgrp), str(stat.session), str(stat.tpgid)]
            assert nice in (str(stat.nice), "-")
            assert shown[pid][8] in (str(stat.rt_priority), "-")
            agreed += 1
    assert agreed > 10


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"2630",
        b"2630 (cat",
        b"2630 (cat) S\n",
        SAMPLE[:-1],
        SAMPLE[:-20],
        SAMPLE.replace(b"2630 (", b"26x30 ("),
        SAMPLE.replace(b"2630 (", b"("),
        SAMPLE.replace(b" S ", b" SS "),
        SAMPLE.replace(b" S ", b" 5 "),
        SAMPLE.replace(b" 407 ", b" 4_07 "),
        SAMPLE.replace(b" 407 ", b" +407 "),
        SAMPLE.replace(b" 407 ", b" 40-7 "),
        SAMPLE.replace(b" 407 ", b"  407 "),
        SAMPLE.replace(b" 407 ", b" 407\n"),
        SAMPLE.replace(b" 407 ", b"\t407 "),
        SAMPLE * 2 + b"9",
        b"1" * 5000,
    ],
)
def test_what_is_cut_off_or_garbage_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        parse_pid_stat(raw)


@pytest.mark.parametrize("raw", [b"", b"2630 (cat) S 1 2\n", SAMPLE[:120], SAMPLE.replace(b" 4194304 ", b" -5 ")])
def test_a_row_of_what_is_cut_off_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        parse_pid_stat_row(raw)


@given(mangled(SAMPLE, of(b") R 1 (")))
def test_any_bytes_give_a_task_or_parse_error(raw: bytes) -> None:
    stands(parse_pid_stat, raw)
    stands(parse_pid_stat_row, raw)


@given(mangled(SAMPLE))
def test_a_row_says_what_the_whole_says(raw: bytes) -> None:
    try:
        stat = parse_pid_stat(raw)
    except ParseError:
        return
    fields = [stat.ppid, stat.flags, stat.utime, stat.stime, stat.num_threads, stat.rss or 0, stat.last_cpu or 0]
    if stat.last_cpu is not None and min(fields) >= 0:
        row = parse_pid_stat_row(raw)
        assert (row.pid, row.comm, row.ppid, row.rss) == (stat.pid, stat.comm, stat.ppid, stat.rss)
        assert row.processor == stat.last_cpu


def test_flags_keep_what_they_do_not_know() -> None:
    numbers = NUMBERS.replace(b" 4194304 ", b" 69238880 ")
    flags = parse_pid_stat(of(b"x", numbers)).flags
    assert flags == 69238880
    assert TaskFlag.NO_SETAFFINITY in flags
    assert TaskFlag.KTHREAD in flags


def test_a_field_asked_of_the_class_is_itself() -> None:
    assert PidStat.ppid is PidStat.ppid
