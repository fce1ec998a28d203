"""All rules, by section; a section's module is loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from bedplate.errors import ParseError, ProfileError, UsageError
from bedplate.facts.cpu_names import refuse_unnamed
from bedplate.rules.rule import Section
from bedplate.values.escape import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from bedplate.policy import Profile
    from bedplate.rules.rule import Rule

_MODULES = {
    Section.NUMA: (
        "numa_map",
        "numa_distances",
        "numa_threads",
        "numa_siblings",
        "numa_memory",
        "numa_settings",
        "numa_dead_settings",
        "numa_remote",
        "numa_boot",
        "numa_boot_memory",
        "numa_scans",
    ),
    Section.BOOT: (
        "boot_grammar",
        "boot_unknown",
        "boot_persisted",
        "boot_scheduling",
        "boot_preemption",
        "boot_clock",
        "boot_platform",
        "boot_support",
    ),
    Section.ISOLATION: ("isolation", "isolation_reported", "isolation_cpus", "isolation_irqs", "isolation_masks"),
    Section.HUGEPAGES: ("huge_settings",),
    Section.MEMORY: ("memory_commit", "memory_reclaim", "memory_limits", "memory_oom"),
    Section.SCHEDULING: ("scheduling_realtime", "scheduling_settings"),
    Section.IPC: ("ipc_sysv", "ipc_objects", "ipc_mqueue"),
    Section.MOUNTS: ("mount_settings",),
    Section.SECURITY: ("security_limits", "security_leaks", "security_surface"),
    Section.HUNG: ("hung_tasks", "hung_watchdogs", "hung_panics"),
    Section.MCE: ("mce_settings",),
    Section.PCI: ("pci_locality", "pci_workloads", "pci_irqs", "pci_power", "pci_vfio"),
}


def rules_of(section: Section) -> tuple[Rule, ...]:
    """Return the rules of a section in the order of their codes."""
    rules: list[Rule] = []
    for name in _MODULES[section]:
        rules.extend(import_module(f"bedplate.rules.{name}").RULES)
    return tuple(sorted(rules, key=lambda rule: rule.code))


def all_rules() -> tuple[Rule, ...]:
    """Return every rule, by section and code."""
    return tuple(rule for section in _MODULES for rule in rules_of(section))


def find_rule(name: str) -> Rule:
    """Return the rule with this code or name, in either case; UsageError, with near misses, where there is none."""
    rules = all_rules()
    wanted = name.casefold()
    for rule in rules:
        if wanted in (rule.code.casefold(), rule.name):
            return rule
    raise _no_such_rule(name, [spelling for rule in rules for spelling in (rule.code, rule.name)])


def select(only: Iterable[str] = (), skip: Iterable[str] = ()) -> tuple[Rule, ...]:
    """Return the rules that ``only`` names (all where it is empty) less those that ``skip`` names.

    Each name is a rule's code, its name, or a section.  UsageError where one is none of these.
    """
    kept, left_out = _named(only), _named(skip)
    chosen = tuple(rule for rule in all_rules() if (not kept or rule.code in kept) and rule.code not in left_out)
    if not chosen:
        raise UsageError("no rule is left of those that were asked for: a verdict of nothing would be a pass")
    return chosen


def refuse_unknown_settings(profile: Profile) -> None:
    """Raise ProfileError where a profile expects something of a setting that no rule asks for, or a value of no sense.

    Its lines name all that is wrong: the setting, the value, and what may be expected of it.
    """
    known = {setting for rule in all_rules() for setting in rule.settings}
    lines = list(_isolated_fault(profile.isolated))
    for name, wish in profile.expectations.items():
        lines.extend(_value_fault(name, wish.value) if name in known else [f"expects {_unknown_setting(name, known)}"])
    if lines:
        raise ProfileError.of_lines([f"profile {printable(profile.name)} {line}" for line in lines])


def _value_fault(name: str, value: object) -> Iterator[str]:
    from bedplate.rules.setting_kinds import kind_of

    kind = kind_of(name)
    if kind is not None and not kind.accepts(value):
        shown = {True: "true", False: "false"}[value] if isinstance(value, bool) else value
        written = f"“{printable(value)}”" if isinstance(value, str) else shown
        yield f"expects {written} of {name}: must be {kind.accepted}"


def _isolated_fault(text: str | None) -> Iterator[str]:
    try:
        if text is not None:
            refuse_unnamed(text)
    except ParseError as error:
        yield f"isolates: {error}"


def _unknown_setting(name: str, known: Collection[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, known, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"something of {name!r}, which no rule looks at{hint}"


def _named(names: Iterable[str]) -> set[str]:
    codes: set[str] = set()
    for name in names:
        section = name.casefold()
        if section in _MODULES:
            codes.update(rule.code for rule in rules_of(Section(section)))
        else:
            codes.add(find_rule(name).code)
    return codes


def _no_such_rule(name: str, known: list[str]) -> UsageError:
    import difflib

    spellings = {spelling.casefold(): spelling for spelling in known}
    near = difflib.get_close_matches(name.casefold(), spellings, 1)
    hint = f"; did you mean {spellings[near[0]]}?" if near else f"; sections are {', '.join(_MODULES)}"
    return UsageError(f"no rule or section has this name{hint}", text=name)
