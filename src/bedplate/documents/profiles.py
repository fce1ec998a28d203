"""Profiles: the wished-for state, read from TOML."""

from __future__ import annotations

from bedplate.errors import ProfileError
from bedplate.policy import DEFAULT, Profile


def named_profile(name: str | None) -> Profile:
    """Return a profile by its name or file; the default one, which has no opinions and no file, for None."""
    if name in (None, "default"):
        return DEFAULT
    raise ProfileError("no such profile", text=name)
