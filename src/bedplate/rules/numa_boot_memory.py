"""NUMA: words of the kernel command line that say which node the kernel's own memory comes from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bedplate.rules.boot_words import seen_line, seen_word
from bedplate.rules.numa_nodes import nodes_of, only_one
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
    unknown,
)
from bedplate.rules.setting import no_opinion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.boot import Parameter
    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile

MOVABLE = "boot.movable_node"
HASHDIST = "boot.hashdist"
# mm/mm_init.c: hashdist is on by default on 64-bit kernels with NUMA.
_64_BIT = (
    "x86_64",
    "aarch64",
    "ppc64",
    "ppc64le",
    "riscv64",
    "s390x",
    "loongarch64",
    "sparc64",
    "ia64",
    "mips64",
    "alpha",
)


def _movable(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    wanted = profile.expects(MOVABLE)
    word = need(facts.boot.cmdline).last("movable_node")
    if wanted is None:
        yield no_opinion(profile, MOVABLE, seen_line(facts.boot))
    elif word is not None and not wanted.value:
        reason = f"{word} keeps the kernel's own allocations off nodes that could be unplugged: {wanted.reason}"
        wish = Expected("equal", False)
        yield Outcome(State.FAIL, HOST, reason, wish, True, (seen_word(facts.boot, word),), Cause.MISMATCH)
    elif word is None and wanted.value:
        reason = f"movable_node is not on the command line: {wanted.reason}"
        yield Outcome(State.FAIL, HOST, reason, Expected("equal", True), False, (seen_line(facts.boot),), Cause.ABSENT)


def _hashes(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    wanted, boot = profile.expects(HASHDIST), facts.boot
    cmdline = need(boot.cmdline)
    if wanted is None:
        yield no_opinion(profile, HASHDIST, seen_line(boot))
        return
    nodes = nodes_of(facts.topology)
    if len(nodes) == 1:
        yield not_applicable(only_one(nodes))
        return
    word = cmdline.last("hashdist")
    if word is None and facts.constants.architecture not in _64_BIT:
        yield unknown("whether hashes are spread by default depends on the architecture, which is not known")
        return
    spread = _number(word) if word is not None else 1
    if bool(spread) != bool(wanted.value):
        evidence = (seen_line(boot) if word is None else seen_word(boot, word),)
        reason = f"the hash tables of the kernel are {'' if spread else 'not '}spread over the nodes: {wanted.reason}"
        yield Outcome(State.FAIL, HOST, reason, Expected("equal", int(wanted.value)), spread, evidence, Cause.MISMATCH)


def _number(word: Parameter) -> int:
    """Return the number that simple_strtoul(), which set_hashdist() calls, makes of a value: 0 of what is none."""
    found = re.match(r"0[xX]([0-9a-fA-F]+)|0([0-7]*)|([1-9][0-9]*)", word.value or "")
    if found is None:
        return 0
    hexadecimal, octal, decimal = found.groups()
    return int(hexadecimal, 16) if hexadecimal else int(decimal) if decimal else int(octal or "0", 8)


def _boots(passing: tuple[str, ...], failing: tuple[str, ...], **wanted: bool) -> Specimens:
    from bedplate.facts.specimen import booted
    from bedplate.rules.specimen_profile import wanting

    profile = wanting({f"boot.{name}": value for name, value in wanted.items()})
    return Specimens(
        tuple((booted(line), profile) for line in passing), tuple((booted(line), profile) for line in failing)
    )


RULES = (
    Rule(
        code="NUMA013",
        name="movable-node-not-as-wanted",
        section=Section.NUMA,
        severity=Severity.WARNING,
        needs=("boot",),
        check=_movable,
        what="movable_node is on the command line only where the profile wants it.",
        why="It makes the memory of nodes that could be unplugged movable: the kernel's own allocations, gigantic huge "
        "pages among them, then all come from the other nodes, however far.",
        example="movable_node on a two-socket server: all of the kernel's tables are on node 0.",
        remedy=Remedy("Take movable_node off the kernel command line, or put it there.", reboot=True),
        references=("admin-guide/kernel-parameters: movable_node",),
        specimens=lambda: _boots(("quiet",), ("movable_node", "movable-node"), movable_node=False),
        settings=(MOVABLE,),
    ),
    Rule(
        code="NUMA014",
        name="hashdist-not-as-wanted",
        section=Section.NUMA,
        severity=Severity.INFO,
        needs=("boot", "topology"),
        check=_hashes,
        what="The large hash tables of the kernel are spread over the nodes (hashdist=) as the profile wants it.",
        why="Spread, every look-up of a file name or a connection is remote half of the time and the load is even; on "
        "one node it is near for that node's CPUs and takes memory from them.",
        example="hashdist=0 on the command line of a host whose profile wants the tables spread.",
        remedy=Remedy(
            "Put hashdist=0 or hashdist=1 on the kernel command line, or leave it off for the default.", reboot=True
        ),
        references=("admin-guide/kernel-parameters: hashdist=",),
        specimens=lambda: _boots(("quiet", "hashdist=1"), ("hashdist=0", "hashdist=no"), hashdist=True),
        settings=(HASHDIST,),
    ),
)
