"""The interrupts as the rules look at them: which can come, and what was not told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.rule import Subject, outcome_of_missing, seen, seen_missing
from bedplate.values.idset import IdSet
from bedplate.values.reading import Malformed, Present, fault_of, why_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bedplate.facts.irqs import Irq
    from bedplate.rules.rule import Outcome
    from bedplate.values.reading import Missing, Source


def is_active(irq: Irq) -> bool:
    """Return whether an interrupt can come: it has a handler, or that is not known."""
    return irq.actions is None or bool(irq.actions)


def irqs_lacking(irqs: Sequence[Irq], folder: Source) -> Iterator[Outcome]:
    """Yield what effective affinities without a value mean, one outcome for all IRQs that lack it alike."""
    groups: dict[tuple[type[Missing], str], list[tuple[Irq, Missing]]] = {}
    for irq in irqs:
        reading = irq.effective
        if not isinstance(reading, Present):
            groups.setdefault((type(reading), fault_of(reading)), []).append((irq, reading))
    for group in groups.values():
        subject = Subject("irq", IdSet(irq.number for irq, _ in group))
        first = group[0][1]
        name = first.source.path.rpartition("/")[2]
        reason = f"{name}: {why_all([reading for _, reading in group])}"
        where = seen_missing(first) if isinstance(first, Malformed) else seen(folder)
        yield outcome_of_missing(first, subject)._replace(reason=reason, evidence=(where,))
