"""PCI: a workload runs where its devices are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.pci_devices import devices_of, place_evidence, subject
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
    not_applicable,
    seen,
    unknown,
)
from bedplate.values.idset import CpuSet, union

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.facts.pci import PciDevice
    from bedplate.facts.topology import Topology
    from bedplate.policy import Profile, Workload

WORKLOAD_LOCALITY = "pci.workload_locality"
"""``node``: a workload runs on CPUs of its devices' node; ``package``: of their package."""


def _workload_remote(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    if not any(workload.devices for workload in profile.workloads):
        yield not_applicable(f"profile {profile.name} names no workload with PCI devices")
        return
    wanted = profile.expects(WORKLOAD_LOCALITY)
    if wanted is None:
        yield not_applicable(f"profile {profile.name} has no opinion on {WORKLOAD_LOCALITY}")
        return
    devices = {device.address: device for device in devices_of(facts.pci)}
    for workload in profile.workloads:
        for address in workload.devices:
            device = devices.get(address.lower())
            if device is None:
                yield _no_such_device(address, workload, facts)
            else:
                yield from _placed(device, workload, facts, str(wanted.value))


def _no_such_device(address: str, workload: Workload, facts: Facts) -> Outcome:
    bus = facts.pci.bus.source
    if not facts.pci.complete:
        return unknown(
            f"the device of workload {workload.name} is not in this capture", seen(bus), subject=Subject("pci", address)
        )
    return Outcome(
        State.FAIL,
        Subject("pci", address),
        f"the device of workload {workload.name} is not there",
        Expected("present", address),
        None,
        (seen(bus),),
        Cause.ABSENT,
    )


def _placed(device: PciDevice, workload: Workload, facts: Facts, within: str) -> Iterator[Outcome]:
    place = device.locality
    evidence = place_evidence(device, facts.pci)
    if place.cpus is None:
        yield unknown("nothing tells where the device is", *evidence, subject=subject(device))
        return
    near = place.cpus if within != "package" else _packages_of(place.cpus, facts.topology)
    remote = workload.cpus - near
    if remote:
        where = f"node {place.node}" if place.node is not None else f"the CPUs {place.cpus}"
        yield Outcome(
            State.FAIL,
            subject(device),
            f"the device is near to {where} (by {place.source}), workload {workload.name} runs on the CPUs {remote}",
            Expected("subset", near),
            workload.cpus,
            evidence,
            Cause.CONFLICT,
        )


def _packages_of(cpus: CpuSet, topology: Topology) -> CpuSet:
    """Return the CPUs of all packages that hold some of these, and these."""
    return union(CpuSet, [cpus, *(one.cpus for one in topology.packages if not one.cpus.isdisjoint(cpus))])


def _workload_specimens() -> Specimens:
    from bedplate.facts.specimen import specimen
    from bedplate.policy import Workload
    from bedplate.rules.specimen_profile import wanting

    def runs(device: str, cpus: str, within: str = "node") -> Profile:
        return wanting({WORKLOAD_LOCALITY: within}, Workload("db", (device,), CpuSet.from_list(cpus)))

    host = specimen()
    return Specimens(
        passing=((host, runs("0000:01:00.0", "4-7")), (host, runs("0000:01:00.0", "6", "package"))),
        failing=(
            (host, runs("0000:01:00.0", "3-4")),
            (host, runs("0000:01:00.0", "3-4", "package")),
            (host, runs("0000:09:00.0", "4")),
        ),
    )


RULES = (
    Rule(
        code="PCI004",
        name="workload-remote-from-device",
        section=Section.PCI,
        severity=Severity.ERROR,
        needs=("topology", "pci"),
        check=_workload_remote,
        what="A workload runs on CPUs near to each of its PCI devices: of the same NUMA node, or the same package.",
        why="Every descriptor and every byte that the device reads or writes crosses the link between the nodes "
        "otherwise, and the data misses the caches of the CPU that uses it.",
        example="Workload db uses the NVMe drive 0000:41:00.0 of node 1 and runs on CPUs 0-3 of node 0.",
        remedy=Remedy(
            "Give the workload CPUs (and memory) of the device's node, or put the device into a slot of the other.",
            runtime=True,
        ),
        references=(
            "admin-guide/mm/numaperf: NUMA Locality",
            "ABI/testing/sysfs-bus-pci: /sys/bus/pci/devices/.../local_cpulist",
        ),
        specimens=_workload_specimens,
        settings=(WORKLOAD_LOCALITY,),
    ),
)
