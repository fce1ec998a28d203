"""/proc/cpuinfo: the online CPUs with their package and core numbers, or all that it says of each and of the machine.

What the file holds differs from architecture to architecture (show_cpuinfo() of each).  x86, ia64, arm, ppc, riscv
and loongarch begin each CPU with ``processor : n``; s390 writes ``processor n: version = …`` and, in newer kernels,
parts that begin with ``cpu number : n``; sparc64 writes ``CpuNClkTck : …`` and ``CPUn: online``; alpha only counts.
``physical id`` and ``core id`` are of x86 and ia64 alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.values.escape import decoded
from bedplate.values.idset import NUMBER_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROCESSOR = re.compile(rb"^processor[ \t]*(?::[ \t]*([0-9]+)[ \t\r]*$|[ \t]([0-9]+):)", re.MULTILINE)
_PACKAGE = re.compile(rb"^physical id[ \t]*:[ \t]*([0-9]{1,10})[ \t\r]*$", re.MULTILINE)
_CORE = re.compile(rb"^core id[ \t]*:[ \t]*([0-9]{1,10})[ \t\r]*$", re.MULTILINE)

_FIELD = re.compile(r"([^:\n]{1,64}):[ \t]*(.*)", re.DOTALL)
# What a key says of the CPU that it is about: s390's "processor 0", sparc64's "Cpu0ClkTck" and "CPU16".
_NUMBERED = re.compile(r"(?:processor |Cpu|CPU)([0-9]{1,9})([A-Za-z]*)", re.ASCII)
_PAIR = re.compile(r"([a-z]{1,32}) = ([^,]*)")


class Processor(NamedTuple):
    """One CPU that is on line; numbers are None where the file does not tell them."""

    number: int
    physical_id: int | None
    core_id: int | None


def parse_cpuinfo(text: bytes) -> tuple[Processor, ...]:
    """Return the online CPUs in the order of the file; none where the architecture does not list them."""
    begins = list(_PROCESSOR.finditer(text))
    ends = [*(begin.start() for begin in begins), len(text)][1:]
    return tuple(_processor(text, begin, end) for begin, end in zip(begins, ends, strict=True))


def _processor(text: bytes, begin: re.Match[bytes], end: int) -> Processor:
    digits = begin[1] or begin[2]
    if len(digits) > 9 or int(digits) >= NUMBER_LIMIT:
        raise ParseError(f"a processor with a number of {NUMBER_LIMIT} or more", text=digits[:80])
    package, core = _PACKAGE.search(text, begin.end(), end), _CORE.search(text, begin.end(), end)
    return Processor(int(digits), int(package[1]) if package else None, int(core[1]) if core else None)


class Cpuinfo(NamedTuple):
    """The whole file in the words of its architecture: values are text as it stands there."""

    machine: Mapping[str, str]
    """What is said once: ``timebase``, ``Hardware``, ``cpus detected``, ``vendor_id`` of s390 …"""
    processors: Mapping[int, Mapping[str, str]]
    """What is said of each CPU, by its number; empty where the architecture lists none."""
    unknown: tuple[str, ...]
    """Lines without a colon."""


def parse_cpuinfo_fields(text: bytes) -> Cpuinfo:
    """Return all fields; of two with one key the first stands.  ParseError where a CPU has an impossible number.

    A line belongs to the CPU that its own key names, else to the one that its paragraph is about, else to the machine.
    """
    machine: dict[str, str] = {}
    processors: dict[int, dict[str, str]] = {}
    unknown: list[str] = []
    for paragraph in re.split(r"\n[ \t\r]*\n", decoded(text.strip(b"\0"))):
        into = machine
        for at, line in enumerate(filter(str.strip, paragraph.split("\n"))):
            match = _FIELD.fullmatch(line)
            if match is None:
                unknown.append(line)
                continue
            key, value = match[1].strip(), match[2].strip()
            numbered = _NUMBERED.fullmatch(key)
            if numbered is not None:
                fields = processors.setdefault(_number(numbered[1]), {})
                fields.update(_PAIR.findall(value) or {numbered[2] or "state": value})
            elif key == "processor" or (key == "cpu number" and not at):
                into = processors.setdefault(_number(value), {})
            else:
                into.setdefault(key, value)
    return Cpuinfo(machine, processors, tuple(unknown))


def _number(digits: str) -> int:
    if not digits.isdecimal() or not digits.isascii() or len(digits) > 9 or int(digits) >= NUMBER_LIMIT:
        raise ParseError(f"not a processor's number below {NUMBER_LIMIT}", text=digits[:80])
    return int(digits)
