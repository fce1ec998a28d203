"""Made-up profiles, by which rules show what they find on specimens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.policy import Expectation, Profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.policy import Workload


def wanting(settings: Mapping[str, int | str | bool], *workloads: Workload, isolated: str | None = None) -> Profile:
    """Return a profile that wants these values of settings, and declares workloads."""
    expectations = {name: Expectation(value, "to show the rule", "") for name, value in settings.items()}
    return Profile("specimen", "shows a rule", expectations, isolated, workloads)
