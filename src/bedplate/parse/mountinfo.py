"""/proc/<pid>/mountinfo: what is mounted where in a mount namespace, with propagation and the tree of mounts.

Sources: proc_pid_mountinfo(5), Documentation/filesystems/proc.rst ("mountinfo"), show_mountinfo() in
fs/proc_namespace.c.  Mounts that the process's root does not reach are left out.  For escapes see
:mod:`bedplate.parse.mounts`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bedplate.errors import ParseError
from bedplate.parse.mounts import escaped, lines_of, options_of, rendered_options, unescaped

_HEAD = re.compile(rb"(-?[0-9]{1,10}) +(-?[0-9]{1,10}) +([0-9]{1,10}):([0-9]{1,10}) +([^ ]+) +([^ ]+) +([^ ]+)(?= )")
_GROUP = re.compile(rb"[0-9]{1,10}")


# What is told of a mount without optional fields.
_PRIVATE = (None, None, None, False, ())


class Mount(NamedTuple):
    """One mount."""

    id: int
    """Unique among the mounts of now; a number comes again after its mount is gone."""
    parent: int
    """The id of the mount that it is on; its own, or one that is not in the file, at the top."""
    major: int
    minor: int
    root: bytes
    """Which part of the file system is mounted: ``/``, or a folder where it is a bind mount."""
    mount_point: bytes
    options: tuple[bytes, ...]
    """Of this mount: ro or rw, nosuid, nodev, noexec, relatime …"""
    shared: int | None
    """The peer group that mounts below it spread to and come from; None where it is private."""
    master: int | None
    """The peer group that mounts come from; None where it is no slave."""
    propagate_from: int | None
    """The nearest group that mounts come from as far as the reader's root shows, where that is not ``master``."""
    unbindable: bool
    unknown: tuple[bytes, ...]
    """Optional fields that are none of these."""
    fs_type: bytes
    """Such as tmpfs, or fuse.sshfs."""
    source: bytes
    """A device or any word; it may be empty."""
    super_options: tuple[bytes, ...]
    """Of the file system, common to all its mounts: size=4k, pagesize=2M, cpuset …"""


def parse_mountinfo(text: bytes) -> tuple[Mount, ...]:
    """Return the mounts in the order of the file, names without escapes; ParseError where a line is no mount.

    A file that does not end in a newline was cut off: ParseError.
    """
    return tuple(_mount(line) for line in lines_of(text))


def render_mountinfo(mounts: tuple[Mount, ...]) -> bytes:
    """Return the file that says the same."""
    return b"".join(map(_line, mounts))


def _mount(line: bytes) -> Mount:
    match = _HEAD.match(line)
    if match is None:
        raise ParseError("not a line such as “22 27 0:21 / /proc rw - proc proc rw”", text=line[:80])
    # The separator cannot be forged: every space within a field is escaped.
    optional, separator, tail = line[match.end() :].partition(b" - ")
    # The source may be empty, so that two spaces stand together.
    fields = tail.split(b" ")
    if not separator or len(fields) != 3 or not fields[0] or not fields[2]:
        raise ParseError("no file system behind the mount", text=line[:80])
    number, parent, major, minor, root, mount_point, options = match.groups()
    shared, master, propagate_from, unbindable, unknown = _tags(optional.split()) if optional else _PRIVATE
    return Mount(
        int(number),
        int(parent),
        int(major),
        int(minor),
        unescaped(root),
        unescaped(mount_point),
        options_of(options),
        shared,
        master,
        propagate_from,
        unbindable,
        unknown,
        unescaped(fields[0]),
        unescaped(fields[1]),
        options_of(fields[2]),
    )


def _tags(fields: list[bytes]) -> tuple[int | None, int | None, int | None, bool, tuple[bytes, ...]]:
    groups: dict[bytes, int] = {}
    unknown: list[bytes] = []
    for field in fields:
        tag, _, value = field.partition(b":")
        if tag in (b"shared", b"master", b"propagate_from") and _GROUP.fullmatch(value) and tag not in groups:
            groups[tag] = int(value)
        elif field != b"unbindable":
            unknown.append(field)
    return (
        groups.get(b"shared"),
        groups.get(b"master"),
        groups.get(b"propagate_from"),
        b"unbindable" in fields,
        tuple(unknown),
    )


def _line(mount: Mount) -> bytes:
    groups = ((b"shared", mount.shared), (b"master", mount.master), (b"propagate_from", mount.propagate_from))
    fields = [
        b"%d %d %d:%d" % (mount.id, mount.parent, mount.major, mount.minor),
        escaped(mount.root),
        escaped(mount.mount_point),
        rendered_options(mount.options),
        *(b"%b:%d" % (tag, group) for tag, group in groups if group is not None),
        *([b"unbindable"] * mount.unbindable),
        *mount.unknown,
        b"-",
        escaped(mount.fs_type),
        escaped(mount.source),
        rendered_options(mount.super_options),
    ]
    return b" ".join(fields) + b"\n"
