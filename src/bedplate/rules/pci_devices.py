"""The PCI devices as the rules look at them: which there are, which matter, what was not told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from bedplate.facts.pci import is_bridge
from bedplate.rules.numa_nodes import nodes_of, only_one
from bedplate.rules.rule import HOST, NoValue, Subject, need, outcome_of_missing, seen, seen_missing
from bedplate.values.reading import Absent, Present, Source, fault_of, value_of, why_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bedplate.facts.facts import Facts
    from bedplate.facts.pci import Pci, PciDevice
    from bedplate.facts.pci_links import PciLink
    from bedplate.facts.topology import Node, Topology
    from bedplate.policy import Profile
    from bedplate.rules.rule import Evidence, Outcome
    from bedplate.values.reading import Missing, Reading

Device: TypeAlias = "PciDevice | PciLink"

# A list of more devices than these is counted and not repeated in a finding.
SHOWN_DEVICES = 16


def devices_of(pci: Pci) -> tuple[PciDevice, ...]:
    """Return the devices; where there is none, end the rule with what that means."""
    need(pci.bus)
    if not pci.devices:
        raise NoValue(Absent(pci.bus.source, "holds no device", pci.complete))
    return pci.devices


def several_nodes(topology: Topology) -> tuple[Node, ...]:
    """Return the online nodes; end the rule where there is but one: everything is near to everything."""
    nodes = nodes_of(topology)
    if len(nodes) == 1:
        raise NoValue(Absent(Source(topology.nodes_source), only_one(nodes)))
    return nodes


def subject(device: Device) -> Subject:
    """Return the subject that a device is."""
    return Subject("pci", device.address)


def is_end_point(device: PciDevice) -> bool:
    """Return whether a device is known to be no bridge."""
    code = value_of(device.class_code)
    return code is not None and not is_bridge(code)


def judged(facts: Facts, profile: Profile) -> tuple[PciDevice, ...]:
    """Return the devices whose placing matters: those of the profile's workloads, without any all but bridges."""
    devices = devices_of(facts.pci)
    wanted = {address.lower() for workload in profile.workloads for address in workload.devices}
    if wanted:
        return tuple(device for device in devices if device.address in wanted)
    return tuple(filter(is_end_point, devices))


def may_be_there(reading: Reading[object]) -> bool:
    """Return whether a value is missing that the host may have."""
    return not isinstance(reading, Present) and not (isinstance(reading, Absent) and reading.certain)


def place_evidence(device: PciDevice, pci: Pci) -> tuple[Evidence, ...]:
    """Return where it was seen that a device is where its locality says."""
    source = device.locality.source
    if source.startswith("bridge "):
        bridge = pci.by_address().get(source.removeprefix("bridge "))
        return () if bridge is None else (seen(bridge.numa_node.source, value_of(bridge.numa_node)),)
    if source == "cpulist":
        reading = device.local_cpus if isinstance(device.local_cpus, Present) else device.local_cpulist
        return (seen(reading.source, value_of(reading)),)
    number = value_of(device.numa_node)
    return (seen(device.numa_node.source, -1 if number is None else number),)


class _Lack(NamedTuple):
    """What readings must share to be one outcome."""

    kind: type[Missing]
    name: str
    fault: str
    certain: bool


def lacking(readings: Iterable[tuple[Device, Reading[object]]]) -> Iterator[Outcome]:
    """Yield what the readings without a value mean, one outcome for all the devices that lack the same thing."""
    groups: dict[_Lack, list[tuple[Device, Missing]]] = {}
    for device, reading in readings:
        if not isinstance(reading, Present):
            name = reading.source.path.removeprefix(f"{device.path}/").rpartition(":")[2]
            certain = isinstance(reading, Absent) and reading.certain
            groups.setdefault(_Lack(type(reading), name, fault_of(reading), certain), []).append((device, reading))
    for lack, group in groups.items():
        yield _lack(lack, group)


def _lack(lack: _Lack, group: list[tuple[Device, Missing]]) -> Outcome:
    evidence = tuple(seen_missing(reading) for _, reading in group[:SHOWN_DEVICES])
    reason = f"{lack.name}: {why_all([reading for _, reading in group])}"
    if len(group) > SHOWN_DEVICES:
        reason = f"of {len(group)} devices, {reason}"
        return outcome_of_missing(group[0][1], HOST)._replace(reason=reason, evidence=evidence)
    devices = Subject("pci", ",".join(device.address for device, _ in group))
    return outcome_of_missing(group[0][1], devices)._replace(reason=reason, evidence=evidence)
