"""Limits of cgroups: ``max`` or a number in v2, and in v1 a number so large that nothing reaches it, or -1.

Sources: Documentation/admin-guide/cgroup-v2.rst ("Interface Files"), mm/page_counter.c, mm/hugetlb_cgroup.c,
kernel/sched/core.c (cpu_cfs_quota).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bedplate.errors import ParseError
from bedplate.values.limit import MAX, Limit

_AROUND = b" \t\r\n\0"
_DIGITS = re.compile(rb"[0-9]{1,20}")
_HUGETLB = re.compile(r"hugetlb\.([0-9]{1,10})(KB|MB|GB)\.([a-z._]{1,40})", re.ASCII)
_UNITS = {"KB": 10, "MB": 20, "GB": 30}
# v1 has no word for no limit.  A page counter's is LONG_MAX pages rounded to pages: 2^63 less one page of up to
# 256 KiB, on 32 bits (2^31 - 1) pages; kernels before 3.19 wrote 2^63 - 1 or 2^64 - 1.
_V1_UNLIMITED = (1 << 63) - (1 << 18)
_V1_UNLIMITED_32_BITS = ((1 << 31) - 1) * 4096


class CpuMax(NamedTuple):
    """The CPU time that a cgroup may use in each period."""

    quota_usec: Limit
    period_usec: int


def parse_limit(text: bytes) -> Limit:
    """Return the limit that a file of cgroup v2 holds: memory.max, pids.max, hugetlb.2MB.max, cgroup.max.depth …"""
    word = text.strip(_AROUND)
    if word == b"max":
        return MAX
    if not _DIGITS.fullmatch(word):
        raise ParseError("neither “max” nor a number", text=text)
    return int(word)


def parse_v1_limit(text: bytes) -> Limit:
    """Return the limit in bytes that a file of cgroup v1 holds: memory.limit_in_bytes, hugetlb.2MB.limit_in_bytes …"""
    limit = parse_limit(text)
    if limit is MAX or limit >= _V1_UNLIMITED or limit == _V1_UNLIMITED_32_BITS:
        return MAX
    return limit


def parse_v1_quota(text: bytes) -> Limit:
    """Return the microseconds of cpu.cfs_quota_us; MAX for -1."""
    return MAX if text.strip(_AROUND) == b"-1" else parse_limit(text)


def parse_cpu_max(text: bytes) -> CpuMax:
    """Return quota and period of cpu.max: ``max 100000`` or ``50000 100000``, in microseconds."""
    words = text.strip(_AROUND).split(b" ")
    if len(words) != 2 or not _DIGITS.fullmatch(words[1]):
        raise ParseError("not a quota and a period", text=text)
    return CpuMax(parse_limit(words[0]), int(words[1]))


def render_limit(limit: Limit) -> bytes:
    """Return what the kernel writes for a limit of v2."""
    return b"%b\n" % str(limit).encode()


def render_cpu_max(limit: CpuMax) -> bytes:
    """Return what the kernel writes into cpu.max."""
    return f"{limit.quota_usec} {limit.period_usec}\n".encode()


def hugetlb_file(name: str) -> tuple[int, str] | None:
    """Return page size in bytes and what is told of it for a file name such as ``hugetlb.2MB.max``; None for others.

    ``hugetlb.1GB.rsvd.max`` is (2^30, "rsvd.max").  The sizes are written by mem_fmt() of mm/hugetlb_cgroup.c.
    """
    match = _HUGETLB.fullmatch(name)
    return None if match is None else (int(match[1]) << _UNITS[match[2]], match[3])
