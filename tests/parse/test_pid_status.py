from __future__ import annotations

import os
import subprocess
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from tests.hostile import mangled, stands
from tests.processes import HOSTILE_NAMES, calling_itself, every, read, sleeping, zombie
from tests.recorded import folder
from tests.requires import requires

from bedplate.errors import ParseError
from bedplate.parse.pid_status import Ids, SigQ, parse_pid_status
from bedplate.parse.task_state import STATES
from bedplate.values.idset import CpuSet, NodeSet

SAMPLE = (
    b"Name:\ta\\nPid:\t1\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t7\nNgid:\t0\nPid:\t8\nPPid:\t6\nTracerPid:\t0\n"
    b"Uid:\t1\t2\t3\t4294967295\nGid:\t5\t6\t7\t8\nFDSize:\t256\nGroups:\t10 20 \nNStgid:\t7\t1\nNSpid:\t8\t2\n"
    b"Kthread:\t0\nVmSize:\t    3060 kB\nVmRSS:\t    1740 kB\nRssAnon:\t     112 kB\nVmSwap:\t       0 kB\n"
    b"HugetlbPages:\t    2048 kB\nCoreDumping:\t0\nTHP_enabled:\t1\nuntag_mask:\t0xffffffffffffffff\nThreads:\t3\n"
    b"SigQ:\t2/96365\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\nSigBlk:\t7be3c0fe28014a03\n"
    b"SigIgn:\t0000000000001000\nSigCgt:\t0000000000000000\nCapInh:\t0000000000000000\nCapPrm:\t000001ffffffffff\n"
    b"CapEff:\t000001ffffffffff\nCapBnd:\t000001ffffffffff\nNoNewPrivs:\t1\nSeccomp:\t2\n"
    b"Speculation_Store_Bypass:\tthread vulnerable\nCpus_allowed:\tff,00000003\nCpus_allowed_list:\t0-1,32-39\n"
    b"Mems_allowed:\t00000000,00000001\nMems_allowed_list:\t0\nvoluntary_ctxt_switches:\t150\n"
    b"nonvoluntary_ctxt_switches:\t545\n"
)


def test_the_lines() -> None:
    status = parse_pid_status(SAMPLE)
    assert (status.name, status.umask, status.state, status.tgid, status.pid) == (b"a\nPid:\t1", 0o22, "S", 7, 8)
    assert (status.uid, status.groups, status.nspid) == (Ids(1, 2, 3, 4294967295), (10, 20), (8, 2))
    assert (status.vm_rss, status.rss_anon, status.vm_lck) == (1740 << 10, 112 << 10, None)
    assert (status.kthread, status.core_dumping, status.thp_enabled) == (False, False, True)
    assert (status.untag_mask, status.sig_q) == (2**64 - 1, SigQ(2, 96365))
    assert (status.sig_blk, status.cap_eff, status.cap_amb) == (0x7BE3C0FE28014A03, 0x1FFFFFFFFFF, None)
    assert (status.no_new_privs, status.seccomp, status.seccomp_filters) == (True, 2, None)
    assert status.speculation_store_bypass == "thread vulnerable"
    assert status.cpus_allowed == status.cpus_allowed_list == CpuSet([0, 1, *range(32, 40)])
    assert status.mems_allowed == NodeSet([0])
    assert (status.voluntary_ctxt_switches, status.unknown) == (150, {})


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_trap_04_no_name_forges_a_line(name: bytes) -> None:
    with calling_itself(name) as pid:
        raw = read(pid, "status")
        assert raw is not None
        status = parse_pid_status(raw)
        assert (status.name, status.pid, status.ppid, status.tgid) == (name[:15], pid, os.getpid(), pid)
        assert status.unknown == {}


def test_trap_08_kernel_threads_and_zombies_have_no_address_space() -> None:
    requires("root")
    with zombie() as pid:
        for task in (2, pid):
            raw = read(task, "status")
            assert raw is not None
            status = parse_pid_status(raw)
            assert not status.has_address_space
            assert {status.vm_size, status.vm_rss, status.vm_swap, status.vm_pte} == {None}
            assert status.kthread in (None, task == 2)
    assert parse_pid_status(SAMPLE).has_address_space


def test_trap_10_lines_of_later_kernels_are_kept() -> None:
    assert parse_pid_status(SAMPLE + b"Mood:\tfine today\nVmNew:\t  5 kB\n").unknown == {
        "Mood": b"fine today",
        "VmNew": b"5 kB",
    }


def test_trap_28_a_mask_of_more_than_1024_cpus() -> None:
    mask = b",".join([b"80000000", *[b"00000000"] * 62, b"00000001"])
    wide = SAMPLE.replace(b"ff,00000003", mask).replace(b"0-1,32-39", b"0,2047")
    status = parse_pid_status(wide)
    assert status.cpus_allowed == status.cpus_allowed_list == CpuSet([0, 2047])


def test_every_process_here_has_every_line_that_all_kernels_write() -> None:
    for pid, raw in every("status"):
        status = parse_pid_status(raw)
        assert status.unknown == {}
        assert (status.pid, status.tgid) == (pid, pid)
        assert status.state in STATES
        assert status.cpus_allowed == status.cpus_allowed_list
        assert status.mems_allowed == status.mems_allowed_list
        assert status.threads >= 0
        assert status.vm_rss == (
            None if status.rss_anon is None else status.rss_anon + (status.rss_file or 0) + (status.rss_shmem or 0)
        )


def test_a_stopped_process_agrees_with_psutil_and_with_system_calls() -> None:
    with sleeping() as pid:
        raw, process = read(pid, "status"), psutil.Process(pid)
        assert raw is not None
        status = parse_pid_status(raw)
        assert status.cpus_allowed == CpuSet(os.sched_getaffinity(pid)) == CpuSet(process.cpu_affinity() or [])
        assert (status.uid[:3], status.gid[:3]) == (tuple(process.uids()), tuple(process.gids()))
        switches = process.num_ctx_switches()
        assert (status.voluntary_ctxt_switches, status.nonvoluntary_ctxt_switches) == tuple(switches)
        assert (status.vm_rss, status.vm_swap) == (process.memory_info().rss, process.memory_full_info().swap)
        assert (status.ppid, status.state, status.threads) == (os.getpid(), "T", 1)


def test_what_taskset_set_is_told() -> None:
    requires("oracles")
    cpu = max(os.sched_getaffinity(0))
    shown = subprocess.run(["taskset", "-c", str(cpu), "cat", "/proc/self/status"], capture_output=True, check=True)
    assert parse_pid_status(shown.stdout).cpus_allowed == CpuSet([cpu])


def test_this_process_has_the_umask_and_groups_that_it_has() -> None:
    status = parse_pid_status(Path("/proc/self/status").read_bytes())
    umask = os.umask(0o22)
    os.umask(umask)
    assert status.umask == umask
    assert set(status.groups) == set(os.getgroups())
    assert status.uid.effective == os.geteuid()


def test_the_recorded_fixtures() -> None:
    proc = folder("procfs--fixtures") / "proc"
    older = parse_pid_status((proc / "26231/status").read_bytes())
    assert (older.name, older.pid, older.vm_pmd, older.kthread) == (b"prometheus", 26231, 12 << 10, None)
    assert (older.cpus_allowed, older.uid.saved) == (CpuSet(range(8)), 1000)
    with pytest.raises(ParseError):  # written by hand, with spaces where the kernel writes a tab
        parse_pid_status((proc / "26235/status").read_bytes())


@pytest.mark.parametrize(
    "raw", [b"", b"\n", SAMPLE[:-1], SAMPLE[:70], b"x" * 100 + b"\n", SAMPLE.replace(b"Name", b"Nome")]
)
def test_what_is_cut_off_or_garbage_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        parse_pid_status(raw)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (b"Pid:\tx", "pid"),
        (b"Pid:\t-8", "pid"),
        (b"Uid:\t1\t2\t3", "uid"),
        (b"VmRSS:\t1740", "vm_rss"),
        (b"VmRSS:\t1_7 kB", "vm_rss"),
        (b"Umask:\t0099", "umask"),
        (b"State:\t", "state"),
        (b"SigQ:\t2", "sig_q"),
        (b"SigBlk:\t0x12", "sig_blk"),
        (b"CapEff:\t" + b"f" * 17, "cap_eff"),
        (b"Kthread:\t2", "kthread"),
        (b"Cpus_allowed:\tzz", "cpus_allowed"),
        (b"Cpus_allowed_list:\t1-1444444444444", "cpus_allowed_list"),
        (b"NSpid:\t8 x", "nspid"),
    ],
)
def test_a_line_that_is_garbage_is_refused_when_it_is_asked_for(line: bytes, field: str) -> None:
    name = line.partition(b":")[0] + b":"
    lines = [line if one.startswith(name) else one for one in SAMPLE.split(b"\n")]
    status = parse_pid_status(b"\n".join(lines))
    assert status.threads == 3
    with pytest.raises(ParseError):
        getattr(status, field)


def test_a_line_that_every_kernel_writes_and_is_not_there() -> None:
    with pytest.raises(ParseError, match="no such line"):
        _ = parse_pid_status(b"Name:\tx\n").pid


@given(mangled(SAMPLE))
def test_any_bytes_give_a_status_or_parse_error(raw: bytes) -> None:
    stands(parse_pid_status, raw)
