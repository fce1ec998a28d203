"""64 MB of what no kernel writes: every parser of a process's files ends soon, with a value or ParseError."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

import pytest
from tests.hostile import LARGE_BYTES, large, seconds

from bedplate.parse.autogroup import parse_autogroup
from bedplate.parse.comm import parse_comm
from bedplate.parse.kpageflags import parse_kpagecount, parse_kpageflags
from bedplate.parse.maps import parse_maps
from bedplate.parse.numa_maps import parse_numa_maps
from bedplate.parse.oom import parse_oom_adj, parse_oom_score, parse_oom_score_adj
from bedplate.parse.pagemap import parse_pagemap
from bedplate.parse.pid_cgroup import parse_pid_cgroup
from bedplate.parse.pid_limits import parse_pid_limits
from bedplate.parse.pid_sched import parse_pid_sched
from bedplate.parse.pid_stat import parse_pid_stat
from bedplate.parse.pid_stat_row import parse_pid_stat_row
from bedplate.parse.pid_statm import parse_pid_statm
from bedplate.parse.pid_status import parse_pid_status
from bedplate.parse.posix_acl import parse_posix_acl
from bedplate.parse.schedstat import parse_schedstat
from bedplate.parse.smaps import parse_smaps
from bedplate.parse.smaps_rollup import parse_smaps_rollup
from bedplate.values.constants import HostConstants

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = HostConstants(byte_order=sys.byteorder)
MAPPING = b"1000-2000 r--p 00000000 fe:00 12                         /x\n"
# Each with a piece of its own format, which is then made 64 MB long.
PARSERS: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    "stat": (parse_pid_stat, b"1 (x) S " + b"1 " * 48 + b"1\n"),
    "stat row": (parse_pid_stat_row, b"1 (x) S " + b"1 " * 48 + b"1\n"),
    "statm": (parse_pid_statm, b"1 2 3 4 0 5 0\n"),
    "status": (parse_pid_status, b"Name:\tx\n"),
    "comm": (parse_comm, b"x\n"),
    "maps": (parse_maps, MAPPING),
    "smaps": (parse_smaps, MAPPING + b"Rss:      1 kB\nVmFlags: rd\n"),
    "smaps of old": (parse_smaps, MAPPING + b"Rss:      1 kB\n"),
    "smaps_rollup": (parse_smaps_rollup, MAPPING.replace(b"/x", b"[rollup]") + b"Rss:      1 kB\n"),
    "numa_maps": (parse_numa_maps, b"1000 default file=/x mapped=1 N0=1 kernelpagesize_kB=4\n"),
    "limits": (parse_pid_limits, b"Limit                     Soft Limit           Hard Limit           Units     \n"),
    "cgroup": (parse_pid_cgroup, b"3:cpuset:/\n"),
    "sched": (parse_pid_sched, b"x (1, #threads: 1)\n" + b"-" * 67 + b"\nprio                 :   120\n"),
    "schedstat": (parse_schedstat, b"1 2 3\n"),
    "autogroup": (parse_autogroup, b"/autogroup-1 nice 0\n"),
    "oom_score": (parse_oom_score, b"666\n"),
    "oom_score_adj": (parse_oom_score_adj, b"-1000\n"),
    "oom_adj": (parse_oom_adj, b"-17\n"),
    "posix acl": (parse_posix_acl, b"\2\0\0\0"),
    "pagemap": (lambda raw: parse_pagemap(raw, HERE), b"12345678"),
    "kpageflags": (lambda raw: parse_kpageflags(raw, HERE), b"12345678"),
    "kpagecount": (lambda raw: parse_kpagecount(raw, HERE, None), b"12345678"),
}


def _first(record: object) -> None:
    """Go to the first of a record's parts, where it has any."""
    if isinstance(record, Iterable):
        next(iter(cast("Iterable[object]", record)), None)


@pytest.mark.parametrize("name", PARSERS)
def test_trap_of_size_64_megabytes_end_soon(name: str) -> None:
    parse, sample = PARSERS[name]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for at, raw in enumerate(large(sample)):
        assert seconds(lambda raw=raw: _first(parse(raw))) < 5, f"text {at}"  # type: ignore[misc]
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * 1024 < 6 * LARGE_BYTES
