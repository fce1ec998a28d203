"""Reads what a number in a file means on the host that wrote it.

Of the live host the C library tells; a capture of ours says it in its bedplate.json.  Of a capture that another tool
made only that counts which its files tell for certain, and the rest is None.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.host.root import CPUINFO_LIMIT_BYTES
from bedplate.values.constants import HostConstants
from bedplate.values.idset import NodeSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from bedplate.host.root import Root

_CPU_MAX = "/sys/devices/system/cpu/kernel_max"
_NODES = "/sys/devices/system/node/possible"
_HUGE_PAGE = "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"
_NUMBER = re.compile(rb"\s*(\d{1,9})\s*\0?", re.ASCII)
# Each i386 kernel calls itself by the CPU that it runs on, and each arm kernel by the instruction set.
_32_BIT = re.compile(r"(i[3-6]86|arm)")


class _Fixed(NamedTuple):
    """What is the same for all kernels of an architecture; None where kernels can be built either way."""

    byte_order: str | None
    page_size_bytes: int | None
    ticks_per_second: int | None = 100
    """USER_HZ of the architecture's asm/param.h."""


_FIXED = {
    "x86_64": _Fixed("little", 4096),
    "x86": _Fixed("little", 4096),
    "aarch64": _Fixed("little", None),  # a big-endian kernel calls itself aarch64_be
    "arm": _Fixed(None, 4096),
    "riscv64": _Fixed("little", 4096),
    "loongarch64": _Fixed("little", None),
    "ppc64le": _Fixed("little", None),
    "ppc64": _Fixed("big", None),
    "ppc": _Fixed("big", None),
    "s390x": _Fixed("big", 4096),
    "sparc64": _Fixed("big", 8192),
    "alpha": _Fixed("little", 8192, 1024),
    "ia64": _Fixed("little", None, None),
}
_UNKNOWN = _Fixed(None, None, None)
# Of these a table fills a page with entries of 8 bytes, and a huge page is what one such table maps.
_HUGE_PAGE_IS_ONE_TABLE = {"aarch64", "loongarch64"}


def read_constants(root: Root) -> HostConstants:
    """Return the constants of the root's host; None for each that is not known for certain."""
    if root.live:
        return _live(root)
    return root.manifest.constants if root.manifest else _recorded(root)


def architecture_name(machine: str) -> str:
    """Return what Bedplate calls an architecture of ``uname -m``: ``x86`` and ``arm`` for all of their 32 bits."""
    found = _32_BIT.match(machine)
    return machine if found is None else "arm" if found[1] == "arm" else "x86"


def _live(root: Root) -> HostConstants:
    name = os.uname()
    # personality(2) changes what uname tells a process of a 64-bit kernel; this file (6.1) it does not.
    machine = _text(root, "/proc/sys/kernel/arch") or name.machine
    return HostConstants(
        architecture=architecture_name(machine),
        byte_order=sys.byteorder,
        kernel_release=name.release,
        page_size_bytes=os.sysconf("SC_PAGE_SIZE"),
        ticks_per_second=os.sysconf("SC_CLK_TCK"),
        cpu_limit=_limit(root, _CPU_MAX, _number),
        node_limit=_limit(root, _NODES, _last_node),
    )


def _recorded(root: Root) -> HostConstants:
    release = _release(root)
    architecture = _architecture(root, release)
    fixed = _FIXED.get(architecture or "", _UNKNOWN)
    if architecture is None and _modalias(root) == "x86":  # of either width
        fixed = _FIXED["x86"]
    order = _text(root, "/sys/kernel/cpu_byteorder")
    return HostConstants(
        architecture=architecture,
        byte_order=order if order in ("little", "big") else fixed.byte_order,
        kernel_release=release,
        page_size_bytes=fixed.page_size_bytes or _page_size(root, architecture),
        ticks_per_second=fixed.ticks_per_second,
        cpu_limit=_limit(root, _CPU_MAX, _number),
        node_limit=_limit(root, _NODES, _last_node),
    )


def _architecture(root: Root, release: str | None) -> str | None:
    from bedplate.parse.architecture import parse_cpuinfo_architecture, parse_release_architecture

    told = _text(root, "/proc/sys/kernel/arch")
    if told:
        return architecture_name(told)
    found = parse_cpuinfo_architecture(_bytes(root, "/proc/cpuinfo"))
    if found is None and release:
        found = parse_release_architecture(os.fsencode(release))
    alias = _modalias(root)
    return found or (alias if alias in _FIXED and alias != "x86" else None)


def _release(root: Root) -> str | None:
    told = _text(root, "/proc/sys/kernel/osrelease")
    if told:
        return told
    words = (_text(root, "/proc/version") or "").split()
    return words[2] if words[:2] == ["Linux", "version"] and len(words) > 2 else None


def _modalias(root: Root) -> str | None:
    """Return the type in cpu:type:x86,ven0000fam0006…; it names the architecture, not its width."""
    parts = (_text(root, "/sys/devices/system/cpu/modalias") or "").split(":")
    return parts[2].partition(",")[0] if parts[:2] == ["cpu", "type"] and len(parts) > 2 else None


def _page_size(root: Root, architecture: str | None) -> int | None:
    if architecture not in _HUGE_PAGE_IS_ONE_TABLE:
        return None
    huge = _number(_bytes(root, _HUGE_PAGE)) or 0
    return next((size for size in (4096, 16384, 65536) if size * size == 8 * huge), None)


def _limit(root: Root, path: str, last: Callable[[bytes], int | None]) -> int | None:
    """Return one more than the last number that a file tells, None where it tells none."""
    number = last(_bytes(root, path))
    return None if number is None else number + 1


def _number(text: bytes) -> int | None:
    found = _NUMBER.fullmatch(text)
    return int(found[1]) if found else None


def _last_node(text: bytes) -> int | None:
    try:
        return max(NodeSet.from_list(text), default=None)
    except ParseError:
        return None


def _text(root: Root, path: str) -> str | None:
    """Return the one line of a file, None where it is not readable text."""
    text = _bytes(root, path).decode("utf-8", "replace").strip(" \t\r\n\0")
    return text if text and text.isprintable() else None


def _bytes(root: Root, path: str) -> bytes:
    try:
        return root.read(path, CPUINFO_LIMIT_BYTES)
    except OSError:
        return b""
