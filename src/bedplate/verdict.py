"""The verdict as one call: a host, a profile, a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.policy import DEFAULT, Profile
from bedplate.rules.engine import Report, run
from bedplate.rules.registry import refuse_unknown_settings, select

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bedplate.host.host import Host


def check(host: Host, profile: Profile = DEFAULT, *, only: Iterable[str] = (), skip: Iterable[str] = ()) -> Report:
    """Return the findings of every selected rule on ``host``.

    ``only`` and ``skip`` are rule codes, rule names or sections; UsageError where one is none of these, ProfileError
    where the profile expects something that no rule looks at.  Reads what the selected rules need and nothing else,
    and changes nothing.
    """
    refuse_unknown_settings(profile)
    rules = select(only, skip)
    facts = host.facts(section for rule in rules for section in rule.needs)
    return run(rules, facts, profile)
