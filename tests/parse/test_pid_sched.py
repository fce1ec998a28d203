from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hostile import mangled, stands
from tests.processes import HOSTILE_NAMES, calling_itself, every, read, sleeping

from bedplate.errors import ParseError
from bedplate.parse.pid_sched import parse_pid_sched
from bedplate.parse.pid_stat import parse_pid_stat

BODY = (
    b"-------------------------------------------------------------------\n"
    b"se.exec_start                                :       2366937.669192\n"
    b"se.vruntime                                  :           -26.546432\n"
    b"nr_switches                                  :                    1\n"
    b"policy                                       :                    0\n"
    b"mm->numa_scan_seq                            :                    0\n"
    b"numa_preferred_nid                           :                   -1\n"
    b"current_node=0, numa_group_id=0\n"
    b"numa_faults node=0 task_private=0 task_shared=0 group_private=0 group_shared=0\n"
)
SAMPLE = b"cat (2630, #threads: 1)\n" + BODY


def test_the_head_and_the_numbers() -> None:
    sched = parse_pid_sched(SAMPLE)
    assert (sched.comm, sched.pid, sched.threads) == (b"cat", 2630, 1)
    assert (sched.value("nr_switches"), sched.value("numa_preferred_nid"), sched.value("prio")) == (1, -1, None)
    assert (sched.value("se.exec_start"), sched.value("se.vruntime")) == (2366937669192, -26546432)
    assert (len(sched.values()), sched.values()["mm->numa_scan_seq"]) == (6, 0)
    assert [line.partition(b"=")[0] for line in sched.other_lines()] == [b"current_node", b"numa_faults node"]


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, b"x (1, #threads: 9)\n-----"])
def test_trap_01_a_name_forges_no_number(name: bytes) -> None:
    sched = parse_pid_sched(name + b" (2630, #threads: 1)\n" + BODY)
    assert (sched.comm, sched.pid, sched.threads) == (name, 2630, 1)
    assert sched.values() == parse_pid_sched(SAMPLE).values()


@given(st.binary(max_size=16))
def test_trap_01_no_name_at_all_forges_a_number(name: bytes) -> None:
    sched = parse_pid_sched(name + b" (2630, #threads: 1)\n" + BODY)
    assert (sched.comm, sched.pid) == (name, 2630)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_trap_02_a_task_that_calls_itself_so_is_read_right(name: bytes) -> None:
    with calling_itself(name) as pid:
        raw = read(pid, "sched")
    if raw is None:
        pytest.skip("needs a kernel that has /proc/<pid>/sched (CONFIG_SCHED_DEBUG)")
    sched = parse_pid_sched(raw)
    assert (sched.comm, sched.pid, sched.threads) == (name[:15], pid, 1)


def test_every_process_here_is_read() -> None:
    for pid, raw in every("sched"):
        sched = parse_pid_sched(raw)
        assert sched.pid == pid
        assert sched.value("policy") in range(8)
        assert sched.value("nr_switches") == sched.values()["nr_switches"]


def test_a_stopped_process_agrees_with_stat_and_with_system_calls() -> None:
    with sleeping() as pid:
        raw, text = read(pid, "sched"), read(pid, "stat")
        policy = os.sched_getscheduler(pid)
    if raw is None:
        pytest.skip("needs a kernel that has /proc/<pid>/sched (CONFIG_SCHED_DEBUG)")
    assert text is not None
    sched, stat = parse_pid_sched(raw), parse_pid_stat(text)
    assert (sched.comm, sched.threads, sched.value("policy")) == (stat.comm, stat.num_threads, policy)
    # The kernel's own scale has 100 real-time priorities in front.
    assert sched.value("prio") == stat.priority + 100


@pytest.mark.parametrize(
    "raw", [b"", b"\n", SAMPLE[:-1], SAMPLE[:60], BODY, b"cat 2630\n" + BODY, b"cat (x, #threads: 1)\n" + BODY]
)
def test_what_is_cut_off_or_garbage_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        _ = parse_pid_sched(raw).pid


@given(mangled(SAMPLE))
def test_any_bytes_give_a_task_or_parse_error(raw: bytes) -> None:
    stands(parse_pid_sched, raw)
