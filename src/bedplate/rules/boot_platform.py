"""The command line: words that take CPUs, interrupts, clocks or large mappings away from the hardware."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.boot_words import fault, seen_line, seen_word, specimens_of
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
    need,
    not_applicable,
    outcome_of_missing,
    seen,
)
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Present, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.boot import Parameter
    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile

_X86 = ("x86_64", "i386", "i586", "i686")
_CAPS = ("nosmp", "maxcpus", "nr_cpus", "possible_cpus")

# Word, value (None: without one) and what it costs; all are of x86.
_CRIPPLING = (
    ("noapic", None, "interrupts go through the old controller, all to one CPU"),
    ("nolapic", None, "the local APIC is off: one CPU, no timer of its own"),
    ("disableapic", None, "the local APIC is off: one CPU, no timer of its own"),
    ("nolapic_timer", None, "the CPUs share one timer"),
    ("nox2apic", None, "CPUs from number 255 on cannot be reached"),
    ("acpi", "off", "no NUMA nodes, no interrupt routing, no idle states"),
    ("acpi", "noirq", "interrupts are not routed by the firmware's tables"),
    ("pci", "off", "there are no PCI devices"),
    ("pci", "noacpi", "interrupts of PCI devices are guessed"),
    ("nopat", None, "devices cannot be mapped write-combining"),
    ("notsc", None, "the fast clock is not used"),
    ("tsc", "unstable", "the fast clock is not used"),
    ("nohpet", None, "the TSC loses a clock that it is checked against"),
    ("hpet", "disable", "the TSC loses a clock that it is checked against"),
    ("vdso", "0", "every look at the time is a system call"),
)


def _cpus_taken(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    boot, topology = facts.boot, facts.topology
    line = need(boot.cmdline)
    found = [one for name in _CAPS for one in line.all(name)]
    declared = profile.expects("boot.cpus_capped")
    if declared is not None and declared.value:
        yield not_applicable(f"profile {profile.name} declares it: {declared.reason}")
        return
    if not found:
        yield Outcome(State.PASS, actual=topology.online, evidence=(seen_line(boot),))
        return
    present = topology.present
    if not isinstance(present, Present):
        yield outcome_of_missing(present)
        return
    for parameter in found:
        yield from _taken_by(parameter, facts, present.value)


def _taken_by(parameter: Parameter, facts: Facts, present: CpuSet) -> Iterator[Outcome]:
    """Yield a failure where CPUs are missing that a word may have taken; it can be there and take none."""
    topology = facts.topology
    limit = _limit(parameter)
    possible = topology.possible
    sees_less = parameter.name in ("nr_cpus", "possible_cpus")
    evidence = [seen_word(facts.boot, parameter), seen(topology.present.source, present)]
    if limit is None:
        yield fault(f"{parameter} is not a number of CPUs", evidence, actual=parameter.value, cause=Cause.UNPARSABLE)
    elif not sees_less and len(topology.online) <= max(limit, 1) and present > topology.online:
        lost = present - topology.online
        yield fault(
            f"{parameter} leaves CPUs {lost} off-line",
            evidence,
            expected=Expected("equal", present),
            actual=topology.online,
        )
    elif sees_less and isinstance(possible, Present) and len(possible.value | present) == max(limit, 1):
        # Where there are more than the word lets the kernel did not follow it, whatever the line says.
        yield fault(
            f"the kernel sees as many CPUs as {parameter} lets it: there may be more",
            [*evidence, seen(possible.source, possible.value)],
            expected=Expected("below", limit),
            actual=len(possible.value),
        )


def _limit(parameter: Parameter) -> int | None:
    """Return how many CPUs a word allows, None where its value is not a number."""
    if parameter.name == "nosmp":
        return 0
    value = parameter.value or ""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 9 else None


def _crippled(facts: Facts, _: Profile) -> Iterator[Outcome]:
    boot = facts.boot
    line = need(boot.cmdline)
    if facts.constants.architecture is not None and facts.constants.architecture not in _X86:
        yield not_applicable(f"these parameters are of x86, and this is {facts.constants.architecture}")
        return
    for name, value, cost in _CRIPPLING:
        for parameter in line.all(name):
            if value is None or value in (parameter.value or "").split(","):
                yield fault(
                    f"{parameter}: {cost}",
                    [seen_word(boot, parameter)],
                    expected=Expected("absent", name if value is None else f"{name}={value}"),
                    actual=str(parameter),
                )


def _small_mappings(facts: Facts, _: Profile) -> Iterator[Outcome]:
    boot = facts.boot
    found = need(boot.cmdline).last("nogbpages")
    if facts.constants.architecture is not None and facts.constants.architecture != "x86_64":
        yield not_applicable(f"nogbpages is of x86_64, and this is {facts.constants.architecture}")
    elif found is not None and boot.gbpages is not None and value_of(boot.gbpages) is False:
        yield not_applicable("the CPU has no 1 GiB pages (pdpe1gb)", seen(boot.gbpages.source))
    elif found is not None:
        yield fault(
            "the kernel maps memory for itself without 1 GiB pages",
            [seen_word(boot, found)],
            expected=Expected("absent", "nogbpages"),
            actual=str(found),
        )


def _cpus_taken_specimens() -> Specimens:
    from dataclasses import replace

    from bedplate.facts.specimen import booted, specimen_topology

    whole = specimen_topology()
    half = replace(whole, online=CpuSet(range(4)), offline=CpuSet(range(4, 8)))
    return Specimens(
        passing=tuple((booted(line), None) for line in ("quiet", "nr_cpus=4", "nr_cpus=16")),
        failing=(
            (booted("maxcpus=4", half), None),
            (booted("nosmp", replace(whole, online=CpuSet([0]))), None),
            (booted("nr_cpus=8"), None),
            (booted("maxcpus=all"), None),
        ),
    )


RULES = (
    Rule(
        code="BOOT011",
        name="cpus-taken-away-at-boot",
        section=Section.BOOT,
        severity=Severity.ERROR,
        needs=("boot", "topology"),
        check=_cpus_taken,
        settings=("boot.cpus_capped",),
        what="No word of the command line keeps CPUs of the host from being used, unless the profile declares it.",
        why="nosmp, maxcpus=, nr_cpus= and possible_cpus= are left over from tests and crash kernels: whole packages "
        "are idle and nothing says so.",
        example="maxcpus=4 on a host of 64 CPUs: cpu/present reads 0-63, cpu/online 0-3.",
        remedy=Remedy(
            "Take the word away; CPUs that maxcpus= left off-line can be brought up at run time.", reboot=True
        ),
        references=("admin-guide/kernel-parameters: nosmp, maxcpus, nr_cpus, possible_cpus", "core-api/cpu_hotplug"),
        specimens=_cpus_taken_specimens,
    ),
    Rule(
        code="BOOT012",
        name="platform-crippled-at-boot",
        section=Section.BOOT,
        severity=Severity.ERROR,
        needs=("boot",),
        check=_crippled,
        what="No word of the command line takes interrupt controllers, clocks or firmware tables from an x86 kernel.",
        why="Such words are answers to broken hardware of another time. Each of them costs every interrupt or every "
        "look at the clock, and some hide the NUMA nodes.",
        example="acpi=off: one node, one interrupt controller, no idle states.",
        remedy=Remedy("Take the word away, and boot once with someone at the console.", reboot=True, risk="medium"),
        references=("admin-guide/kernel-parameters", "arch/x86/x86_64/boot-options"),
        specimens=lambda: specimens_of(
            ("quiet acpi=force pci=realloc tsc=reliable vdso=1",),
            ("noapic", "acpi=off", "pci=nommconf,noacpi", "vdso=0"),
        ),
    ),
    Rule(
        code="BOOT013",
        name="large-kernel-mappings-disabled",
        section=Section.BOOT,
        severity=Severity.WARNING,
        needs=("boot",),
        check=_small_mappings,
        what="The kernel may map memory for itself with 1 GiB pages.",
        why="With nogbpages the kernel's view of all memory takes 512 times as many entries, which compete with those "
        "of programs in the TLB.",
        example="nogbpages on a host whose huge pages of 1 GiB are for a database.",
        remedy=Remedy("Take nogbpages away; large mappings are the default.", reboot=True),
        references=("arch/x86/x86_64/boot-options: Miscellaneous",),
        specimens=lambda: specimens_of(("gbpages",), ("nogbpages",)),
    ),
)
