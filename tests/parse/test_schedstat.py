from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from tests.hostile import mangled, stands
from tests.processes import every, read, sleeping
from tests.recorded import folder

from bedplate.errors import ParseError
from bedplate.parse.pid_sched import parse_pid_sched
from bedplate.parse.schedstat import Schedstat, parse_schedstat

SAMPLE = b"1057838 5090480 2\n"


def test_the_columns() -> None:
    assert parse_schedstat(SAMPLE) == Schedstat(1057838, 5090480, 2)


def test_every_process_here_is_read() -> None:
    assert all(parse_schedstat(raw).pcount >= 0 for _, raw in every("schedstat"))


def test_a_stopped_process_agrees_with_sched() -> None:
    with sleeping() as pid:
        raw, text = read(pid, "schedstat"), read(pid, "sched")
    assert raw is not None
    if text is None:
        pytest.skip("needs a kernel that has /proc/<pid>/sched (CONFIG_SCHED_DEBUG)")
    assert parse_schedstat(raw).sum_exec_runtime == parse_pid_sched(text).value("se.sum_exec_runtime")


def test_time_runs_on() -> None:
    def run() -> int:
        return parse_schedstat(Path("/proc/thread-self/schedstat").read_bytes()).sum_exec_runtime

    # The kernel brings the sum up to date at ticks and switches, not when it is read: of a short run it tells nothing.
    first, limit = run(), time.monotonic() + 10
    while run() == first and time.monotonic() < limit:
        sum(range(300_000))
    assert run() > first


def test_the_recorded_fixtures() -> None:
    proc = folder("procfs--fixtures") / "proc"
    assert parse_schedstat((proc / "26231/schedstat").read_bytes()) == Schedstat(411605849, 93680043, 79)
    with pytest.raises(ParseError):
        parse_schedstat((proc / "26233/schedstat").read_bytes())


@pytest.mark.parametrize(
    "raw", [b"", b"\n", SAMPLE[:-1], b"1 2\n", b"1 2 x\n", b"1 2 -3\n", b"1  2 3\n", b"1 2 18446744073709551616\n"]
)
def test_what_is_cut_off_or_garbage_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        parse_schedstat(raw)


@given(mangled(SAMPLE))
def test_any_bytes_give_counters_or_parse_error(raw: bytes) -> None:
    stands(parse_schedstat, raw)
