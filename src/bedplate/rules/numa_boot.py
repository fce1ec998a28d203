"""NUMA: the kernel command line.  What hides nodes, decides on balancing, and takes nodes from the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.boot_words import seen_line, seen_word
from bedplate.rules.rule import (
    HOST,
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
    unknown,
)
from bedplate.rules.setting import configured
from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.boot import Boot, Parameter
    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile

_BALANCING = "kernel.numa_balancing"
# setup_numabalancing() of kernel/sched/core.c takes these words and warns of any other.
_WORDS = {"enable": True, "disable": False}


def _balancing_drift(facts: Facts, _: Profile) -> Iterator[Outcome]:
    words = need(facts.boot.cmdline).all("numa_balancing")
    if not words:
        yield not_applicable("numa_balancing= is not on the command line", seen_line(facts.boot))
        return
    understood = [word for word in words if word.value in _WORDS]
    for word in words:
        if word not in understood:
            yield _fault(
                facts.boot,
                word,
                f"the kernel does not know what {word} means: numa_balancing is set by enable or disable",
                Expected("one-of", tuple(_WORDS)),
                Cause.UNPARSABLE,
            )
    reading = facts.sysctls.integer(_BALANCING)
    if understood and isinstance(reading, Present):
        yield from _drift(facts, understood[-1], reading)
    elif understood and not isinstance(reading, Present):
        yield outcome_of_missing(reading)


def _drift(facts: Facts, word: Parameter, reading: Present[int]) -> Iterator[Outcome]:
    on = _WORDS[word.value or ""]
    if bool(reading.value) != on:
        yield Outcome(
            State.FAIL,
            HOST,
            f"the host was booted with {word}, and {_BALANCING} is {reading.value} now",
            Expected("equal", 1 if on else 0),
            reading.value,
            (seen_word(facts.boot, word), seen(reading.source, reading.value)),
            Cause.CONFLICT,
            configured=configured(facts, _BALANCING),
        )


def _fault(boot: Boot, word: Parameter, reason: str, expected: Expected, cause: Cause, **more: Severity) -> Outcome:
    return Outcome(State.FAIL, HOST, reason, expected, str(word), (seen_word(boot, word),), cause, **more)


def _hidden(facts: Facts, _: Profile) -> Iterator[Outcome]:
    boot, absent = facts.boot, Expected("equal", "no such word")
    for word in need(boot.cmdline).all("numa"):
        value = word.value or ""
        # numa_setup() of arch/x86/mm/numa.c compares beginnings: numa=offline is numa=off.
        if value.startswith("fake="):
            yield _fault(boot, word, f"{word} cuts the memory into nodes that are not there", absent, Cause.MISMATCH)
        elif value.startswith(("off", "noacpi")):
            yield from _off(facts, word, absent)


def _off(facts: Facts, word: Parameter, absent: Expected) -> Iterator[Outcome]:
    packages, nodes = len(facts.topology.packages), len(facts.topology.nodes)
    if packages > 1 or nodes > 1:
        reason = f"{word} hides the NUMA nodes of a host with {packages} packages and {nodes or 'no'} node(s) in sight"
        yield _fault(facts.boot, word, reason, absent, Cause.MISMATCH)
    else:
        reason = f"with {word} nobody can tell whether this package has several NUMA nodes: the firmware's SRAT would"
        yield unknown(reason, seen_word(facts.boot, word))


def _drift_specimens() -> Specimens:
    from bedplate.facts.specimen import specimen
    from bedplate.facts.specimen_boot import specimen_boot
    from bedplate.facts.specimen_settings import specimen_sysctls

    def host(line: str, balancing: int) -> tuple[Facts, None]:
        return specimen(boot=specimen_boot(line), sysctls=specimen_sysctls({_BALANCING: balancing})), None

    return Specimens(
        passing=(host("numa_balancing=disable", 0), host("numa-balancing=disable numa_balancing=enable", 2)),
        failing=(host("numa_balancing=disable", 1), host("numa_balancing=enable", 0), host("numa_balancing=0", 0)),
    )


def _hidden_specimens() -> Specimens:
    from bedplate.facts.specimen import booted

    passing, failing = ("quiet", "numa=nohmat"), ("numa=off", "numa=noacpi", "numa=fake=4", "numa=fake=2U")
    return Specimens(tuple((booted(line), None) for line in passing), tuple((booted(line), None) for line in failing))


RULES = (
    Rule(
        code="NUMA008",
        name="numa-balancing-differs-from-boot",
        section=Section.NUMA,
        severity=Severity.WARNING,
        needs=("boot", "sysctls", "persistence"),
        check=_balancing_drift,
        what="numa_balancing= on the command line is enable or disable, and kernel.numa_balancing is what it says.",
        why="The word decides at boot; sysctl.d or a program changes it later. Where the two differ, the host is not "
        "what its command line says, or will not be after the next boot. Other words are ignored.",
        example="The host was booted with numa_balancing=disable, and kernel.numa_balancing is 1: a profile set it.",
        remedy=Remedy(
            "Decide for one place: take the word off the command line, or the line out of sysctl.d; write the value "
            "that is wanted to kernel.numa_balancing.",
            runtime=True,
        ),
        references=(
            "admin-guide/kernel-parameters: numa_balancing=",
            "admin-guide/sysctl/kernel: numa_balancing",
        ),
        specimens=_drift_specimens,
    ),
    Rule(
        code="NUMA012",
        name="numa-off-or-fake",
        section=Section.NUMA,
        severity=Severity.ERROR,
        needs=("boot", "topology"),
        check=_hidden,
        what="numa=off, numa=noacpi and numa=fake= are not on the command line of a host with several nodes.",
        why="They hide the nodes that the hardware has, or cut memory into ones that it has not: nothing that places "
        "memory by node can be right. A host of one package may have several nodes too, which cannot be seen then.",
        example="numa=off on a host with two packages: one node, and half of the memory is far from each CPU.",
        remedy=Remedy("Take the word off the kernel command line.", reboot=True),
        references=("arch/x86/x86_64/boot-options: NUMA", "admin-guide/kernel-parameters: numa=off"),
        specimens=_hidden_specimens,
    ),
)
