"""What a rule is, what it says of a host (outcomes), and what is reported of that (findings)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, NoReturn, TypeVar

from bedplate.values.escape import decoded
from bedplate.values.idset import IdSet
from bedplate.values.reading import Absent, Denied, Malformed, Present, why_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.values.reading import Missing, Reading, Source

T = TypeVar("T")


class State(StrEnum):
    """What became of a rule on a subject."""

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not-applicable"
    UNKNOWN = "unknown"
    ERROR = "error"
    WAIVED = "waived"
    PENDING_REBOOT = "pending-reboot"


class Severity(StrEnum):
    """How much a failure matters; declared by the rule, changed only by a profile."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Cause(StrEnum):
    """Why a finding is not a pass."""

    MISMATCH = "mismatch"
    ABSENT = "absent"
    UNREADABLE = "unreadable"
    UNPARSABLE = "unparsable"
    OUT_OF_RANGE = "out-of-range"
    CONFLICT = "conflict"
    KERNEL_LACKS = "kernel-lacks"


class Section(StrEnum):
    """The part of the catalogue that a rule belongs to; the value is the name on the command line."""

    NUMA = "numa"
    BOOT = "boot"
    ISOLATION = "isolation"
    HUGEPAGES = "hugepages"
    MEMORY = "memory"
    SCHEDULING = "scheduling"
    IPC = "ipc"
    MOUNTS = "mounts"
    SECURITY = "security"
    HUNG = "hung"
    MCE = "mce"
    PCI = "pci"


class Subject(NamedTuple):
    """What a finding is about: ``host``, ``cpu:2-3``, ``node:1``, ``pci:0000:41:00.0``, ``irq:40-43``."""

    kind: str = "host"
    id: str | int | IdSet = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.kind != "host" else "host"


HOST = Subject()


class Expected(NamedTuple):
    """What should be: an operator (``equal``, ``subset``, ``disjoint``, ``at-least`` …) and its operand."""

    op: str
    value: object


class Evidence(NamedTuple):
    """Where it was seen: a path below the root, the span of bytes in it, and the text there."""

    path: str
    span: tuple[int, int] | None = None
    raw: str | None = None
    namespace: str | None = None


class Outcome(NamedTuple):
    """What a rule's check says of one subject; the engine adds the rest."""

    state: State
    subject: Subject = HOST
    reason: str = ""
    expected: Expected | None = None
    actual: object = None
    evidence: tuple[Evidence, ...] = ()
    cause: Cause | None = None
    severity: Severity | None = None
    """Set where this outcome weighs less or more than the rule says."""
    configured: str | None = None
    """Where the configured value comes from, such as ``/etc/sysctl.d/90-x.conf:3``."""


class Remedy(NamedTuple):
    """What to do about a failure: in words, and whether that can be had without a reboot and taken back."""

    text: str
    runtime: bool = False
    """Whether it can be done on the running host."""
    reboot: bool = False
    reversible: bool = True
    risk: str = "low"
    """``none``, ``low``, ``medium`` or ``high``."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A fault that can be seen in the facts of a host."""

    code: str
    """Permanent, never reused: the section's letters and three digits, such as ISO001."""
    name: str
    """The fault, in kebab case: ``nohz-full-differs-from-isolcpus``."""
    section: Section
    severity: Severity
    needs: tuple[str, ...]
    """The sections of Facts that ``check`` looks at."""
    check: Callable[[Facts, Profile], Iterable[Outcome]]
    """Pure.  Yields what it finds; a check that yields nothing passes."""
    what: str
    why: str
    example: str
    remedy: Remedy
    references: tuple[str, ...]
    """Kernel documents with their section, such as ``admin-guide/kernel-parameters: isolcpus``."""
    specimens: Callable[[], Specimens]
    """Facts on which the rule passes and facts on which it fails; tests are generated from them."""
    settings: tuple[str, ...] = ()
    """The names that ``check`` asks the profile for, such as ``kernel.numa_balancing``; a profile may name no other."""


class Specimens(NamedTuple):
    """The facts that show a rule at work, each with the profile it is judged by (None: the default one)."""

    passing: tuple[tuple[Facts, Profile | None], ...]
    failing: tuple[tuple[Facts, Profile | None], ...]


class Waiver(NamedTuple):
    """Why a failure is accepted for now."""

    owner: str
    reason: str
    until: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a report."""

    rule: Rule
    state: State
    severity: Severity
    subject: Subject
    reason: str
    expected: Expected | None = None
    actual: object = None
    evidence: tuple[Evidence, ...] = ()
    cause: Cause | None = None
    waiver: Waiver | None = None
    configured: str | None = None
    """Where the configured value comes from, such as ``/etc/sysctl.d/90-x.conf:3``."""


class NoValue(Exception):
    """A rule needs a reading that has no value; the engine makes the finding of it."""

    def __init__(self, reading: Missing) -> None:
        super().__init__(why_missing(reading))
        self.reading = reading


def need(reading: Reading[T]) -> T:
    """Return the value of a reading; where it has none, end the rule with the finding that this is."""
    if isinstance(reading, Present):
        return reading.value
    raise NoValue(reading)


def not_applicable(reason: str, *evidence: Evidence) -> Outcome:
    """Return the outcome of a rule that does not concern this host."""
    return Outcome(State.NOT_APPLICABLE, reason=reason, evidence=evidence)


def unknown(reason: str, *evidence: Evidence, subject: Subject = HOST) -> Outcome:
    """Return the outcome of a rule that could not look, with what would be needed."""
    return Outcome(State.UNKNOWN, subject, reason, evidence=evidence, cause=Cause.UNREADABLE)


def seen(source: Source, raw: object = None) -> Evidence:
    """Return the evidence that a reading's source is: the text as it was read where that was kept, else ``raw``.

    The files of masks write ``f0f1`` for the CPUs 0,4-7,12-15: who looks for the evidence has to find it there.
    """
    if source.raw is not None:
        raw = decoded(source.raw).strip("\n\0 ")
    return Evidence(source.path, source.span, None if raw is None else str(raw), source.namespace)


def seen_missing(reading: Missing) -> Evidence:
    """Return the evidence of a reading without a value: the text, where there is one that was not understood."""
    return seen(reading.source, reading.found or None if isinstance(reading, Malformed) else None)


def outcome_of_missing(reading: Missing, subject: Subject = HOST) -> Outcome:
    """Return what a reading without a value means for a rule that needs it.

    Absent on the host: the rule does not apply, with the reason.  Absent from a partial capture, denied, or not
    understood: unknown, never a pass.
    """
    reason, evidence = why_missing(reading), (seen_missing(reading),)
    match reading:
        case Absent(certain=True):
            return Outcome(State.NOT_APPLICABLE, subject, reason, evidence=evidence, cause=Cause.ABSENT)
        case Absent():
            return Outcome(State.UNKNOWN, subject, reason, evidence=evidence, cause=Cause.ABSENT)
        case Denied():
            return Outcome(State.UNKNOWN, subject, reason, evidence=evidence, cause=Cause.UNREADABLE)
        case Malformed():
            return Outcome(State.UNKNOWN, subject, reason, evidence=evidence, cause=Cause.UNPARSABLE)


def give_up(reading: Missing) -> NoReturn:
    """End the rule with the finding that a missing reading is."""
    raise NoValue(reading)
