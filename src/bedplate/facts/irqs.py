"""The interrupts of a host: where each may be served, and where it is.

Sources: Documentation/core-api/irq/irq-affinity.rst, Documentation/ABI/testing/sysfs-kernel-irq, proc_interrupts(5).
smp_affinity is a wish; the interrupt controller serves an IRQ at effective_affinity, most at a single CPU of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bedplate.facts.topology import Problem
    from bedplate.values.idset import CpuSet
    from bedplate.values.reading import Reading


class Irq(NamedTuple):
    """One numbered interrupt; None for what is not known."""

    number: int
    path: str
    """The folder of its files."""
    wished: Reading[CpuSet]
    """smp_affinity_list, where there is none smp_affinity: the CPUs that may serve it."""
    effective: Reading[CpuSet]
    """effective_affinity_list, where there is none effective_affinity: the CPUs that do serve it."""
    node: Reading[int | None]
    """The node of the IRQ's descriptor; None for -1."""
    managed: Reading[bool]
    """Whether the kernel alone places it (IRQD_AFFINITY_MANAGED); known only where debugfs tells."""
    chip: str | None
    hwirq: int | None
    """The chip's own number of it."""
    flow: str | None
    """``edge``, ``level``, ``fasteoi`` …"""
    actions: tuple[str, ...] | None
    """The names of its handlers; empty where nobody has asked for it, so that it cannot come."""
    counts: tuple[int, ...] | None
    """How often each CPU of :attr:`Irqs.counted_cpus` has served it since boot."""
    device: str | None
    """The PCI address that its chip names (Linux 6.2 and later); see also PciLink.msi_irqs."""


class Summary(NamedTuple):
    """A kind of interrupt that is not numbered, such as NMI or LOC."""

    label: str
    text: str
    counts: tuple[int, ...]
    """By :attr:`Irqs.counted_cpus`; a single one, for the whole machine, of ERR and MIS."""


@dataclass(frozen=True, slots=True)
class Irqs:
    """The interrupts of a host."""

    default_affinity: Reading[CpuSet]
    """default_smp_affinity: the wish that a new IRQ begins with."""
    folder: Reading[str]
    """The folder that the IRQs are from; absent where the host has none."""
    irqs: tuple[Irq, ...]
    """In the order of their numbers."""
    interrupts: Reading[int]
    """How many rows of numbered IRQs /proc/interrupts has: whether the counts could be read."""
    counted_cpus: tuple[int, ...]
    summaries: tuple[Summary, ...]
    problems: tuple[Problem, ...]
