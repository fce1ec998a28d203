"""The command line: what it will be after the next boot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.boot import built_in_cmdline
from bedplate.facts.cmdline_difference import cmdline_difference
from bedplate.facts.kernel_parameters import field_parameters
from bedplate.facts.persisted_cmdline import Keeper
from bedplate.rules.boot_words import possible_cpus, seen_line
from bedplate.rules.rule import (
    HOST,
    Cause,
    Evidence,
    Expected,
    Outcome,
    Remedy,
    Rule,
    Section,
    Severity,
    Specimens,
    State,
    need,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.facts.persisted_cmdline import PersistedLine
    from bedplate.policy import Profile

# An entry is read by the boot itself; the others are what a tool writes entries from.
_ENTRIES = (Keeper.GRUB_MENU, Keeper.BOOT_ENTRY)


def _differs(facts: Facts, _: Profile) -> Iterator[Outcome]:
    boot = facts.boot
    need(boot.cmdline)
    kept = need(boot.persisted)
    entry = _entry(facts, kept)
    judged = [line for line in kept if line.keeper not in _ENTRIES]
    if entry is not None:
        judged.insert(0, entry)
    elif any(line.keeper in _ENTRIES for line in kept):
        yield from _no_entry(facts, kept)
    for line in judged:
        if line.cmdline is None:
            yield unknown(f"what {_place(line)} says cannot be told: {line.unknown}", _seen(line))
        else:
            yield from _compared(facts, line)


def _entry(facts: Facts, kept: tuple[PersistedLine, ...]) -> PersistedLine | None:
    """Return the entry that boots the running kernel: the first of those for its image that is like its line."""
    entries = [line for line in kept if line.keeper in _ENTRIES and _boots_this_kernel(line, facts)]
    known = [line for line in entries if line.cmdline is not None]
    return min(known, key=lambda line: _distance(facts, line), default=entries[0] if entries else None)


def _boots_this_kernel(line: PersistedLine, facts: Facts) -> bool:
    image = need(facts.boot.cmdline).value("BOOT_IMAGE")
    release = facts.constants.kernel_release
    if image is not None and line.kernel:
        # GRUB names the disk in front of the path: (hd0,gpt3)/vmlinuz-6.12.
        path = image.rpartition(")")[2]
        return path.endswith(line.kernel) or line.kernel.endswith(path)
    return bool(release) and (str(release) in line.kernel or str(release) in line.title)


def _distance(facts: Facts, line: PersistedLine) -> int:
    assert line.cmdline is not None
    difference = cmdline_difference(need(facts.boot.cmdline), line.cmdline, possible_cpus(facts))
    return len(difference.only_first) + len(difference.only_second)


def _no_entry(facts: Facts, kept: tuple[PersistedLine, ...]) -> Iterator[Outcome]:
    entries = [line for line in kept if line.keeper in _ENTRIES]
    told = [line for line in entries if line.kernel]
    if told:
        yield unknown(
            f"none of the {len(entries)} boot entries is for the running kernel", seen_line(facts.boot), _seen(told[0])
        )
    else:
        yield unknown(f"{_place(entries[0])}: {entries[0].unknown}", _seen(entries[0]))


def _compared(facts: Facts, line: PersistedLine) -> Iterator[Outcome]:
    boot = facts.boot
    assert line.cmdline is not None
    difference = cmdline_difference(need(boot.cmdline), line.cmdline, possible_cpus(facts), built_in_cmdline(boot))
    evidence = (seen_line(boot), _seen(line))
    expected = Expected("equal", line.cmdline.text)
    if difference.only_second:
        words = " ".join(difference.only_second)
        yield Outcome(
            State.PENDING_REBOOT,
            HOST,
            f"{_place(line)} says {words}, with which this host was not booted",
            expected,
            difference.only_second,
            evidence,
            Cause.MISMATCH,
            _severity(difference.only_second),
        )
    if difference.only_first:
        words = " ".join(difference.only_first)
        yield Outcome(
            State.FAIL,
            HOST,
            f"this host was booted with {words}, which {_place(line)} does not say: {_when(line)}",
            expected,
            difference.only_first,
            evidence,
            Cause.MISMATCH,
            _severity(difference.only_first),
        )
    if not difference:
        yield Outcome(State.PASS, HOST, "", expected, "equal", evidence)


def _severity(words: tuple[str, ...]) -> Severity:
    """Return an error where a parameter that this package is about comes or goes."""
    names = {word.partition("=")[0].replace("-", "_") for word in words}
    return Severity.ERROR if names & field_parameters() else Severity.WARNING


def _when(line: PersistedLine) -> str:
    if line.keeper is Keeper.GRUB_DEFAULT:
        return "lost when the menu is next written"
    return "lost with the next kernel" if line.keeper is Keeper.KERNEL_INSTALL else "lost at the next boot"


def _place(line: PersistedLine) -> str:
    return f"{line.path}:{line.line}" if line.line else line.path


def _seen(line: PersistedLine) -> Evidence:
    return Evidence(line.path, raw=None if line.cmdline is None else line.cmdline.text)


def _specimens() -> Specimens:
    from bedplate.facts.specimen import booted
    from bedplate.facts.specimen_boot import specimen_persisted

    kept = specimen_persisted("quiet nohz_full=2-3")
    return Specimens(
        passing=(
            (booted("BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro nohz-full=2,3 quiet", persisted=kept), None),
            (booted("quiet nohz_full=2-3", persisted=kept), None),
        ),
        failing=(
            (booted("quiet nohz_full=2-3 isolcpus=2-3", persisted=kept), None),
            (booted("quiet nohz_full=2-4", persisted=kept), None),
        ),
    )


RULES = (
    Rule(
        code="BOOT006",
        name="command-line-differs-from-persisted",
        section=Section.BOOT,
        severity=Severity.WARNING,
        needs=("boot", "topology"),
        check=_differs,
        what="The host was booted with the command line that is kept for its next boot.",
        why="A parameter that was typed at the boot menu is gone after the next reboot; one that was written to a file "
        "and not followed by a reboot is not there yet. Each boot loader keeps the line somewhere else, so that a tool "
        "can write it where nobody reads it.",
        example="The host was booted with nohz_full=2-3; GRUB_CMDLINE_LINUX_DEFAULT in /etc/default/grub:9 has not.",
        remedy=Remedy(
            "Write the parameter where this host's boot loader reads it, or reboot to have what is written there.",
            reboot=True,
        ),
        references=(
            "UAPI.1 Boot Loader Specification: options",
            "GNU GRUB Manual: Simple configuration handling (GRUB_CMDLINE_LINUX)",
            "kernel-install(8): /etc/kernel/cmdline",
        ),
        specimens=_specimens,
    ),
)
