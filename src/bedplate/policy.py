"""The wished-for state as pure records: what a profile expects of a host."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.values.idset import CpuSet


class Expectation(NamedTuple):
    """What a profile wants of one setting, and why; rules hold no such constants of their own."""

    value: int | str | bool
    reason: str
    reference: str


class Workload(NamedTuple):
    """A program that a host is for, and what it runs on."""

    name: str
    devices: tuple[str, ...]
    """PCI addresses such as 0000:41:00.0."""
    cpus: CpuSet


@dataclass(frozen=True, slots=True)
class Profile:
    """The wishes that a host is checked against.  The default has no opinions: only what is wrong on any host."""

    name: str = "default"
    description: str = "what is wrong on any host"
    expectations: Mapping[str, Expectation] = field(default_factory=dict[str, Expectation])
    """By the name of the setting, such as ``kernel.numa_balancing`` or ``boot.idle``."""
    isolated: str | None = None
    """The CPUs to isolate, as list text or a symbolic name; None: those that the host isolates now."""
    workloads: tuple[Workload, ...] = ()

    def expects(self, setting: str) -> Expectation | None:
        """Return what this profile wants of a setting, None where it has no opinion."""
        return self.expectations.get(setting)


DEFAULT = Profile()
