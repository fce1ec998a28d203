"""IPC: of this machine, in a namespace of its own, and of trees with wounds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from tests import recorded
from tests.host.hostile_trees import Tree, TreeRoot, kinds_of_an_ordinary_user, readings_in, wounded
from tests.requires import requires
from tests.trees import FolderRoot

from bedplate.facts.ipc import InterProcess, Usage, usage_of
from bedplate.host.host import Host
from bedplate.host.ipc import read_ipc
from bedplate.host.mounts import read_mounts
from bedplate.host.root import Root
from bedplate.parse.mqueue import QueueState
from bedplate.values.reading import Absent, Malformed, Present, value_of

TREE: Tree = {
    "/proc/self/mountinfo": b"9 8 0:9 / /dev/mqueue rw - mqueue q rw\n8 7 0:8 / /dev/shm rw - tmpfs t rw,size=4k\n",
    "/proc/self/ns/ipc": b"ipc:[4026531839]",
    "/proc/sysvipc/shm": b"key shmid perms size cpid lpid nattch uid gid cuid cgid\n"
    b"1 2 600 4097 4 5 6 7 8 9 10\n0 3 600 1 4 5 6 7 8 9 10\n",
    "/proc/sysvipc/msg": b"key msqid perms cbytes qnum lspid lrpid uid gid cuid cgid\n1 2 600 3 4 5 6 7 8 9 10\n",
    "/proc/sysvipc/sem": b"key semid perms nsems uid gid cuid cgid\n1 2 600 3 4 5 6 7\n",
    "/proc/sys/kernel/shmmni": b"4096\n",
    "/proc/sys/kernel/shmall": b"18446744073692774399\n",
    "/proc/sys/kernel/msgmni": b"32000\n",
    "/proc/sys/kernel/sem": b"32000\t1024000000\t500\t32000\n",
    "/proc/sys/fs/mqueue/queues_max": b"256\n",
    "/dev/mqueue/q\x1b": b"QSIZE:129        NOTIFY:0     SIGNO:0     NOTIFY_PID:0     \n",
    "/dev/shm/sem.x": b"",
}


def read(root: Root) -> InterProcess:
    return read_ipc(root, read_mounts(root))


def test_a_whole_tree() -> None:
    ipc = read(TreeRoot(TREE))
    assert ipc.namespace == ipc.shm.source.namespace == ipc.limits["kernel.shmmni"].source.namespace
    assert ipc.namespace == "ipc:[4026531839]"
    assert value_of(ipc.mqueue) == "/dev/mqueue"
    assert [(queue.name, value_of(queue.state)) for queue in ipc.queues] == [("q\x1b", QueueState(129, 0, 0, 0))]
    assert (value_of(ipc.shared_memory), ipc.shared_memory_size) == (("sem.x",), "4k")


def test_how_much_of_each_limit_is_used() -> None:
    assert list(usage_of(read(TreeRoot(TREE)), 4096)) == [
        Usage("shared memory segments", 2, 4096, "kernel.shmmni"),
        Usage("pages of shared memory", 3, 18446744073692774399, "kernel.shmall"),
        Usage("message queues", 1, 32000, "kernel.msgmni"),
        Usage("semaphore sets", 1, 32000, "kernel.sem"),
        Usage("semaphores", 3, 1024000000, "kernel.sem"),
        Usage("POSIX message queues", 1, 256, "fs.mqueue.queues_max"),
    ]
    assert list(usage_of(read(TreeRoot({})), None)) == []


def test_without_the_file_system_nobody_can_list_the_queues() -> None:
    tree = {path: content for path, content in TREE.items() if "mqueue" not in path}
    ipc = read(TreeRoot({**tree, "/proc/self/mountinfo": b"9 8 0:9 / / rw - ext4 x rw\n"}))
    assert isinstance(ipc.mqueue, Absent)
    assert ipc.queues == ()


@given(wounded(TREE))
@settings(max_examples=60, deadline=None)
def test_no_wound_makes_the_reader_raise(tree: Tree) -> None:
    ipc = read(TreeRoot(tree))
    for usage in usage_of(ipc, 4096):
        assert usage.used >= 0


def test_this_machine() -> None:
    with Host.live() as host:
        ipc = host.ipc
    assert ipc.namespace == os.readlink("/proc/self/ns/ipc")
    assert not [one for one in readings_in(ipc) if isinstance(one, Malformed)]
    for name, reading in ipc.limits.items():
        path = Path("/proc/sys") / name.replace(".", "/")
        assert isinstance(reading, Present) == path.exists()
        assert not path.exists() or value_of(reading) == int(path.read_text())


def test_a_namespace_of_its_own_holds_what_was_made_there() -> None:
    requires("root", "namespaces", "oracles")
    code = (
        "from bedplate.host.host import Host\n"
        "from bedplate.facts.ipc import usage_of\n"
        "ipc = Host.live().ipc\n"
        "print(ipc.namespace, *(f'{one.what}={one.used}' for one in usage_of(ipc, 4096)), sep='|')\n"
    )
    script = 'ipcmk -M 8193 >&2; ipcmk -Q >&2; ipcmk -S 7 >&2; exec "$0" "$@"'
    told = subprocess.run(
        ["unshare", "--ipc", "sh", "-c", script, sys.executable, "-c", code],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ).stdout  # fmt: skip
    namespace, *used = told.strip().split("|")
    assert namespace != os.readlink("/proc/self/ns/ipc")
    expected = ["shared memory segments=1", "pages of shared memory=3", "message queues=1", "semaphore sets=1"]
    assert used[:5] == [*expected, "semaphores=7"]


@requires("root")
def test_an_ordinary_user_sees_the_same() -> None:
    assert "Malformed" not in kinds_of_an_ordinary_user("ipc").values()


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    ipc = read(FolderRoot(recorded.folder(machine)))
    assert not [one for one in readings_in(ipc) if isinstance(one, Malformed)]
