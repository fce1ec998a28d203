"""A file of sysctl.d: settings that are written at boot.

The grammar is that of sysctl.d(5), as systemd-sysctl reads it: one ``key = value`` a line; lines that begin with
``#`` or ``;`` are comments, and nothing else is one: ``a = 1 # b`` sets ``1 # b``.  A ``-`` before the key means that
a failure does not matter; before a key without a value it excepts the key from patterns.  Where the first separator
of a key is a dot, dots are slashes of the path and slashes are dots; where it is a slash, both are what they are.
"""

from __future__ import annotations

from typing import NamedTuple

from bedplate.errors import ParseError
from bedplate.values.escape import decoded

_LIMIT_BYTES = 1 << 20
_SWAP = str.maketrans("./", "/.")
_PATTERN = frozenset("*?[")


class Assignment(NamedTuple):
    """One line that sets something."""

    key: str
    """With dots between its parts, as sysctl(8) prints it; a dot in a name is a slash: net.ipv4.conf.eth0/7.mtu."""
    value: str | None
    """None for a line ``-key``, which excepts the key from patterns."""
    line: int
    """From 1."""
    span: tuple[int, int]
    """The line's first byte in the file, and the one behind its last."""
    optional: bool
    """Whether a failure to write it does not matter."""

    @property
    def pattern(self) -> bool:
        """Whether the key is a pattern (glob(7)) for several settings."""
        return not _PATTERN.isdisjoint(self.key)


class BrokenLine(NamedTuple):
    """A line that sets nothing, and is skipped with a message in the log."""

    line: int
    text: str


class SysctlConf(NamedTuple):
    """What a file sets, in its order."""

    assignments: tuple[Assignment, ...]
    broken: tuple[BrokenLine, ...]


def parse_sysctl_conf(data: bytes) -> SysctlConf:
    """Return what a file of sysctl.d sets; ParseError where it has more than 1 MiB."""
    if len(data) > _LIMIT_BYTES:
        raise ParseError(f"a file of more than {_LIMIT_BYTES} bytes")
    assignments: list[Assignment] = []
    broken: list[BrokenLine] = []
    start = 0
    for number, raw in enumerate(data.split(b"\n"), 1):
        line = decoded(raw).strip(" \t\r\v\f\0")
        if line and line[0] not in "#;":
            found = _assignment(line, number, (start, start + len(raw)))
            if found is None:
                broken.append(BrokenLine(number, line))
            else:
                assignments.append(found)
        start += len(raw) + 1
    return SysctlConf(tuple(assignments), tuple(broken))


def _assignment(line: str, number: int, span: tuple[int, int]) -> Assignment | None:
    left, equals, right = line.partition("=")
    left = left.strip()
    optional = left.startswith("-")
    key = dotted(left[1:].strip() if optional else left)
    if not key or not (equals or optional):
        return None
    return Assignment(key, right.strip() if equals else None, number, span, optional)


def dotted(key: str) -> str:
    """Return a key with dots between its parts, whichever way it was written: vm/swappiness is vm.swappiness."""
    separators = [at for at in (key.find("."), key.find("/")) if at >= 0]
    slashed = bool(separators) and key[min(separators)] == "/"
    return key.translate(_SWAP).strip(".") if slashed else key
