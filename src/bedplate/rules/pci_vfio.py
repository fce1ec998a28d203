"""PCI: devices that a program drives itself, and what keeps their DMA within its memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.pci_devices import devices_of, is_end_point, lacking, may_be_there, subject
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
    not_applicable,
    seen,
)
from bedplate.values.reading import Absent, Present, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.facts.pci_links import PciLink, PciLinks
    from bedplate.policy import Profile
    from bedplate.rules.rule import Evidence

NEED_IOMMU = "pci.user_drivers_need_iommu"
"""Whether a device without an IOMMU in a program's hands is an error, and not only a warning."""

_NO_IOMMU_GROUP = "vfio-noiommu"
# They give a program the registers, and thereby DMA to all of memory; the IOMMU, if any, is not asked.
_UIO = frozenset(("uio_pci_generic", "igb_uio"))


def _unprotected(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    wanted = profile.expects(NEED_IOMMU)
    severity = Severity.ERROR if wanted is not None and wanted.value is True else None
    devices_of(facts.pci)
    links = facts.pci_links
    untold = [link for link in links.links if may_be_there(link.driver)]
    yield from lacking((link, link.driver) for link in untold)
    users = [link for link in links.links if _is_vfio(link) or value_of(link.driver) in _UIO]
    for link in users:
        yield from (outcome._replace(severity=severity) for outcome in _judged(link, facts))
    if value_of(links.unsafe_noiommu):
        yield _noiommu_allowed(links)._replace(severity=severity)
    elif not users and not untold:
        yield not_applicable("no device is bound to a driver that hands it to a program (vfio, uio)")


def _is_vfio(link: PciLink) -> bool:
    """Return whether vfio-pci drives a device, or a variant of it such as mlx5_vfio_pci."""
    driver = (value_of(link.driver) or "").replace("-", "_")
    return driver == "vfio_pci" or driver.endswith("_vfio_pci")


def _judged(link: PciLink, facts: Facts) -> Iterator[Outcome]:
    driver = value_of(link.driver)
    bound = seen(link.driver.source, driver)
    if driver in _UIO:
        yield _fault(link, f"{driver} hands the device to a program without asking the IOMMU", bound)
    elif isinstance(link.iommu_group, Present):
        yield from _judged_group(link, link.iommu_group.value, facts, bound)
    elif isinstance(link.iommu_group, Absent) and link.iommu_group.certain:
        yield _fault(
            link, f"{driver} drives the device, and it is in no IOMMU group", bound, seen(link.iommu_group.source)
        )
    else:
        yield from lacking([(link, link.iommu_group)])


def _judged_group(link: PciLink, number: str, facts: Facts, bound: Evidence) -> Iterator[Outcome]:
    group = facts.pci_links.groups.get(number)
    where = seen(link.iommu_group.source, number)
    if group is not None and value_of(group.name) == _NO_IOMMU_GROUP:
        name = seen(group.name.source, _NO_IOMMU_GROUP)
        yield _fault(link, "vfio drives the device without an IOMMU (noiommu)", bound, where, name)
        return
    others = [other for other in facts.pci_links.links if other is not link and _holds(other, number, facts)]
    if others:
        names = ", ".join(f"{other.address} ({value_of(other.driver)})" for other in others)
        drivers = (seen(other.driver.source, value_of(other.driver)) for other in others)
        yield _fault(
            link, f"kernel drivers hold other devices of its IOMMU group {number}: {names}", bound, where, *drivers
        )


def _holds(link: PciLink, number: str, facts: Facts) -> bool:
    """Return whether a kernel driver holds an end point of a group; vfio lets bridges and free devices be."""
    if value_of(link.iommu_group) != number or not isinstance(link.driver, Present) or _is_vfio(link):
        return False
    device = facts.pci.by_address().get(link.address)
    return device is not None and is_end_point(device) and link.driver.value != "pci-stub"


def _fault(link: PciLink, reason: str, *evidence: Evidence) -> Outcome:
    expected = Expected("equal", "vfio-pci with an IOMMU group of its own")
    return Outcome(State.FAIL, subject(link), reason, expected, value_of(link.driver), evidence, Cause.CONFLICT)


def _noiommu_allowed(links: PciLinks) -> Outcome:
    return Outcome(
        State.FAIL,
        reason="vfio may hand devices to programs without an IOMMU (enable_unsafe_noiommu_mode)",
        expected=Expected("equal", False),
        actual=True,
        evidence=(seen(links.unsafe_noiommu.source, "Y"),),
        cause=Cause.MISMATCH,
    )


def _specimens() -> Specimens:
    from dataclasses import replace

    from bedplate.facts.specimen import specimen, specimen_topology
    from bedplate.facts.specimen_devices import specimen_device, specimen_link, specimen_links, specimen_pci
    from bedplate.rules.specimen_profile import wanting

    devices = [specimen_device(f"0000:41:00.{function}", 1, "4-7") for function in (0, 1)]
    pci = specimen_pci(specimen_topology(), devices)
    alone, kernel = specimen_link(devices[0], "vfio-pci"), specimen_link(devices[1])
    ungrouped = alone._replace(iommu_group=Absent(alone.iommu_group.source, "no IOMMU translates for the device"))
    together = kernel._replace(iommu_group=Present(devices[0].address, kernel.iommu_group.source))

    def host(*links: PciLink, noiommu: bool = False) -> Facts:
        made = specimen_links(pci, links)
        return specimen(
            pci=pci,
            pci_links=replace(made, unsafe_noiommu=Present(True, made.unsafe_noiommu.source)) if noiommu else made,
        )

    return Specimens(
        passing=((host(alone, kernel), None),),
        failing=(
            (host(ungrouped), None),
            (host(alone, together), wanting({NEED_IOMMU: True})),
            (host(specimen_link(devices[0], "igb_uio")), None),
            (host(noiommu=True), None),
        ),
    )


RULES = (
    Rule(
        code="PCI008",
        name="user-driver-without-iommu",
        section=Section.PCI,
        severity=Severity.WARNING,
        needs=("pci", "pci_links"),
        check=_unprotected,
        what="A device that a program drives itself (DPDK, SPDK, a virtual machine) is bound to vfio-pci, in an IOMMU "
        "group of which no other device is held by a kernel driver.",
        why="Such a program tells the device where to write.  Without an IOMMU that is anywhere in memory: a fault of "
        "the program, or whoever takes it over, owns the host.  A group that is shared with a kernel driver is "
        "refused when the program opens it.",
        example="0000:41:00.0 is bound to igb_uio; or to vfio-pci in a group of the name vfio-noiommu.",
        remedy=Remedy(
            "Boot with the IOMMU on (intel_iommu=on or amd_iommu=on, with iommu=pt for kernel drivers' sake), bind the "
            "device and the rest of its group to vfio-pci, and leave enable_unsafe_noiommu_mode off.",
            reboot=True,
            risk="medium",
        ),
        references=(
            "driver-api/vfio: Groups, Devices, and IOMMUs",
            "admin-guide/kernel-parameters: intel_iommu, amd_iommu, iommu",
        ),
        specimens=_specimens,
        settings=(NEED_IOMMU,),
    ),
)
