"""PCI: interrupts and queues of devices, on CPUs near to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.irq_devices import irqs_of_devices, spread
from bedplate.facts.isolation import isolated_cpus
from bedplate.rules.irq_subjects import irqs_lacking, is_active
from bedplate.rules.pci_devices import judged, lacking, may_be_there, place_evidence, several_nodes, subject
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
    give_up,
    need,
    not_applicable,
    seen,
    unknown,
)
from bedplate.values.idset import CpuSet, IdSet, union
from bedplate.values.reading import Absent, Present, Source, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bedplate.facts.facts import Facts
    from bedplate.facts.irqs import Irq
    from bedplate.facts.pci import PciDevice
    from bedplate.policy import Profile

IRQ_PLACEMENT = "pci.irq_placement"
"""``local``: a device's interrupts are served near to it; ``local-housekeeping``: and not at isolated CPUs."""
QUEUES = "pci.queues"
"""``local``: a network interface has no more queues than housekeeping CPUs are near to it."""


def _irq_remote(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    wanted = profile.expects(IRQ_PLACEMENT)
    if wanted is None:
        yield not_applicable(f"profile {profile.name} has no opinion on {IRQ_PLACEMENT}")
        return
    several_nodes(facts.topology)
    avoided = _isolated(facts, profile) if wanted.value == "local-housekeeping" else CpuSet()
    need(facts.irqs.folder)
    found = irqs_of_devices(facts.irqs, facts.pci_links)
    devices = [(device, found[device.address]) for device in judged(facts, profile) if device.address in found]
    if not devices:
        yield from _none_known(facts, profile)
    for device, irqs in devices:
        yield from _placed(device, irqs, avoided, facts)


def _none_known(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    """Tell that no interrupt is known to be of a device, which a capture may just not say."""
    known = facts.pci_links.by_address()
    links = [known[device.address] for device in judged(facts, profile)]
    untold = [link for link in links if may_be_there(link.msi_irqs)]
    yield from lacking((link, link.msi_irqs) for link in untold)
    if not untold:
        yield not_applicable("no device has message-signalled interrupts", seen(facts.irqs.folder.source))


def _isolated(facts: Facts, profile: Profile) -> CpuSet:
    """Return the isolated CPUs, none where none is; end the rule where that is not known."""
    isolated = isolated_cpus(facts.topology, facts.isolation, profile.isolated)
    if isinstance(isolated, Present):
        return isolated.value
    return CpuSet() if isinstance(isolated, Absent) and isolated.certain else give_up(isolated)


def _placed(device: PciDevice, irqs: Sequence[Irq], avoided: CpuSet, facts: Facts) -> Iterator[Outcome]:
    place = device.locality
    evidence = place_evidence(device, facts.pci)
    if place.cpus is None:
        yield unknown("nothing tells where the device is", *evidence, subject=subject(device))
        return
    allowed = place.cpus - avoided
    if not allowed:
        yield unknown(f"all CPUs near to the device ({place.cpus}) are isolated", *evidence, subject=subject(device))
        return
    active = [irq for irq in irqs if is_active(irq)]
    by_design = spread(active, facts.topology.online)
    judged_irqs = [irq for irq in active if irq.number not in by_design and not value_of(irq.managed)]
    yield from irqs_lacking(judged_irqs, facts.irqs.folder.source)
    remote = [irq for irq in judged_irqs if not (value_of(irq.effective) or CpuSet()) <= allowed]
    if remote:
        seen_at = tuple(seen(irq.effective.source, value_of(irq.effective)) for irq in remote)
        yield Outcome(
            State.FAIL,
            Subject("irq", IdSet(irq.number for irq in remote)),
            f"interrupts of {device.address} are served at CPUs that are not near to it, or isolated",
            Expected("subset", allowed),
            union(CpuSet, (value_of(irq.effective) or CpuSet() for irq in remote)),
            (*seen_at, *evidence),
            Cause.MISMATCH,
        )


def _too_many_queues(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    if profile.expects(QUEUES) is None:
        yield not_applicable(f"profile {profile.name} has no opinion on {QUEUES}")
        return
    avoided = _isolated(facts, profile)
    links = facts.pci_links.by_address()
    networks = [device for device in judged(facts, profile) if links[device.address].interfaces]
    if not networks:
        bus = seen(facts.pci.bus.source)
        said = "no PCI device has a network interface"
        yield not_applicable(said, bus) if facts.pci.complete else unknown(f"in this capture {said}", bus)
    for device in networks:
        for interface in links[device.address].interfaces:
            queues = max(interface.receive_queues, interface.transmit_queues)
            source = seen(Source(interface.path))
            near = device.locality.cpus
            if near is None or not queues:
                what = "its queues" if not queues else "where the device is"
                yield unknown(f"nothing tells {what}", source, subject=subject(device))
            elif queues > len(near - avoided):
                yield Outcome(
                    State.FAIL,
                    subject(device),
                    f"{interface.name} has {queues} queues, and {len(near - avoided)} housekeeping CPUs are near to it",
                    Expected("at-most", len(near - avoided)),
                    queues,
                    (source, *place_evidence(device, facts.pci)),
                    Cause.MISMATCH,
                )


def _irq_specimens() -> Specimens:
    from bedplate.facts.specimen import specimen, specimen_topology
    from bedplate.facts.specimen_devices import specimen_device, specimen_irq, specimen_irqs, specimen_pci
    from bedplate.rules.specimen_profile import wanting

    topology = specimen_topology()
    address = "0000:41:00.0"
    pci = specimen_pci(topology, [specimen_device(address, 1, "4-7")])
    local = wanting({IRQ_PLACEMENT: "local"})
    apart = wanting({IRQ_PLACEMENT: "local-housekeeping"}, isolated="6-7")

    def host(*irqs: Irq) -> Facts:
        return specimen(topology, pci=pci, irqs=specimen_irqs("0-7", irqs))

    near = specimen_irq(40, "4-7", "5", device=address)
    remote, disturbing = (specimen_irq(40, "0-7", cpu, device=address) for cpu in ("3", "7"))
    queues = [specimen_irq(41 + cpu, str(cpu), str(cpu), device=address) for cpu in topology.online]
    return Specimens(
        passing=((host(near), local), (host(near), apart), (host(near, *queues), local)),
        failing=((host(remote), local), (host(disturbing), apart)),
    )


def _queue_specimens() -> Specimens:
    from bedplate.facts.pci_links import Interface
    from bedplate.facts.specimen import specimen, specimen_topology
    from bedplate.facts.specimen_devices import specimen_device, specimen_link, specimen_links, specimen_pci
    from bedplate.rules.specimen_profile import wanting

    topology = specimen_topology()
    device = specimen_device("0000:41:00.0", 1, "4-7")
    pci = specimen_pci(topology, [device])
    few, fewer = wanting({QUEUES: "local"}), wanting({QUEUES: "local"}, isolated="6-7")

    def host(queues: int) -> Facts:
        interface = Interface("eth0", f"{device.path}/net/eth0/queues", queues, queues)
        link = specimen_link(device)._replace(interfaces=(interface,))
        return specimen(topology, pci=pci, pci_links=specimen_links(pci, [link]))

    return Specimens(
        passing=((host(4), few), (host(2), fewer)),
        failing=((host(8), few), (host(4), fewer)),
    )


RULES = (
    Rule(
        code="PCI005",
        name="device-irq-served-remotely",
        section=Section.PCI,
        severity=Severity.WARNING,
        needs=("topology", "pci", "pci_links", "irqs", "isolation"),
        check=_irq_remote,
        what="The interrupts of devices are served at CPUs near to the device, in some profiles not at isolated ones. "
        "Interrupts of drivers with a queue for each CPU are left alone: they are near to whoever uses the queue.",
        why="The handler touches the rings that the device writes.  From another node each of these is a miss that "
        "goes across the link, and the tasks that it wakes tend to stay on its node.",
        example="eth0 is of node 1 (CPUs 4-7), and effective_affinity_list of its IRQ 40 reads 3.",
        remedy=Remedy(
            "Write the CPUs near to the device to smp_affinity_list of the IRQ, or let irqbalance do so with the "
            "isolated CPUs banned.  What the kernel manages itself refuses that: it follows isolcpus=managed_irq.",
            runtime=True,
        ),
        references=(
            "core-api/irq/irq-affinity: SMP IRQ affinity",
            "ABI/testing/sysfs-bus-pci: /sys/bus/pci/devices/.../msi_irqs/",
        ),
        specimens=_irq_specimens,
        settings=(IRQ_PLACEMENT,),
    ),
    Rule(
        code="PCI009",
        name="more-queues-than-local-cpus",
        section=Section.PCI,
        severity=Severity.INFO,
        needs=("topology", "pci", "pci_links", "isolation"),
        check=_too_many_queues,
        what="A network interface has no more queues in use than housekeeping CPUs are near to its device.",
        why="Drivers make a queue for each CPU of the host.  Those beyond the CPUs that are near and free are served "
        "from another node or disturb an isolated CPU, and each has memory for its rings.",
        example="eth0 has 64 queues; 30 housekeeping CPUs are in its node.",
        remedy=Remedy("Set the number of channels: ethtool -L eth0 combined 30.", runtime=True, risk="medium"),
        references=("networking/scaling: RSS: Receive Side Scaling, Suggested Configuration",),
        specimens=_queue_specimens,
        settings=(QUEUES,),
    ),
)
