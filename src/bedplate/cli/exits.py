"""The exit codes, the same for every verb."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What the caller learns without reading the output."""

    OK = 0
    """Nothing at or above the threshold."""
    FINDINGS = 1
    """Findings at or above the threshold."""
    USAGE = 2
    """The command line or a profile is wrong; nothing was done."""
    UNINSPECTED = 3
    """Too little could be read for a verdict."""
    FAULT = 70
    """A fault of Bedplate itself (EX_SOFTWARE of sysexits.h)."""
    INTERRUPTED = 130
    """Ended by Ctrl-C, as a shell would say it."""
    BROKEN_PIPE = 141
    """The reader of the output went away, as a shell would say it."""
