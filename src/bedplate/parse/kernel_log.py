r"""What the kernel's log says of the command line.

The log comes as records of /dev/kmsg (Documentation/ABI/testing/dev-kmsg: ``6,339,5140900,-;text`` with bytes that
are not printable as ``\x0a``, and further lines that begin with a space), or as dmesg prints it:
``[    0.012345] text``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.values.escape import decoded
from bedplate.values.idset import CpuSet

if TYPE_CHECKING:
    from collections.abc import Iterator

_RECORD = re.compile(rb"(?:\d+,\d+,\d+,[^;]*;|(?:<\d+>)?(?:\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? )?)(.*)", re.DOTALL)
_ESCAPE = re.compile(rb"\\x([0-9a-fA-F]{2})")

# The first two are among the first lines of every boot: a log that holds one of them goes back to the beginning.
_BEGINNING = (b"Linux version ", b"Kernel command line: ")
_UNKNOWN = re.compile(r'Unknown kernel command line parameters "(.*?)(", will be passed to user space\.)?$', re.DOTALL)
_RCU = re.compile(r"(?:rcu:)?\s*")
_OFFLOADED = "Offload RCU callbacks from CPUs: "
_NOHZ_FULL = "NO_HZ: Full dynticks CPUs: "
_COMPLAINTS = (
    "Housekeeping: ",
    "isolcpus: ",
    "rcu_nocbs= bad CPU range",
    "NO_HZ: ",
    "HugeTLB: ",
    "Booting kernel: ",
    "Malformed early option",
    "workqueue.unbound_cpus: ",
)
# A command line has 4,096 bytes on most machines.
_COMPLAINTS_LIMIT = 4096
_NO_COMPLAINTS = re.compile(r"NO_HZ: Full dynticks CPUs|HugeTLB: (?:registered|allocation took|\d+ KiB vmemmap)")
_NOTE_OF_RCU = "Note: kernel parameter 'rcu_nocbs=', 'nohz_full', or 'isolcpus=' contains nonexistent CPUs."

WANTED = (
    *_BEGINNING,
    b"Unknown kernel command line parameters ",
    _OFFLOADED.encode(),
    *(complaint.encode() for complaint in _COMPLAINTS),
    _NOTE_OF_RCU.encode(),
)
"""A line without one of these says nothing that a :class:`BootLog` holds."""


class BootLog(NamedTuple):
    """What the kernel said of its command line while it booted."""

    complete: bool
    """Whether the log goes back to the beginning of the boot; where it does not, silence means nothing."""
    unknown_parameters: str | None
    """The words that the kernel did not know, separated by spaces (Linux 5.14); None where it did not say."""
    unknown_truncated: bool
    """Whether the kernel cut that line: a record of its log holds about 1,000 bytes."""
    offloaded: CpuSet | None
    """The CPUs whose RCU callbacks are offloaded; None where the kernel did not say."""
    nohz_full: CpuSet | None
    """The CPUs that run without a tick, None where the kernel did not say."""
    complaints: tuple[str, ...]
    """Lines in which the kernel refuses or changes what a parameter asked for."""


def parse_boot_log(data: bytes) -> BootLog:
    """Return what a kernel log says of the command line; ParseError where a line that counts is not understood."""
    complete, unknown, truncated = False, None, False
    offloaded: CpuSet | None = None
    nohz_full: CpuSet | None = None
    complaints: list[str] = []
    for raw in _messages(data):
        complete = complete or raw.startswith(_BEGINNING)
        text = _RCU.sub("", decoded(raw), count=1)
        found = _UNKNOWN.match(text)
        if found is not None:
            unknown, truncated = found[1], found[2] is None
        elif text.startswith(_OFFLOADED):
            offloaded = _cpus(text, _OFFLOADED)
        elif text.startswith(_NOHZ_FULL):
            nohz_full = _cpus(text, _NOHZ_FULL)
        elif _complains(text):
            if len(complaints) == _COMPLAINTS_LIMIT:
                raise ParseError(f"more than {_COMPLAINTS_LIMIT} lines that refuse a parameter")
            complaints.append(text)
    return BootLog(complete, unknown, truncated, offloaded, nohz_full, tuple(complaints))


def _messages(data: bytes) -> Iterator[bytes]:
    for line in data.split(b"\n"):
        if line and not line.startswith(b" "):
            match = _RECORD.match(line)
            if match is not None:
                yield _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), match[1].rstrip(b"\r"))


def _cpus(text: str, before: str) -> CpuSet:
    listed = text.removeprefix(before).rstrip(" .")
    try:
        return CpuSet() if listed == "(none)" else CpuSet.from_list(listed)
    except ParseError as error:
        raise ParseError(error.message, field=before.strip(" :"), text=text) from error


def _complains(text: str) -> bool:
    return text == _NOTE_OF_RCU or (text.startswith(_COMPLAINTS) and not _NO_COMPLAINTS.match(text))
