"""The CPU lists of the kernel command line: isolcpus=, nohz_full=, rcu_nocbs=, irqaffinity= and the like.

Grammar: Documentation/admin-guide/kernel-parameters.rst, "cpu lists", and lib/bitmap-str.c (bitmap_parselist()).
It is narrower than what other tools write: no stride (``0-8:2`` of lscpu), a pattern only behind a range, ``all`` in
either case.  A number that the kernel has no bit for makes it refuse the whole list (ERANGE), not only that number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.values.idset import CpuSet

if TYPE_CHECKING:
    from collections.abc import Mapping

_REGION = re.compile(r"(?:all|(?:N|\d+)(?:-(?:N|\d+))?)(?::(?:N|\d+)/(?:N|\d+))?", re.ASCII)
_SINGLE_WITH_PATTERN = re.compile(r"(?:N|\d+):", re.ASCII)
_ALL = re.compile(r"\ball", re.IGNORECASE | re.ASCII)
_LETTER = re.compile(r"[A-Za-z]", re.ASCII)
_FLAG = re.compile(r"[A-Za-z_]*", re.ASCII)

ISOLCPUS_FLAGS = ("nohz", "domain", "managed_irq")
"""What isolcpus= knows in front of its list; without one of them it means ``domain``."""

CPU_LIST_PARAMETERS: Mapping[str, str] = {
    "isolcpus": "isolates CPUs from the scheduler's load balancing",
    "nohz_full": "stops the tick on CPUs with one task, and offloads their RCU callbacks",
    "rcu_nocbs": "offloads the RCU callbacks of CPUs",
    "irqaffinity": "is the default affinity of interrupts",
    "workqueue.unbound_cpus": "limits unbound workqueues to CPUs",
}
"""Parameters of the kernel whose value is a list of CPUs, and what each is for."""


class Isolcpus(NamedTuple):
    """What one isolcpus= asks for."""

    flags: tuple[str, ...]
    """Of ISOLCPUS_FLAGS, in order of the line; ``("domain",)`` where none is given."""
    unknown_flags: tuple[str, ...]
    """Letters that this kernel may not know and skips (it says so in its log at level info)."""
    cpus: CpuSet


def parse_boot_cpu_list(text: str, last: int | None) -> CpuSet:
    """Return the CPUs that the kernel takes ``text`` for; ``last`` is what ``N`` and ``all`` stand for.

    An empty list is the empty set.  ParseError where the kernel would refuse it, or where ``last`` is needed and None.
    """
    lowered = _ALL.sub("all", text)
    for region in re.split(r"[,\s]+", lowered):
        if region and (not _REGION.fullmatch(region) or _SINGLE_WITH_PATTERN.match(region)):
            raise ParseError(f"not a number or a range: {region!r}", text=text)
    return CpuSet.from_list(_pattern_numbers(lowered, last), last=last)


def needs_last_cpu(text: str) -> bool:
    """Return whether a list holds ``N`` or ``all``, whose meaning depends on the host."""
    return "N" in text or _ALL.search(text) is not None


def parse_isolcpus(text: str, last: int | None) -> Isolcpus:
    """Return what the value of isolcpus= asks for: ``[flag,…]list``.

    The kernel (kernel/sched/isolation.c) takes every word that begins with a letter for a flag, and a flag ends at
    a comma.  So ``isolcpus=all`` and ``isolcpus=N`` are unknown flags without a list, whatever the documentation of
    CPU lists says; ``isolcpus=0-N`` is a list.  ParseError where the kernel refuses it or finds no list behind flags.
    """
    flags: list[str] = []
    unknown: list[str] = []
    rest = text
    while _LETTER.match(rest):
        word, comma, rest = rest.partition(",")
        if word in ISOLCPUS_FLAGS and comma:
            flags.append(word)
            continue
        if not _FLAG.fullmatch(word):
            raise ParseError(f"isolcpus= takes what begins with a letter for a flag, and {word!r} is none", text=text)
        if not comma:
            raise ParseError(f"isolcpus= takes {word!r} for a flag, and no list of CPUs follows it", text=text)
        unknown.append(word)
    return Isolcpus(tuple(dict.fromkeys(flags)) or ("domain",), tuple(unknown), parse_boot_cpu_list(rest, last))


def _pattern_numbers(text: str, last: int | None) -> str:
    """Return the list with ``N`` behind a colon written out: the kernel takes it there too."""
    if ":" not in text or last is None:
        return text
    return re.sub(r"(?<=[:/])N", str(last), text)
