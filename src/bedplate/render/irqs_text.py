"""The interrupts as text, by the CPUs that serve them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.render.line import Line, line
from bedplate.render.table import wrapped
from bedplate.values.idset import CpuSet, IdSet
from bedplate.values.reading import Present, why_missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bedplate.facts.irqs import Irq, Irqs

_INDENT = "  "
_WIDTH = 110


def irqs_text(irqs: Irqs, *, verbose: bool = False) -> Iterator[Line]:
    """Yield the lines: the IRQs of each set of CPUs, with ``verbose`` those without a handler too."""
    yield line(("New IRQs", "bold"), "  may be served at ", _shown(irqs.default_affinity))
    if not isinstance(irqs.folder, Present):
        yield line("no IRQs are known: ", why_missing(irqs.folder))
    active = [irq for irq in irqs.irqs if verbose or irq.actions is None or irq.actions]
    for where, group in _by_cpus(active):
        yield line((where, "bold"), _count(len(group)))
        yield from (line(_INDENT, text) for text in wrapped([_named(irq) for irq in group], _WIDTH))
    if len(active) < len(irqs.irqs):
        rest = IdSet(irq.number for irq in irqs.irqs) - IdSet(irq.number for irq in active)
        yield line(("No handler", "bold"), _count(len(rest)))
        yield from (line(_INDENT, (text, "dim")) for text in wrapped(str(rest).replace(",", ", ").split(), _WIDTH))
    yield from _problems(irqs)


def _by_cpus(irqs: Sequence[Irq]) -> list[tuple[str, list[Irq]]]:
    """Return the IRQs by the CPUs that serve them, in the order of these; where that is not known last."""
    groups: dict[str, list[Irq]] = {}
    for irq in irqs:
        groups.setdefault(_where(irq), []).append(irq)
    return sorted(groups.items(), key=lambda item: _order(item[1][0]))


def _where(irq: Irq) -> str:
    if isinstance(irq.effective, Present):
        return _cpus(irq.effective.value) if irq.effective.value else "Served nowhere"
    if isinstance(irq.wished, Present):
        return f"May be served at {_cpus(irq.wished.value)}; where it is, is not known"
    return "Not known"


def _cpus(cpus: CpuSet) -> str:
    return f"CPU{'s' * (len(cpus) != 1)} {cpus or 'none'}"


def _order(irq: Irq) -> tuple[int, list[int]]:
    for at, reading in enumerate((irq.effective, irq.wished)):
        if isinstance(reading, Present):
            return at, list(reading.value)
    return 2, []


def _count(number: int) -> str:
    return f"  {number} IRQ{'s' * (number != 1)}"


def _named(irq: Irq) -> str:
    if irq.actions is None:
        return str(irq.number)
    return f"{irq.number}:{'+'.join(irq.actions) or '-'}"


def _shown(reading: object) -> str:
    match reading:
        case Present(value=CpuSet() as cpus):
            return _cpus(cpus)
        case _:
            return "CPUs that are not known"


def _problems(irqs: Irqs) -> Iterator[Line]:
    if irqs.problems:
        yield line(("Problems", "bold yellow"))
        yield from (line(_INDENT, f"{problem.path}: {problem.text}") for problem in irqs.problems)
