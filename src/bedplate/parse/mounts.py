r"""/proc/mounts: what is mounted in a mount namespace, a line each, in the form of fstab(5).

Sources: proc_pid_mounts(5), show_vfsmnt() in fs/proc_namespace.c.  /proc/self/mountinfo says more and is preferred;
captures often hold this file alone.

Names come from whoever mounted, so they are bytes, and the kernel escapes in them what would end a field or a line:
space, tab, newline, backslash and, in kernels of today, ``#``; in values of options comma and equals sign too.  Each
is written as a backslash and three octal digits, and a backslash itself always is: undoing it is exact.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bedplate.errors import ParseError

_ESCAPED = re.compile(rb"\\([0-3][0-7]{2})")
_SPECIAL = re.compile(rb"[ \t\n\\#]")
_SPECIAL_IN_OPTION = re.compile(rb"[ \t\n\\#,]")
_DIGITS = re.compile(rb"[0-9]{1,9}")
# fs.mount-max allows 100,000 mounts in a namespace by default.
_MOUNTS_LIMIT = 1 << 20


class MountLine(NamedTuple):
    """One mount."""

    source: bytes
    """fs_spec: a device, a server's folder, or any word for a file system that has none; it may be empty."""
    mount_point: bytes
    """Below the root of the process whose file it is; ends in ``//deleted`` where the folder was removed."""
    fs_type: bytes
    options: tuple[bytes, ...]
    """Of the mount and of its file system in one list: rw, relatime, size=12334492k …"""
    freq: int
    passno: int


def parse_mounts(text: bytes) -> tuple[MountLine, ...]:
    """Return the mounts in the order of the file, names without escapes; ParseError where a line is no mount.

    A file that does not end in a newline was cut off: ParseError.
    """
    return tuple(_mount(line) for line in lines_of(text))


def render_mounts(mounts: tuple[MountLine, ...]) -> bytes:
    """Return the file that says the same."""
    lines = [
        b"%b %b %b %b %d %d\n"
        % (
            escaped(mount.source),
            escaped(mount.mount_point),
            escaped(mount.fs_type),
            rendered_options(mount.options),
            mount.freq,
            mount.passno,
        )
        for mount in mounts
    ]
    return b"".join(lines)


def _mount(line: bytes) -> MountLine:
    # From the right, and at single spaces: the first field is empty where the source is.
    fields = line.rsplit(b" ", 5)
    if len(fields) != 6 or not all(fields[1:]) or not all(_DIGITS.fullmatch(number) for number in fields[4:]):
        raise ParseError("not a line such as “proc /proc proc rw 0 0”", text=line[:80])
    source, mount_point, fs_type, options, freq, passno = fields
    if b" " in source:
        raise ParseError("more than six fields", text=line[:80])
    return MountLine(
        unescaped(source), unescaped(mount_point), unescaped(fs_type), options_of(options), int(freq), int(passno)
    )


def lines_of(text: bytes) -> list[bytes]:
    """Return the lines of a file of mounts; ParseError where the last is cut off or there are too many."""
    text = text.rstrip(b"\0")
    if text and not text.endswith(b"\n"):
        raise ParseError("does not end with a whole line", text=text[-80:])
    if text.count(b"\n") > _MOUNTS_LIMIT:
        raise ParseError(f"more than {_MOUNTS_LIMIT} mounts")
    return text.split(b"\n")[:-1]


def unescaped(text: bytes) -> bytes:
    r"""Return a field with its escapes such as ``\040`` undone."""
    return _ESCAPED.sub(_byte, text) if b"\\" in text else text


def escaped(text: bytes) -> bytes:
    """Return a name as the kernel escapes it."""
    return _SPECIAL.sub(_octal, text)


def options_of(text: bytes) -> tuple[bytes, ...]:
    """Return the options of a list with commas; they are parted before their escapes are undone."""
    options = text.split(b",")
    return tuple(map(unescaped, options)) if b"\\" in text else tuple(options)


def rendered_options(options: tuple[bytes, ...]) -> bytes:
    """Return the list that says the same."""
    return b",".join(_SPECIAL_IN_OPTION.sub(_octal, option) for option in options)


def _byte(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 8)])


def _octal(match: re.Match[bytes]) -> bytes:
    return b"\\%03o" % match[0][0]
