"""PCI: links that run below what they could, and links and devices that save power."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bedplate.rules.pci_devices import devices_of, is_end_point, judged, lacking, may_be_there, subject
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
    outcome_of_missing,
    seen,
    unknown,
)
from bedplate.values.reading import Present, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bedplate.facts.facts import Facts
    from bedplate.facts.pci import PciDevice
    from bedplate.facts.pci_links import PciLink
    from bedplate.policy import Expectation, Profile
    from bedplate.rules.rule import Evidence
    from bedplate.values.reading import Reading

ASPM_POLICY = "pci.aspm_policy"
"""``performance``: no link saves power; or another policy of pcie_aspm."""
POWER_CONTROL = "pci.power_control"
"""``on``: no device suspends when it is idle; or ``auto``."""


class _Rate(NamedTuple):
    """The speed and width of a link."""

    speed: int
    width: int

    def __str__(self) -> str:
        return f"{self.speed / 1000:g} GT/s ×{self.width}"


def _link_below_best(facts: Facts, _: Profile) -> Iterator[Outcome]:
    links = facts.pci_links.by_address()
    pairs = [(device, links[device.address]) for device in devices_of(facts.pci) if is_end_point(device)]
    yield from lacking(_untold(link for _, link in pairs))
    rated = [(device, link, now, best) for device, link in pairs if (now := _now(link)) and (best := _best(link))]
    if not rated and not any(may_be_there(reading) for _, link in pairs for reading in _readings(link)):
        yield not_applicable("no device has a PCI Express link that tells its speed")
    for device, link, now, best in rated:
        yield from _judged_link(device, link, now, best, links)


def _readings(link: PciLink) -> tuple[Reading[int | None], ...]:
    return link.current_speed, link.current_width, link.max_speed, link.max_width


def _untold(links: Iterable[PciLink]) -> Iterator[tuple[PciLink, Reading[int | None]]]:
    """Yield the first file of each link that the host may have and that was not told."""
    for link in links:
        missing = next((reading for reading in _readings(link) if may_be_there(reading)), None)
        if missing is not None:
            yield link, missing


def _now(link: PciLink) -> _Rate | None:
    speed, width = value_of(link.current_speed), value_of(link.current_width)
    return None if speed is None or width is None else _Rate(speed, width)


def _best(link: PciLink) -> _Rate | None:
    speed, width = value_of(link.max_speed), value_of(link.max_width)
    return None if speed is None or width is None else _Rate(speed, width)


def _judged_link(
    device: PciDevice, link: PciLink, now: _Rate, best: _Rate, links: Mapping[str, PciLink]
) -> Iterator[Outcome]:
    """Judge a link by the lesser of what its two ends can do; the nearest bridge is the other end."""
    if now.speed >= best.speed and now.width >= best.width:
        return
    above = links.get(device.bridges[0]) if device.bridges else None
    limit = None if above is None else _best(above)
    if limit is not None:
        best = _Rate(min(best.speed, limit.speed), min(best.width, limit.width))
    if now.speed >= best.speed and now.width >= best.width:
        return
    ends = (link,) if above is None else (link, above)
    evidence = tuple(seen(reading.source, value_of(reading)) for end in ends for reading in _readings(end))
    if limit is None and device.bridges:
        yield unknown(
            f"the link runs at {now}; the port above does not tell what it can", *evidence, subject=subject(device)
        )
    elif value_of(link.runtime_status) == "suspended":
        yield unknown(f"the device sleeps, its link at {now}", *evidence, subject=subject(device))
    else:
        reason = f"the link runs at {now} though both its ends can do {best}"
        expected = Expected("at-least", str(best))
        yield Outcome(State.FAIL, subject(device), reason, expected, str(now), evidence, Cause.MISMATCH)


def _saves_power(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    aspm, control = profile.expects(ASPM_POLICY), profile.expects(POWER_CONTROL)
    if aspm is None and control is None:
        yield not_applicable(f"profile {profile.name} has no opinion on {ASPM_POLICY} and {POWER_CONTROL}")
        return
    known = facts.pci_links.by_address()
    links = [known[device.address] for device in judged(facts, profile)]
    yield from lacking((link, link.driver) for link in links if may_be_there(link.driver))
    driven = [link for link in links if isinstance(link.driver, Present)]
    if aspm is not None:
        yield from _policy(facts, str(aspm.value), driven)
    if aspm is not None and aspm.value == "performance":
        yield from _states(driven)
    if control is not None:
        yield from _controls(driven, control)


def _policy(facts: Facts, wanted: str, links: Sequence[PciLink]) -> Iterator[Outcome]:
    """Judge the policy; where it is known that no link's power is managed it is without effect."""
    policy = facts.pci_links.aspm_policy
    if not isinstance(policy, Present):
        yield outcome_of_missing(policy)
        return
    if policy.value == wanted:
        return
    if all(isinstance(link.aspm, Present) and not link.aspm.value for link in facts.pci_links.links):
        yield not_applicable("the kernel manages the power of no link here", seen(policy.source, policy.value))
        return
    yield Outcome(
        State.FAIL,
        reason=f"the policy by which links save power is {policy.value}",
        expected=Expected("equal", wanted),
        actual=policy.value,
        evidence=(seen(policy.source, policy.value), *(seen(link.aspm.source) for link in links[:1])),
        cause=Cause.MISMATCH,
    )


def _states(links: Sequence[PciLink]) -> Iterator[Outcome]:
    yield from lacking((link, link.aspm) for link in links if may_be_there(link.aspm))
    for link in links:
        enabled = sorted(name for name, on in (value_of(link.aspm) or {}).items() if on)
        if enabled:
            yield Outcome(
                State.FAIL,
                subject(link),
                f"the link may save power: {', '.join(enabled)}",
                Expected("equal", 0),
                1,
                tuple(_state_evidence(link, enabled)),
                Cause.MISMATCH,
            )


def _state_evidence(link: PciLink, names: Sequence[str]) -> Iterator[Evidence]:
    for name in names:
        yield seen(link.aspm.source._replace(path=f"{link.aspm.source.path}/{name}"), 1)


def _controls(links: Sequence[PciLink], wanted: Expectation) -> Iterator[Outcome]:
    yield from lacking((link, link.power_control) for link in links if may_be_there(link.power_control))
    for link in links:
        control = link.power_control
        if isinstance(control, Present) and control.value != wanted.value:
            yield Outcome(
                State.FAIL,
                subject(link),
                "the device may suspend when it is idle" if control.value == "auto" else "the device is kept awake",
                Expected("equal", wanted.value),
                control.value,
                (seen(control.source, control.value),),
                Cause.MISMATCH,
            )


def _link_specimens() -> Specimens:
    from bedplate.facts.specimen import specimen, specimen_topology
    from bedplate.facts.specimen_devices import specimen_device, specimen_link, specimen_links, specimen_pci

    bridge = specimen_device("0000:40:00.0", 1, "4-7", 0x060400)
    device = specimen_device("0000:41:00.0", 1, "4-7")._replace(bridges=(bridge.address,))
    pci = specimen_pci(specimen_topology(), [bridge, device])
    link, port = specimen_link(device), specimen_link(bridge, "pcieport")
    slow = link._replace(current_speed=Present(8000, link.current_speed.source))
    slow_port = port._replace(max_speed=Present(8000, port.max_speed.source))
    narrow = link._replace(current_width=Present(4, link.current_width.source))

    def host(*links: PciLink) -> Facts:
        return specimen(pci=pci, pci_links=specimen_links(pci, links))

    return Specimens(
        passing=((host(link, port), None), (host(slow, slow_port), None)),
        failing=((host(slow, port), None), (host(narrow, slow_port), None)),
    )


def _power_specimens() -> Specimens:
    from bedplate.facts.specimen import specimen, specimen_topology
    from bedplate.facts.specimen_devices import specimen_device, specimen_link, specimen_links, specimen_pci
    from bedplate.rules.specimen_profile import wanting

    device = specimen_device("0000:41:00.0", 1, "4-7")
    pci = specimen_pci(specimen_topology(), [device])
    link = specimen_link(device)
    dozing = link._replace(aspm=Present({"l0s_aspm": False, "l1_aspm": True}, link.aspm.source))
    automatic = link._replace(power_control=Present("auto", link.power_control.source))
    wanted = wanting({ASPM_POLICY: "performance", POWER_CONTROL: "on"})

    def host(one: PciLink, policy: str = "performance") -> Facts:
        return specimen(pci=pci, pci_links=specimen_links(pci, [one], policy))

    return Specimens(
        passing=((host(link), wanted),),
        failing=((host(link, "default"), wanted), (host(dozing), wanted), (host(automatic), wanted)),
    )


RULES = (
    Rule(
        code="PCI006",
        name="link-below-its-best",
        section=Section.PCI,
        severity=Severity.WARNING,
        needs=("pci", "pci_links"),
        check=_link_below_best,
        what="The link of each PCI Express device runs at the speed and width that both its ends are made for.",
        why="A link that trained down (a dirty contact, a bent pin, a riser of an older generation) carries a half or "
        "a quarter of the data, and nothing else tells of it.  The lesser of the two ends counts: a fast card in a "
        "slow slot is as it should be.",
        example="An NVMe drive for 16 GT/s ×4 runs at 8 GT/s ×4 below a port for 16 GT/s ×4.",
        remedy=Remedy(
            "Seat the card again, try another slot, update the firmware.  Some graphics cards lower their link when "
            "they are idle: look again under load.",
            reboot=True,
        ),
        references=(
            "ABI/testing/sysfs-bus-pci: current_link_speed, current_link_width, max_link_speed, max_link_width",
        ),
        specimens=_link_specimens,
    ),
    Rule(
        code="PCI007",
        name="device-saves-power",
        section=Section.PCI,
        severity=Severity.WARNING,
        needs=("pci", "pci_links"),
        check=_saves_power,
        what="Links do not enter low-power states (ASPM), and devices do not suspend, where the profile wants that.",
        why="A link takes microseconds to come back from L1, tens of them with its substates, and a suspended device "
        "milliseconds: the first packet or command after a pause waits for that.",
        example="pcie_aspm/parameters/policy reads [default], and link/l1_aspm of the network card reads 1.",
        remedy=Remedy(
            "Write performance to pcie_aspm/parameters/policy (or boot with pcie_aspm.policy=performance), and on to "
            "power/control of the device; where the firmware keeps ASPM to itself, switch it off there.",
            runtime=True,
        ),
        references=(
            "ABI/testing/sysfs-bus-pci: link/l1_aspm, link/clkpm",
            "power/pci: Device Runtime Power Management",
            "admin-guide/kernel-parameters: pcie_aspm",
        ),
        specimens=_power_specimens,
        settings=(ASPM_POLICY, POWER_CONTROL),
    ),
)
