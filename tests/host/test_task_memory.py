from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
from tests.processes import read, sleeping, zombie
from tests.requires import requires
from tests.trees import plant

from bedplate.host.root import READ_LIMIT_BYTES, LiveRoot
from bedplate.host.task_memory import KERNEL_THREAD, ZOMBIE, read_task_memory
from bedplate.values.reading import Absent, Malformed, Present

if TYPE_CHECKING:
    from pathlib import Path

    from bedplate.facts.task_memory import TaskMemory
    from bedplate.values.reading import Reading

# Becomes an ordinary user, and looks into a process that is not his.
ORDINARY = """
import os, sys
from bedplate.host.root import LiveRoot
from bedplate.host.task_memory import read_task_memory
from bedplate.values.reading import Denied
root = LiveRoot()
read_task_memory(root, int(sys.argv[1]))
os.setresuid(65534, 65534, 65534)
assert isinstance(read_task_memory(root, int(sys.argv[1])), Denied)
"""


def here(pid: int) -> Reading[TaskMemory]:
    with LiveRoot() as root:
        return read_task_memory(root, pid)


def files_of(pid: int, *names: str) -> dict[str, bytes | str]:
    return {f"/proc/7/{name}": read(pid, name) or b"" for name in names}


def test_a_process_agrees_with_psutil() -> None:
    with sleeping() as pid:
        found, shown = here(pid), psutil.Process(pid).memory_full_info()
    assert isinstance(found, Present)
    assert found.value.method == "smaps_rollup"
    assert found.value.sizes["Pss"] == shown.pss
    assert found.value.sizes["Private_Clean"] + found.value.sizes["Private_Dirty"] == shown.uss


def test_trap_08_a_kernel_thread_a_zombie_and_one_that_is_gone_are_not_zero() -> None:
    requires("root")
    kernel = here(2)
    assert isinstance(kernel, Absent)
    assert kernel.reason == KERNEL_THREAD
    with zombie() as pid:
        ended = here(pid)
    assert isinstance(ended, Absent)
    assert ended.reason == ZOMBIE
    gone = here(pid)
    assert isinstance(gone, Absent)
    assert gone.reason == "the process has ended"


def test_trap_09_smaps_is_added_up_only_where_there_is_no_rollup(tmp_path: Path) -> None:
    with sleeping() as pid:
        texts = files_of(pid, "stat", "smaps", "smaps_rollup")
    with plant(tmp_path / "new", texts) as root:
        rollup = read_task_memory(root, 7)
    del texts["/proc/7/smaps_rollup"]
    with plant(tmp_path / "old", texts) as root:
        added = read_task_memory(root, 7)
    assert isinstance(rollup, Present)
    assert isinstance(added, Present)
    assert (rollup.value.method, added.value.method) == ("smaps_rollup", "smaps")
    assert added.source.path == "/proc/7/smaps"
    assert set(rollup.value.sizes) - set(added.value.sizes) == {"Pss_Anon", "Pss_File", "Pss_Shmem"}
    assert set(added.value.sizes) <= set(rollup.value.sizes)
    assert added.value.sizes["Rss"] == rollup.value.sizes["Rss"]


def test_a_process_that_lost_its_memory_meanwhile(tmp_path: Path) -> None:
    with sleeping() as pid:
        texts = files_of(pid, "stat")
    with plant(tmp_path, {**texts, "/proc/7/smaps": b""}) as root:
        found = read_task_memory(root, 7)
    assert isinstance(found, Absent)
    assert found.reason == ZOMBIE


def test_smaps_of_many_mappings(tmp_path: Path) -> None:
    with sleeping() as pid:
        texts = files_of(pid, "stat", "smaps")
    smaps = texts["/proc/7/smaps"]
    assert isinstance(smaps, bytes)
    times = READ_LIMIT_BYTES // len(smaps) + 1
    with plant(tmp_path / "one", texts) as root:
        once = read_task_memory(root, 7)
    with plant(tmp_path / "many", {**texts, "/proc/7/smaps": smaps * times}) as root:
        many = read_task_memory(root, 7)
    assert isinstance(once, Present)
    assert isinstance(many, Present), many
    assert many.value.sizes["Rss"] == times * once.value.sizes["Rss"]


def test_garbage_is_malformed_with_the_file_that_holds_it(tmp_path: Path) -> None:
    with sleeping() as pid:
        texts = files_of(pid, "stat")
    for name, text in (("smaps_rollup", b"x\n"), ("smaps", b"x\n"), ("stat", b"")):
        with plant(tmp_path / name, {**texts, f"/proc/7/{name}": text}) as root:
            found = read_task_memory(root, 7)
        assert isinstance(found, Malformed)
        assert found.source.path == f"/proc/7/{name}"


def test_a_capture_that_does_not_hold_the_process(tmp_path: Path) -> None:
    with plant(tmp_path, {"/proc/meminfo": b""}) as root:
        found = read_task_memory(root, 7)
    assert isinstance(found, Absent)
    assert not found.certain


def test_a_process_that_may_not_be_looked_into() -> None:
    requires("root")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with sleeping() as pid:
        argv = [sys.executable, "-c", ORDINARY, str(pid)]
        done = subprocess.run(argv, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
