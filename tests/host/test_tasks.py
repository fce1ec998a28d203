"""Every task with its files: against system calls, psutil, moves to another cpuset, captures and hostile ones."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from tests.hostile import mangled
from tests.processes import HOSTILE_NAMES, calling_itself, sleeping, zombie
from tests.recorded import each_machine, folder
from tests.requires import requires
from tests.trees import plant

from bedplate.facts.specimen_tasks import specimen_task, specimen_tasks
from bedplate.facts.tasks import Fixed, Task, Tasks
from bedplate.host.folder import FolderRoot
from bedplate.host.host import Host
from bedplate.host.root import LiveRoot
from bedplate.host.tasks import read_tasks
from bedplate.parse.task_state import TaskFlag
from bedplate.values.idset import CpuSet, NodeSet
from bedplate.values.reading import Absent, Denied, Malformed, Present, value_of

HEAD = b" S 1 2 3 0 -1 %d 1 0 0 0 7 8 0 0 20 0 %d 0 99 4096 5 18446744073709551615 1 1"
STAT = HEAD + b" 0" * 10 + b" 17 3 50 1" + b" 0" * 11
# Becomes an ordinary user, and says of kthreadd what he can know.
ORDINARY = """
import os
from bedplate.facts.tasks import Fixed
from bedplate.host.root import LiveRoot
from bedplate.host.tasks import read_tasks
from bedplate.values.reading import Present
root = LiveRoot()
read_tasks(root)
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
found = read_tasks(root)
kthreadd = found.by_tid()[2]
assert kthreadd.fixed is Fixed.KTHREADD
assert isinstance(kthreadd.affinity, Present)
assert found.problems == ()
"""


def line(tid: int, flags: int = 4194304, threads: int = 1) -> bytes:
    return b"%d (x)" % tid + STAT % (flags, threads) + b"\n"


def files(pid: int, **changed: bytes) -> dict[str, bytes | str]:
    texts = {
        "stat": line(pid),
        "status": b"Name:\tx\nCpus_allowed_list:\t0-3\nMems_allowed_list:\t0\n",
        "oom_score": b"5\n",
        "oom_score_adj": b"-7\n",
        "cgroup": b"3:cpuset:/rt\n0::/x.slice\n",
    }
    return {f"/proc/{pid}/{name}": text for name, text in {**texts, **changed}.items()}


def here() -> Tasks:
    with LiveRoot() as root:
        return read_tasks(root)


@pytest.fixture(scope="module")
def all_tasks() -> Tasks:
    return here()


def test_every_task_here_is_read_whole(all_tasks: Tasks) -> None:
    assert (all_tasks.denied, all_tasks.problems) == (0, ())
    order = [(task.pid, task.tid) for task in all_tasks.tasks]
    assert order == sorted(order)
    for task in all_tasks.tasks:
        for reading in (task.affinity, task.mems_allowed, task.oom_score, task.oom_score_adj, task.cgroups):
            assert isinstance(reading, Present), reading
        assert task.path in (f"/proc/{task.pid}", f"/proc/{task.pid}/task/{task.tid}")
        assert task.policy is not None
        assert not task.policy.startswith("policy ")
    assert {process.pid for process in psutil.process_iter() if process.ppid() == 2} <= set(all_tasks.by_tid())


def test_a_stopped_process_agrees_with_system_calls_and_psutil() -> None:
    with sleeping("taskset", "-c", str(max(os.sched_getaffinity(0))), "nice", "-n", "5", "sleep", "600") as pid:
        task = here().by_tid()[pid]
        process = psutil.Process(pid)
        assert value_of(task.affinity) == CpuSet(os.sched_getaffinity(pid)) == CpuSet(process.cpu_affinity() or [])
        assert (task.policy, task.stat.nice, task.stat.rt_priority) == ("other", 5, 0)
        assert task.last_cpu == process.cpu_num()
        assert value_of(task.oom_score_adj) == int(Path(f"/proc/{pid}/oom_score_adj").read_text())
        assert value_of(task.oom_score) == int(Path(f"/proc/{pid}/oom_score").read_text())
        cgroups = value_of(task.cgroups)
        assert cgroups is not None
        assert cgroups.raw == Path(f"/proc/{pid}/cgroup").read_bytes()
        assert task.cpuset == Path(f"/proc/{pid}/cpuset").read_bytes().rstrip(b"\n")
        assert (task.kernel_thread, task.movable, task.pid) == (False, True, pid)


@pytest.mark.parametrize(
    ("option", "policy", "priority"), [("-f", "fifo", 7), ("-r", "rr", 3), ("-b", "batch", 0), ("-i", "idle", 0)]
)
def test_policies_and_priorities_that_chrt_set(option: str, policy: str, priority: int) -> None:
    requires("root", "oracles")
    started = subprocess.run(["chrt", option, str(priority), "true"], capture_output=True, check=False)
    if started.returncode:
        pytest.skip(f"needs a cgroup with real-time runtime: {started.stderr.decode().strip()}")
    with sleeping("chrt", option, str(priority), "sleep", "600") as pid:
        task = here().by_tid()[pid]
        assert (task.policy, task.stat.rt_priority) == (policy, priority)
        assert task.stat.policy == os.sched_getscheduler(pid)
        assert task.stat.priority == (-1 - priority if priority else task.stat.priority)


def test_each_thread_is_a_task_with_its_own_affinity() -> None:
    started, end = threading.Barrier(2), threading.Event()
    cpu = min(os.sched_getaffinity(0))

    def wait() -> None:
        os.sched_setaffinity(0, {cpu})  # of this thread alone
        started.wait()
        end.wait()

    thread = threading.Thread(target=wait)
    thread.start()
    started.wait()
    try:
        tasks = here().by_tid()
    finally:
        end.set()
        thread.join()
    assert thread.native_id is not None
    one, first = tasks[thread.native_id], tasks[os.getpid()]
    assert (one.pid, one.tid, first.pid) == (os.getpid(), thread.native_id, os.getpid())
    assert value_of(one.affinity) == CpuSet([cpu])
    assert value_of(first.affinity) == CpuSet(os.sched_getaffinity(os.getpid()))
    assert one.oom_score == first.oom_score


def test_kernel_threads_are_told_and_what_cannot_be_moved(all_tasks: Tasks) -> None:
    requires("root")
    kernel = [task for task in all_tasks.tasks if task.kernel_thread]
    assert all(task.stat.ppid in (0, 2) for task in kernel)
    assert {task.pid for task in all_tasks.tasks if task.stat.ppid == 2} <= {task.pid for task in kernel}
    assert all_tasks.by_tid()[2].fixed is Fixed.KTHREADD
    bound = [task for task in kernel if task.fixed is Fixed.NO_SETAFFINITY]
    assert bound
    assert all(not task.movable for task in bound)


def answer_to_its_own_affinity(tid: int) -> int:
    """Return the errno of giving a task the affinity that it has, which changes nothing; 0 where it takes it."""
    try:
        os.sched_setaffinity(tid, os.sched_getaffinity(tid))
    except OSError as error:
        return error.errno or 0
    return 0


def test_a_task_with_the_flag_refuses_another_affinity_and_the_others_take_it(all_tasks: Tasks) -> None:
    requires("root")
    kernel = [task for task in all_tasks.tasks if task.kernel_thread]
    answers = {task.tid: answer_to_its_own_affinity(task.tid) for task in kernel}
    lasting = [task for task in kernel if answers[task.tid] != errno.ESRCH]
    assert {task.tid for task in lasting if answers[task.tid] == errno.EINVAL} == {
        task.tid for task in lasting if task.fixed is Fixed.NO_SETAFFINITY
    }
    assert set(answers.values()) >= {0, errno.EINVAL}


@pytest.mark.parametrize("name", HOSTILE_NAMES[:6])
def test_a_hostile_name_forges_nothing(name: bytes) -> None:
    with calling_itself(name) as pid:
        task = here().by_tid()[pid]
        assert (task.comm, task.stat.ppid, task.fixed) == (name[:15], os.getpid(), None)
        assert value_of(task.affinity) == CpuSet(os.sched_getaffinity(pid))


def test_trap_08_zombies_and_kernel_threads_have_no_address_space() -> None:
    requires("root")
    with zombie() as pid:
        tasks = here().by_tid()
    for tid in (2, pid):
        assert not tasks[tid].stat.has_address_space
        assert tasks[tid].stat.rss is None
    assert tasks[pid].stat.state == "Z"
    assert isinstance(tasks[pid].cgroups, Present)


def test_trap_07_tasks_that_end_meanwhile_are_counted_and_nothing_breaks() -> None:
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            subprocess.run(["sh", "-c", "true & true & true"], check=True)

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        until, ended = time.monotonic() + 2, 0
        while time.monotonic() < until:
            found = here()
            ended += found.ended
            assert found.problems == ()
            assert os.getpid() in found.by_tid()
            assert all(isinstance(task.affinity, Present) for task in found.tasks)
    finally:
        stop.set()
        thread.join()


def test_an_ordinary_user_reads_what_he_may() -> None:
    requires("root")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", ORDINARY], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def in_namespace(options: str, before: str, script: str) -> None:
    """Run a script of Python in new namespaces, after commands of the shell; it must end well and say nothing."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    shell = f'{before} exec "$0" -c "$1"'
    argv = ["unshare", *options.split(), "sh", "-c", shell, sys.executable, script]
    done = subprocess.run(argv, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


NAMESPACED = """
import os
from bedplate.host.root import LiveRoot
from bedplate.host.task_scan import scan_tasks
from bedplate.host.tasks import read_tasks
from bedplate.values.reading import Present
root = LiveRoot()
found = read_tasks(root)
assert [task.pid for task in found.tasks] == [os.getpid()] == [1], found.tasks
assert isinstance(found.tasks[0].affinity, Present)
assert found.tasks[0].stat.ppid == 0
assert [row.pid for row in scan_tasks(root).rows] == [1]
"""


def test_a_pid_namespace_of_its_own_has_its_own_numbers() -> None:
    requires("root", "namespaces", "oracles")
    in_namespace("--mount --pid --fork --mount-proc", "", NAMESPACED)


HIDDEN = """
import os
from bedplate.host.root import LiveRoot
from bedplate.host.task_scan import scan_tasks
from bedplate.host.tasks import read_tasks
root = LiveRoot()
assert len(read_tasks(root).tasks) == 7
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
found, rows = read_tasks(root), scan_tasks(root)
assert found.problems == () and rows.problems == []
assert [task.pid for task in found.tasks] == [os.getpid()] == [row.pid for row in rows.rows]
assert (found.denied, rows.denied) == (DENIED, DENIED), (found.denied, rows.denied)
"""


@pytest.mark.parametrize(("hidepid", "denied"), [(1, True), (2, False)])
def test_tasks_that_hidepid_keeps_away_are_denied_or_not_listed(hidepid: int, denied: bool) -> None:
    requires("root", "namespaces", "oracles")
    # In a pid namespace of its own: before Linux 5.8 the option was one for all mounts of a namespace.
    before = f"mount -t proc -o hidepid={hidepid} proc /proc && for i in 1 2 3 4 5 6; do sleep 600 & done;"
    in_namespace("--mount --pid --fork", before, HIDDEN.replace("DENIED", "6" if denied else "0"))


def test_a_capture_of_two_processes(tmp_path: Path) -> None:
    threads = {
        "/proc/9/stat": line(9, threads=2),
        **{f"/proc/9/task/{tid}/{name}": text for tid in (9, 10) for name, text in (("stat", line(tid)),)},
    }
    with plant(tmp_path, {**files(5), **files(9), **threads}) as root:
        found = read_tasks(root)
    assert [(task.pid, task.tid) for task in found.tasks] == [(5, 5), (9, 9), (9, 10)]
    first = found.tasks[0]
    assert (value_of(first.affinity), value_of(first.mems_allowed)) == (CpuSet(range(4)), NodeSet([0]))
    assert (value_of(first.oom_score), value_of(first.oom_score_adj), first.cpuset) == (5, -7, b"/rt")
    assert (first.policy, first.stat.rt_priority, first.last_cpu) == ("fifo", 50, 3)
    # This capture does not hold the status of the threads.
    lacking = found.tasks[2].affinity
    assert isinstance(lacking, Absent)
    assert not lacking.certain
    assert (value_of(found.tasks[2].oom_score), found.ended, found.problems) == (5, 0, ())


def test_a_capture_without_the_threads_that_it_counts(tmp_path: Path) -> None:
    with plant(tmp_path, files(5, stat=line(5, threads=7))) as root:
        (task,) = read_tasks(root).tasks
    assert (task.tid, task.stat.num_threads) == (5, 7)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("status", b"Name:\tx\nCpus_allowed_list:\t1-1444444444444\nMems_allowed_list:\t0\n"),
        ("status", b"Name:\tx\nMems_allowed_list:\t0\n"),
        ("status", b"\xff" * 100),
        ("oom_score", b"-1\n"),
        ("oom_score_adj", b""),
        ("cgroup", b"3:cpuset:/rt"),
        ("cgroup", b"garbage\n"),
    ],
)
def test_a_file_that_is_garbage_is_malformed_and_the_rest_goes_on(name: str, text: bytes, tmp_path: Path) -> None:
    with plant(tmp_path, files(5, **{name: text})) as root:
        (task,) = read_tasks(root).tasks
    readings = {
        "status": task.affinity,
        "oom_score": task.oom_score,
        "oom_score_adj": task.oom_score_adj,
        "cgroup": task.cgroups,
    }
    assert isinstance(readings.pop(name), Malformed)
    assert all(isinstance(reading, Present) for reading in readings.values())


def test_a_stat_that_is_garbage_or_of_another_task_is_a_problem(tmp_path: Path) -> None:
    with plant(tmp_path, {**files(5, stat=b"garbage"), **files(6, stat=line(7)), **files(8)}) as root:
        found = read_tasks(root)
    assert [task.tid for task in found.tasks] == [6, 8]
    assert [problem.path for problem in found.problems] == ["/proc/5/stat", "/proc/6/stat"]


def test_a_kernel_without_cpusets_and_without_cgroups(tmp_path: Path) -> None:
    texts = files(5, status=b"Name:\tx\nCpus_allowed_list:\t0-3\n")
    del texts["/proc/5/cgroup"]
    with plant(tmp_path, texts) as root:
        (task,) = read_tasks(root).tasks
    assert isinstance(task.mems_allowed, Absent)
    assert task.mems_allowed.certain
    assert isinstance(task.cgroups, Absent)
    assert task.cpuset is None


def test_a_host_without_tasks(tmp_path: Path) -> None:
    with plant(tmp_path, {"/sys/x": b""}) as root:
        assert isinstance(read_tasks(root).folder, Absent)
    with plant(tmp_path, {"/proc/meminfo": b""}) as root:
        found = read_tasks(root)
    assert isinstance(found.folder, Absent)
    assert not found.folder.certain


def test_a_proc_that_may_not_be_listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with plant(tmp_path, files(5)) as root:

        def refused(path: str, keep: int = 0) -> None:
            raise PermissionError(errno.EACCES, "Permission denied", path)

        monkeypatch.setattr(root, "hold", refused)
        assert isinstance(read_tasks(root).folder, Denied)


@each_machine
def test_every_recorded_machine_is_read(machine: str) -> None:
    with FolderRoot(str(folder(machine))) as root:
        found = read_tasks(root)
    listed = [path for path in (folder(machine) / "proc").glob("[0-9]*") if path.is_dir()]
    assert len(found.tasks) + found.ended + found.denied + len(found.problems) >= len(listed)
    assert isinstance(found.folder, Present) == bool(listed)


@given(mangled(line(5)), mangled(b"Name:\tx\nCpus_allowed_list:\t0-3\nMems_allowed_list:\t0\n"), mangled(b"0::/x\n"))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_capture_ends_the_reader(tmp_path: Path, stat: bytes, status: bytes, cgroup: bytes) -> None:
    with plant(tmp_path, files(5, stat=stat, status=status, cgroup=cgroup)) as root:
        found = read_tasks(root)
    for task in found.tasks:
        assert task.cpuset is None or isinstance(task.cpuset, bytes)
        assert task.fixed is None or isinstance(task.fixed, Fixed)
    assert len(found.tasks) + len(found.problems) >= 1


def test_the_host_has_them_and_reads_them_only_when_asked() -> None:
    with Host.live() as host:
        assert os.getpid() in host.facts(["tasks"]).tasks.by_tid()
        from bedplate.host.host import SECTIONS

        assert "tasks" not in SECTIONS, "a capture of every process is made on request alone"


def test_specimens_are_what_they_say() -> None:
    init, kthreadd, migration = specimen_tasks().tasks
    assert (init.movable, init.kernel_thread, init.cpuset) == (True, False, b"/init.scope")
    assert (kthreadd.fixed, migration.fixed) == (Fixed.KTHREADD, Fixed.NO_SETAFFINITY)
    busy: Task = specimen_task(9, b"rt", affinity="4-5", last_cpu=4, policy=1, rt_priority=80)
    assert (busy.policy, busy.stat.priority, busy.last_cpu) == ("fifo", -81, 4)
    assert not kthreadd.stat.has_address_space
    assert TaskFlag.KTHREAD in kthreadd.stat.flags
