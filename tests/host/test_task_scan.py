"""The scan of all tasks: once, again and again, and while tasks come and go."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from typing import TYPE_CHECKING

import psutil
import pytest
from tests.processes import HOSTILE_NAMES, calling_itself, read, sleeping, zombie
from tests.requires import requires
from tests.trees import plant

from bedplate.host.root import LiveRoot
from bedplate.host.task_scan import TaskScan, scan_tasks
from bedplate.parse.pid_stat import parse_pid_stat

if TYPE_CHECKING:
    from pathlib import Path

    from bedplate.facts.tasks import TaskRows
    from bedplate.parse.pid_stat_row import StatRow

HEAD = b" S 1 2 3 0 -1 4194304 1 0 0 0 7 8 0 0 20 0 1 0 99 4096 5 18446744073709551615 1 1"
STAT = HEAD + b" 0" * 10 + b" 17 3" + b" 0" * 13


def line(pid: int, comm: bytes = b"x") -> bytes:
    return b"%d (%b)%b\n" % (pid, comm, STAT)


def by_pid(found: TaskRows) -> dict[int, StatRow]:
    return {row.pid: row for row in found.rows}


def test_the_sample_is_a_task() -> None:
    stat = parse_pid_stat(line(5))
    assert (stat.last_cpu, stat.rss, stat.utime) == (3, 5, 7)


@pytest.mark.parametrize("keep", [0, 5, None], ids=str)
def test_every_process_here_is_seen(keep: int | None) -> None:
    with LiveRoot() as root, TaskScan(root, keep=keep) as scan, sleeping() as pid:
        for _ in range(3):
            found = scan.scan()
            rows = by_pid(found)
            assert rows[pid].comm == b"sleep"
            assert rows[pid].state == b"T"
            assert rows[pid].ppid == os.getpid()
            assert rows[os.getpid()].num_threads == len(os.listdir("/proc/self/task"))
            assert (found.denied, found.problems) == (0, [])


def test_it_agrees_with_psutil() -> None:
    with LiveRoot() as root, sleeping() as one, sleeping() as other:
        rows = by_pid(scan_tasks(root))
        for pid in (one, other):
            process = psutil.Process(pid)
            times = process.cpu_times()
            row = rows[pid]
            assert (row.comm.decode(), row.ppid, row.num_threads) == (process.name(), process.ppid(), 1)
            assert row.processor == process.cpu_num()
            ticks = os.sysconf("SC_CLK_TCK")
            assert (row.utime / ticks, row.stime / ticks) == (times.user, times.system)
        assert set(rows) >= {process.pid for process in psutil.process_iter() if process.ppid() in (0, 2)}


def test_it_agrees_with_ps() -> None:
    requires("oracles")
    with LiveRoot() as root:
        shown = subprocess.run(["ps", "-eo", "pid,ppid,nlwp"], capture_output=True, check=True, text=True).stdout
        rows = by_pid(scan_tasks(root))
    lasting = [[int(word) for word in text.split()] for text in shown.splitlines()[1:]]
    agreed = [(pid, ppid) for pid, ppid, threads in lasting if ppid in (0, 2) and rows[pid].num_threads == threads]
    assert len(agreed) > 5
    assert all(rows[pid].ppid == ppid for pid, ppid in agreed)


@pytest.mark.parametrize("name", HOSTILE_NAMES[:6])
def test_a_hostile_name_forges_nothing(name: bytes) -> None:
    with LiveRoot() as root, calling_itself(name) as pid:
        row = by_pid(scan_tasks(root))[pid]
        assert (row.comm, row.ppid, row.num_threads) == (name[:15], os.getpid(), 1)


def test_threads_have_rows_of_their_own() -> None:
    started = threading.Barrier(4)
    end = threading.Event()

    def wait() -> None:
        started.wait()
        end.wait()

    threads = [threading.Thread(target=wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    started.wait()
    try:
        with LiveRoot() as root, TaskScan(root, threads=True) as scan:
            for _ in range(2):
                rows = by_pid(scan.scan())
                assert {thread.native_id for thread in threads} | {os.getpid()} <= set(rows)
                assert {rows[thread.native_id or 0].ppid for thread in threads} == {os.getppid()}
                assert [row.pid for row in scan.scan().rows] == sorted(row.pid for row in scan.scan().rows)
            assert not {thread.native_id for thread in threads} & set(by_pid(scan_tasks(root)))
    finally:
        end.set()
        for thread in threads:
            thread.join()


def test_tasks_that_come_and_go_between_scans() -> None:
    with LiveRoot() as root, TaskScan(root) as scan:
        with sleeping() as pid:
            assert pid in by_pid(scan.scan())
        assert pid not in by_pid(scan.scan())
        with sleeping() as later:
            assert later in by_pid(scan.scan())


def test_tasks_that_end_while_they_are_read_are_counted_and_nothing_breaks() -> None:
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            subprocess.run(["true"], check=True)

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        with LiveRoot() as root, TaskScan(root) as scan:
            until = time.monotonic() + 1
            while time.monotonic() < until:
                found = scan.scan()
                assert os.getpid() in by_pid(found)
                assert (found.denied, found.problems) == (0, [])
                assert found.ended >= 0
    finally:
        stop.set()
        thread.join()


def test_kernel_threads_and_zombies_have_no_address_space() -> None:
    requires("root")
    with LiveRoot() as root, zombie() as pid:
        rows = by_pid(scan_tasks(root))
        assert (rows[pid].state, rows[pid].rss) == (b"Z", None)
        assert rows[2].rss is None


def test_a_task_that_moved_on_is_read_anew() -> None:
    with LiveRoot() as root, TaskScan(root) as scan:
        before = by_pid(scan.scan())[os.getpid()]
        until = time.process_time() + 0.05
        while time.process_time() < until:
            pass
        after = by_pid(scan.scan())[os.getpid()]
        assert after.utime + after.stime > before.utime + before.stime


def test_a_capture_is_scanned_as_a_host_is(tmp_path: Path) -> None:
    root = plant(
        tmp_path,
        {
            "/proc/5/stat": line(5),
            "/proc/12/stat": line(12, b") R 1 (\n").replace(b" 20 0 1 0 ", b" 20 0 2 0 "),
            "/proc/12/task/12/stat": line(12),
            "/proc/12/task/13/stat": line(13),
            "/proc/6/stat": b"garbage",
            "/proc/7/comm": b"no stat\n",
            "/proc/8": b"a file\n",
            "/proc/\u0665/stat": line(5),
            "/proc/meminfo": b"MemTotal: 1 kB\n",
        },
    )
    with root, TaskScan(root) as scan:
        for _ in range(2):
            found = scan.scan()
            assert sorted(row.pid for row in found.rows) == [5, 12]
            assert by_pid(found)[12].comm == b") R 1 (\n"
            assert (found.ended, found.denied) == (2, 0)
            assert [problem.path for problem in found.problems] == ["/proc/6/stat"]
        assert [row.pid for row in scan_tasks(root, threads=True).rows] == [5, 12, 13]


def test_a_capture_without_proc(tmp_path: Path) -> None:
    with plant(tmp_path, {"/sys/x": b""}) as root, TaskScan(root) as scan, pytest.raises(FileNotFoundError):
        scan.scan()


def test_every_descriptor_is_closed() -> None:
    def count() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = count()
    with LiveRoot() as root:
        for threads in (False, True):
            with TaskScan(root, threads=threads) as scan:
                scan.scan()
                scan.scan()
                assert count() > before + 5
            scan_tasks(root, threads=threads)
    assert count() == before


def test_the_bytes_of_a_scan_are_those_of_the_file() -> None:
    with LiveRoot() as root, sleeping() as pid:
        raw = read(pid, "stat")
        assert raw is not None
        assert by_pid(scan_tasks(root))[pid].processor == parse_pid_stat(raw).last_cpu
