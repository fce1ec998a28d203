from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.parse import hostile
from tests.requires import requires

from bedplate.errors import ParseError
from bedplate.parse.sysvipc import Ipc, Msg, Sem, Shm, parse_msg, parse_sem, parse_shm

SHM = b"""       key      shmid perms      size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      rss  swap
-559038737          3  3600  10485760   129     0      2  1000  1000  1000  1000          0     4096  8192
"""
MSG = b"""       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime
         0      32767   644          17          2     5     0     0     0     0     0 1700000000
"""
SEM = b"""       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime
         1          0   600        250     0     0     0     0          0 1700000000
"""
PARSERS = ((parse_shm, SHM), (parse_msg, MSG), (parse_sem, SEM))


def test_a_segment_has_its_mode_in_octal_and_its_sizes_in_bytes() -> None:
    assert parse_shm(SHM) == (
        Shm(Ipc(-559038737, 3, 0o3600, 1000, 1000, 1000, 1000), 10485760, 129, 0, 2, 4096, 8192, {"atime": 0}),
    )


def test_queues_and_semaphores() -> None:
    assert parse_msg(MSG) == (Msg(Ipc(0, 32767, 0o644, 0, 0, 0, 0), 17, 2, 5, 0, {"stime": 1700000000}),)
    assert parse_sem(SEM) == (Sem(Ipc(1, 0, 0o600, 0, 0, 0, 0), 250, {"otime": 0, "ctime": 1700000000}),)


def test_a_kernel_without_rss_and_with_a_column_of_the_future() -> None:
    text = b"key shmid perms size cpid lpid nattch uid gid cuid cgid tier\n1 2 600 3 4 5 6 7 8 9 10 11\n"
    (segment,) = parse_shm(text)
    assert (segment.rss_bytes, segment.swap_bytes, segment.others) == (None, None, {"tier": 11})


def test_a_heading_alone_is_a_namespace_without_any() -> None:
    for parse, text in PARSERS:
        assert parse(text.split(b"\n")[0] + b"\n") == ()


@pytest.mark.parametrize("number", range(3))
def test_what_is_no_table_is_refused(number: int) -> None:
    parse, text = PARSERS[number]
    other = PARSERS[(number + 1) % 3][1]
    rows = text.split(b"\n")[0] + b"\n"
    for wrong in (b"", b"\n", text[:-1], other, rows + b"1 2\n", rows + b"x" * 80 + b"\n", b"key key\n1 2\n"):
        hostile.assert_refused(parse, wrong)
    hostile.assert_refused(parse, text.replace(b" 600", b" 688").replace(b" 644", b" 688").replace(b"3600", b"-600"))


@given(hostile.like(SHM), hostile.like(MSG), hostile.like(SEM))
@settings(deadline=None)
def test_any_bytes_give_a_value_or_a_parse_error(shm: bytes, msg: bytes, sem: bytes) -> None:
    with suppress(ParseError):
        assert all(one.ipc.perms >= 0 for one in parse_shm(shm))
    with suppress(ParseError):
        assert all(one.ipc.perms >= 0 for one in parse_msg(msg))
    with suppress(ParseError):
        assert all(one.ipc.perms >= 0 for one in parse_sem(sem))


def test_large_texts_take_bounded_time() -> None:
    for parse, text in PARSERS:
        hostile.assert_bounded(parse, text)


def test_a_namespaces_objects_are_those_of_ipcs() -> None:
    requires("oracles", "root", "namespaces")
    script = (
        "ipcmk -M 8192 -p 0640 >&2; ipcmk -S 3 >&2; ipcmk -Q >&2;"
        "for kind in shm msg sem; do cat /proc/sysvipc/$kind; echo; done; ipcs -m; ipcs -q; ipcs -s"
    )
    told = subprocess.run(["unshare", "--ipc", "sh", "-c", script], capture_output=True, check=True).stdout
    shm, msg, sem, oracle = told.split(b"\n\n", 3)
    (segment,), (queue,), (semaphores,) = parse_shm(shm + b"\n"), parse_msg(msg + b"\n"), parse_sem(sem + b"\n")
    rows = [line.split() for line in oracle.decode().splitlines() if line.startswith("0x")]
    assert [int(row[0], 16) for row in rows] == [one.ipc.key & 0xFFFFFFFF for one in (segment, queue, semaphores)]
    assert rows[0][1:6] == [str(segment.ipc.id), "root", "640", str(segment.size_bytes), str(segment.nattch)]
    assert segment.ipc.perms == 0o640
    assert semaphores.nsems == int(rows[2][4]) == 3


def test_this_hosts_files_are_understood() -> None:
    for parse, name in ((parse_shm, "shm"), (parse_msg, "msg"), (parse_sem, "sem")):
        assert isinstance(parse(Path(f"/proc/sysvipc/{name}").read_bytes()), tuple)
