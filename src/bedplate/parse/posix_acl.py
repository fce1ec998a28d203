"""Parses and renders POSIX ACLs as the extended attributes system.posix_acl_access and system.posix_acl_default.

Sources: include/uapi/linux/posix_acl_xattr.h, posix_acl_from_xattr() of fs/posix_acl.c, acl(5).

The structure alone is looked at: version 2, whole entries, little-endian on every machine.  What the kernel or acl(5)
would refuse as a list (no mask, an order that is not theirs, a name twice, which the kernel accepts) reads well here:
who wants to show a broken list must be able to read it.
"""

from __future__ import annotations

import struct
from enum import KEEP, IntFlag
from typing import NamedTuple

from bedplate.errors import ParseError

VERSION = 2
UNDEFINED_ID = 0xFFFF_FFFF
"""What the kernel writes as the id of an entry that names nobody."""
# XATTR_SIZE_MAX of include/uapi/linux/limits.h.
_LIMIT_BYTES = 1 << 16
_HEAD = struct.Struct("<I")
_ENTRY = struct.Struct("<HHI")


class AclTag(IntFlag, boundary=KEEP):
    """Whom an entry is about: one of these, and not a set; a tag that is unknown is kept."""

    USER_OBJ = 0x01
    """The owner."""
    USER = 0x02
    """The user that ``id`` names."""
    GROUP_OBJ = 0x04
    """The file's group."""
    GROUP = 0x08
    """The group that ``id`` names."""
    MASK = 0x10
    """The most that USER, GROUP_OBJ and GROUP entries can give."""
    OTHER = 0x20


class AclPerm(IntFlag, boundary=KEEP):
    """What an entry permits; a bit that is unknown is kept."""

    EXECUTE = 0x1
    WRITE = 0x2
    READ = 0x4


class AclEntry(NamedTuple):
    """One entry."""

    tag: AclTag
    perm: AclPerm
    id: int
    """A uid or gid for USER and GROUP, in the user namespace of the reader; for others ``UNDEFINED_ID``."""


class Acl(NamedTuple):
    """The entries in the order of the attribute."""

    entries: tuple[AclEntry, ...]

    @property
    def mask(self) -> AclPerm | None:
        """What the mask entry permits; None where there is none.  It is never computed: that could widen rights."""
        return next((entry.perm for entry in self.entries if entry.tag is AclTag.MASK), None)

    def effective(self, entry: AclEntry) -> AclPerm:
        """Return what an entry of this list really gives: the mask limits all but the owner and the others."""
        limited = entry.tag in (AclTag.USER, AclTag.GROUP_OBJ, AclTag.GROUP)
        return entry.perm if self.mask is None or not limited else entry.perm & self.mask


def parse_posix_acl(raw: bytes) -> Acl:
    """Return the entries of an attribute; none is well: the attribute that removes an ACL has none."""
    if len(raw) > _LIMIT_BYTES or len(raw) < _HEAD.size or (len(raw) - _HEAD.size) % _ENTRY.size:
        raise ParseError("not a version and whole entries", field="posix_acl", text=raw[:80])
    (version,) = _HEAD.unpack_from(raw)
    if version != VERSION:
        raise ParseError(f"version {version}, not {VERSION}", field="posix_acl", text=raw[:4])
    entries = _ENTRY.iter_unpack(raw[_HEAD.size :])
    return Acl(tuple(AclEntry(AclTag(tag), AclPerm(perm), number) for tag, perm, number in entries))


def render_posix_acl(acl: Acl) -> bytes:
    """Return the attribute of a list; ParseError where a number does not fit into it."""
    try:
        entries = [_ENTRY.pack(entry.tag, entry.perm, entry.id) for entry in acl.entries]
    except struct.error:
        raise ParseError("a tag, permission or id that does not fit", field="posix_acl", text=repr(acl)) from None
    return b"".join([_HEAD.pack(VERSION), *entries])
