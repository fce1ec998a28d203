"""What a cgroup of v2 is: cgroup.type, cgroup.controllers, cgroup.subtree_control; and /proc/cgroups, the table of v1.

Sources: Documentation/admin-guide/cgroup-v2.rst ("Core Interface Files"), cgroups(7).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bedplate.errors import ParseError
from bedplate.values.escape import decoded

_AROUND = b" \t\r\n\0"
_CONTROLLERS = re.compile(rb"[a-z0-9_]{1,64}(?: [a-z0-9_]{1,64})*")
_TYPE = re.compile(rb"[a-z]{1,32}(?: [a-z]{1,32})?")
_HEADING = (b"#subsys_name", b"hierarchy", b"num_cgroups", b"enabled")
_ROW = re.compile(rb"([a-z0-9_]{1,64})\t([0-9]{1,10})\t([0-9]{1,10})\t([01])((?:\t[^\t\n]{1,64})*)")
_ROWS_LIMIT = 256


class Controller(NamedTuple):
    """One controller that the kernel was built with."""

    name: str
    hierarchy: int
    """The hierarchy of v1 that it is mounted in; 0 where it is in v2, or in none."""
    num_cgroups: int
    enabled: bool
    """False for cgroup_disable= on the kernel command line."""


def parse_controllers(text: bytes) -> tuple[str, ...]:
    """Return the controllers that cgroup.controllers or cgroup.subtree_control names; there may be none."""
    words = text.strip(_AROUND)
    if words and not _CONTROLLERS.fullmatch(words):
        raise ParseError("not names of controllers", text=text[:80])
    return tuple(decoded(words).split())


def parse_type(text: bytes) -> str:
    """Return cgroup.type: ``domain``, ``domain threaded``, ``domain invalid``, ``threaded``, or what is new."""
    words = text.strip(_AROUND)
    if not _TYPE.fullmatch(words):
        raise ParseError("not a type of cgroup", text=text[:80])
    return decoded(words)


def parse_cgroups(text: bytes) -> tuple[Controller, ...]:
    """Return the rows of /proc/cgroups; ParseError where the heading or a line is of another form, or cut off."""
    heading, *lines = text.rstrip(b"\0").split(b"\n", _ROWS_LIMIT)
    if tuple(heading.split()[: len(_HEADING)]) != _HEADING or lines[-1:] != [b""]:
        raise ParseError("not the heading and whole lines of /proc/cgroups", text=text[:80])
    return tuple(_controller(line) for line in lines[:-1])


def _controller(line: bytes) -> Controller:
    match = _ROW.fullmatch(line)
    if match is None:
        raise ParseError("not a line such as “cpuset⇥3⇥1⇥1”", text=line[:80])
    name, hierarchy, cgroups, enabled = match.groups()[:4]
    return Controller(decoded(name), int(hierarchy), int(cgroups), enabled == b"1")
