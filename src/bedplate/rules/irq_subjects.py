"""The interrupts as the rules look at them: which can come, and what was not told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.rule import Subject, outcome_of_missing, seen
from bedplate.values.idset import IdSet
from bedplate.values.reading import Present, why_missing

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
            why = why_missing(reading).removeprefix(f"{reading.source.path}: ")
            groups.setdefault((type(reading), why), []).append((irq, reading))
    for (_, why), group in groups.items():
        subject = Subject("irq", IdSet(irq.number for irq, _ in group))
        name = group[0][1].source.path.rpartition("/")[2]
        yield outcome_of_missing(group[0][1], subject)._replace(reason=f"{name}: {why}", evidence=(seen(folder),))
