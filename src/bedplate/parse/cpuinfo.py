"""/proc/cpuinfo, of which only this is read: the online CPUs, and their package and core numbers.

What the file holds differs from architecture to architecture (show_cpuinfo() of each).  x86, ia64, arm, ppc, riscv
and loongarch begin each CPU with ``processor : n``; s390 writes ``processor n: version = …``; sparc64 and alpha only
count.  ``physical id`` and ``core id`` are of x86 and ia64 alone.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bedplate.errors import ParseError
from bedplate.values.idset import NUMBER_LIMIT

_PROCESSOR = re.compile(rb"^processor[ \t]*(?::[ \t]*([0-9]+)[ \t\r]*$|[ \t]([0-9]+):)", re.MULTILINE)
_PACKAGE = re.compile(rb"^physical id[ \t]*:[ \t]*([0-9]{1,10})[ \t\r]*$", re.MULTILINE)
_CORE = re.compile(rb"^core id[ \t]*:[ \t]*([0-9]{1,10})[ \t\r]*$", re.MULTILINE)


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
