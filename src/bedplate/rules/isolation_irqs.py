"""Isolation: interrupts, on CPUs that are not isolated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.irq_devices import devices_of_irqs, irqs_of_devices, spread
from bedplate.rules.irq_subjects import irqs_lacking, is_active
from bedplate.rules.isolated_cpus import isolated_of, overlap, seen_isolated
from bedplate.rules.rule import (
    Cause,
    Expected,
    Outcome,
    Remedy,
    Rule,
    Section,
    Severity,
    Specimens,
    State,
    Subject,
    need,
    not_applicable,
    seen,
)
from bedplate.values.idset import CpuSet, IdSet, union
from bedplate.values.reading import Present, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bedplate.facts.facts import Facts
    from bedplate.facts.irqs import Irq
    from bedplate.policy import Profile

# A device with this many interrupts at isolated CPUs is a finding of its own.
_OWN_FINDING = 4


def _default_affinity(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    reason = "a new interrupt may be served at isolated CPUs"
    yield from overlap(facts.irqs.default_affinity, facts, profile, reason)


def _effective_affinity(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    isolated = isolated_of(facts, profile)
    need(facts.irqs.folder)
    active = [irq for irq in facts.irqs.irqs if is_active(irq)]
    if not active:
        yield not_applicable("no interrupt has a handler", seen(facts.irqs.folder.source))
    found = irqs_of_devices(facts.irqs, facts.pci_links)
    own = _of_workloads(found, profile)
    queues = _queues(found, facts.topology.online)
    bound = {irq.number for irq in active if _is_bound(irq, isolated, facts.topology.online)}
    yield from irqs_lacking([irq for irq in active if irq.number not in bound], facts.irqs.folder.source)
    served = {irq.number: irq.wished if irq.number in bound else irq.effective for irq in active}
    disturbing = [
        irq._replace(effective=served[irq.number])
        for irq in active
        if (value_of(served[irq.number]) or CpuSet()) & isolated - own.get(irq.number, CpuSet())
    ]
    for (device, queue), irqs in _grouped(disturbing, facts, queues).items():
        outcome = _served(irqs, device, isolated, queue)
        yield outcome._replace(evidence=(*outcome.evidence, *seen_isolated(facts, profile)))


def _is_bound(irq: Irq, isolated: CpuSet, online: CpuSet) -> bool:
    """Return whether an interrupt that does not tell where it is served may be served at isolated CPUs alone."""
    wished = (value_of(irq.wished) or CpuSet()) & online
    return not isinstance(irq.effective, Present) and bool(wished) and wished <= isolated


def _grouped(irqs: list[Irq], facts: Facts, queues: frozenset[int]) -> dict[tuple[str, bool], list[Irq]]:
    """Return interrupts by the device that they are of, and whether the CPU itself makes them come.

    Devices that have a few only, such as ports that tell of hot plug, stand together.
    """
    devices = devices_of_irqs(facts.irqs, facts.pci_links)
    groups: dict[tuple[str, bool], list[Irq]] = {}
    for irq in irqs:
        queue = irq.number in queues or bool(value_of(irq.managed))
        groups.setdefault((devices.get(irq.number, ""), queue), []).append(irq)
    few = {key: group for key, group in groups.items() if len(group) < _OWN_FINDING}
    together: dict[tuple[str, bool], list[Irq]] = {}
    for (_, queue), group in few.items():
        together.setdefault(("", queue), []).extend(group)
    return together | {key: group for key, group in groups.items() if key not in few}


def _of_workloads(found: Mapping[str, Sequence[Irq]], profile: Profile) -> dict[int, CpuSet]:
    """Return where an interrupt of a workload's device may be by intent: at the CPUs of the workload."""
    allowed: dict[int, CpuSet] = {}
    for workload in profile.workloads:
        for address in workload.devices:
            for irq in found.get(address.lower(), ()):
                allowed[irq.number] = allowed.get(irq.number, CpuSet()) | workload.cpus
    return allowed


def _queues(found: Mapping[str, Sequence[Irq]], online: CpuSet) -> frozenset[int]:
    """Return the interrupts of queues that drivers made for each CPU: they come where the CPU itself does I/O."""
    groups = ([irq for irq in irqs if is_active(irq)] for irqs in found.values())
    return frozenset(number for group in groups for number in spread(group, online))


def _served(irqs: Sequence[Irq], device: str, isolated: CpuSet, queue: bool) -> Outcome:
    """Return the fault that interrupts of one device, or of none, are."""
    of = f" of {device}" if device else ""
    reason = f"interrupts{of} are served at isolated CPUs"
    if queue:
        reason = f"queues{of} for isolated CPUs have their interrupts served there, when these CPUs do I/O themselves"
    return Outcome(
        State.FAIL,
        Subject("irq", IdSet(irq.number for irq in irqs)),
        reason,
        Expected("disjoint", isolated),
        union(CpuSet, (value_of(irq.effective) or CpuSet() for irq in irqs)),
        tuple(seen(irq.effective.source, value_of(irq.effective)) for irq in irqs),
        Cause.CONFLICT,
        Severity.INFO if queue else None,
    )


def _default_specimens() -> Specimens:
    from bedplate.facts.specimen import specimen
    from bedplate.facts.specimen_devices import specimen_irqs
    from bedplate.rules.specimen_profile import wanting

    isolated = wanting({}, isolated="2-3,6-7")
    return Specimens(
        passing=((specimen(irqs=specimen_irqs("0-1,4-5")), isolated),),
        failing=((specimen(irqs=specimen_irqs("0-7")), isolated), (specimen(irqs=specimen_irqs("3")), isolated)),
    )


def _effective_specimens() -> Specimens:
    from bedplate.facts.specimen import specimen
    from bedplate.facts.specimen_devices import specimen_irq, specimen_irqs
    from bedplate.policy import Workload
    from bedplate.rules.specimen_profile import wanting
    from bedplate.values.reading import Absent

    isolated = wanting({}, isolated="2-3,6-7")
    workload = wanting({}, Workload("db", ("0000:01:00.0",), CpuSet([6, 7])), isolated="2-3,6-7")

    def host(*irqs: Irq) -> Facts:
        return specimen(irqs=specimen_irqs("0-7", irqs))

    wide = specimen_irq(40, "0-7", "1")
    owned = specimen_irq(41, "6", "6", device="0000:01:00.0")
    idle = specimen_irq(42, "0-7", "3")._replace(actions=())
    stray = specimen_irq(43, "0-7", "3")
    queues = [specimen_irq(50 + cpu, str(cpu), str(cpu), device="0000:01:00.0") for cpu in range(8)]
    silent = specimen_irq(44, "2-3", "2")
    silent = silent._replace(effective=Absent(silent.effective.source, "the interrupt controller does not tell"))
    return Specimens(
        passing=((host(wide), isolated), (host(wide, idle, owned), workload)),
        failing=tuple((one, isolated) for one in (host(wide, stray), host(owned), host(*queues), host(silent))),
    )


RULES = (
    Rule(
        code="ISO006",
        name="new-irqs-on-isolated-cpus",
        section=Section.ISOLATION,
        severity=Severity.ERROR,
        needs=("topology", "irqs", "isolation"),
        check=_default_affinity,
        what="The mask that new interrupts begin with leaves out the isolated CPUs.",
        why="Each driver that is loaded, each device that is plugged in and each queue that is added asks for "
        "interrupts, and they are served wherever this mask allows until somebody moves them.",
        example="cpu/isolated reads 2-3,6-7, and irq/default_smp_affinity reads ff.",
        remedy=Remedy(
            "Write the mask of the housekeeping CPUs to irq/default_smp_affinity; boot with irqaffinity= to have it "
            "from the start.",
            runtime=True,
        ),
        references=(
            "core-api/irq/irq-affinity: default_smp_affinity",
            "admin-guide/kernel-parameters: irqaffinity",
        ),
        specimens=_default_specimens,
    ),
    Rule(
        code="ISO007",
        name="irq-served-at-isolated-cpu",
        section=Section.ISOLATION,
        severity=Severity.WARNING,
        needs=("topology", "irqs", "pci_links", "isolation"),
        check=_effective_affinity,
        what="No interrupt that has a handler is served at an isolated CPU, but those of a workload's devices at the "
        "workload's own CPUs.  Where effective_affinity is not told, one fails whose smp_affinity holds isolated CPUs "
        "alone.  Queues that a driver made for each CPU are told as information.",
        why="smp_affinity is a wish.  What the interrupt controller was programmed with is effective_affinity, and a "
        "handler there runs in the middle of whatever the CPU was isolated for.",
        example="irq/40/smp_affinity_list reads 0-7, effective_affinity_list reads 3, and CPU 3 is isolated.",
        remedy=Remedy(
            "Write housekeeping CPUs to smp_affinity_list of the IRQ.  An interrupt that the kernel manages itself "
            "refuses that (EIO): isolcpus=managed_irq,… keeps it away as far as its queue allows.",
            runtime=True,
        ),
        references=(
            "core-api/irq/irq-affinity: SMP IRQ affinity",
            "admin-guide/kernel-parameters: isolcpus, managed_irq",
        ),
        specimens=_effective_specimens,
    ),
)
