"""Parses /proc/interrupts: how often each interrupt came, by CPU.

Sources: proc_interrupts(5), Documentation/filesystems/proc.rst ("/proc/interrupts"), show_interrupts() in
kernel/irq/proc.c and arch_show_interrupts() of the architectures.

The header names the CPUs that are on line, so the third column need not be CPU 2.  An IRQ that has no handler and
never came has no row.  Rows of the architecture (NMI, LOC …) follow those of numbered IRQs; ERR and MIS hold one
number for the whole machine.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bedplate.errors import ParseError
from bedplate.values.idset import NUMBER_LIMIT

_HEADER = re.compile(rb"CPU[0-9]{1,5}(?:[ \t]+CPU[0-9]{1,5})*", re.ASCII)
# Behind the counts: the chip, its own number of the interrupt with the flow ("2-edge", of older kernels the flow alone
# and joined to the chip's name; "30 Level" on arm), and the handlers with commas between them.
_TAIL = re.compile(
    rb"(\S+)(?:\s+([0-9]{1,18})(?:-(\S*)|\s+(Level|Edge)\b)?(?!\S))?(?:\s+(\S.*))?", re.ASCII | re.DOTALL
)
_DIGITS_LIMIT = 20  # of a 64-bit counter


class Row(NamedTuple):
    """One interrupt."""

    label: bytes
    """The IRQ's number in decimal, or the architecture's name of the row."""
    counts: tuple[int, ...]
    """By the CPUs of the header in order; fewer where the row ends early."""
    text: bytes
    """What stands behind the counts, as it is."""


class Source(NamedTuple):
    """What is said of a numbered IRQ behind its counts; None for what the kernel does not print."""

    chip: bytes | None
    hwirq: int | None
    flow: bytes | None
    """``edge``, ``level``, ``fasteoi`` …, on arm ``Edge`` or ``Level``."""
    actions: tuple[bytes, ...]
    """The names of the handlers; none for an IRQ that nobody has asked for."""


class Interrupts(NamedTuple):
    """The whole file."""

    cpus: tuple[int, ...]
    """The CPUs of the columns."""
    irqs: dict[int, Row]
    """The numbered IRQs."""
    others: tuple[Row, ...]
    """The rows of the architecture, in order."""
    unknown: tuple[bytes, ...]
    """Lines that are neither."""


def parse_interrupts(text: bytes) -> Interrupts:
    """Return the rows; ParseError where the first line does not name CPUs or a count has too many digits."""
    lines = text.split(b"\n")
    cpus = _columns(lines[0].strip())
    irqs: dict[int, Row] = {}
    others: list[Row] = []
    unknown: list[bytes] = []
    for line in lines[1:]:
        parts = line.split(None, len(cpus) + 1)
        if not parts:
            continue
        label = parts[0]
        if not label.endswith(b":") or len(label) == 1:
            unknown.append(line)
            continue
        row = _row(label[:-1], parts, len(cpus))
        if row.label.isdigit() and len(row.label) < 10:
            irqs[int(row.label)] = row
        else:
            others.append(row)
    return Interrupts(cpus, irqs, tuple(others), tuple(unknown))


def parse_source(text: bytes) -> Source:
    """Return chip, number, flow and handlers of the text behind a numbered IRQ's counts; any text has some."""
    match = _TAIL.fullmatch(text.strip())
    if match is None:
        return Source(None, None, None, ())
    chip, hwirq, flow, level, actions = match.groups()
    names = tuple(name.strip() for name in actions.split(b",")) if actions else ()
    return Source(None if chip == b"-" else chip, None if hwirq is None else int(hwirq), flow or level, names)


def _columns(header: bytes) -> tuple[int, ...]:
    if not _HEADER.fullmatch(header):
        raise ParseError("the first line does not name CPUs", field="header", text=header[:200])
    cpus = tuple(int(name[3:]) for name in header.split())
    if max(cpus) >= NUMBER_LIMIT or len(set(cpus)) != len(cpus):
        raise ParseError("the first line names a CPU twice or beyond all bounds", field="header", text=header[:200])
    return cpus


def _row(label: bytes, parts: list[bytes], columns: int) -> Row:
    """Return one row; the common case, a count for every column, is told by one look at all digits."""
    words = parts[1 : columns + 1]
    if len(words) != columns or not b"".join(words).isdigit():
        words = words[: _digit_words(words)]
    if words and max(map(len, words)) > _DIGITS_LIMIT:
        raise ParseError(f"a count of more than {_DIGITS_LIMIT} digits", field=repr(label[:20]))
    return Row(label, tuple(map(int, words)), b" ".join(parts[len(words) + 1 :]))


def _digit_words(words: list[bytes]) -> int:
    """Return how many words at the beginning are numbers."""
    return next((at for at, word in enumerate(words) if not word.isdigit()), len(words))
