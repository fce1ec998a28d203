from __future__ import annotations

import errno
import os
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.hostile import mangled, stands

from bedplate.errors import ParseError
from bedplate.parse.posix_acl import (
    UNDEFINED_ID,
    Acl,
    AclEntry,
    AclPerm,
    AclTag,
    parse_posix_acl,
    render_posix_acl,
)

ACCESS = "system.posix_acl_access"
R, W, X = AclPerm.READ, AclPerm.WRITE, AclPerm.EXECUTE
ENTRIES = st.builds(
    AclEntry,
    st.integers(0, 0xFFFF).map(AclTag),
    st.integers(0, 0xFFFF).map(AclPerm),
    st.integers(0, 0xFFFFFFFF),
)
NAMED = Acl(
    (
        AclEntry(AclTag.USER_OBJ, R | W, UNDEFINED_ID),
        AclEntry(AclTag.USER, R | W | X, 1000),
        AclEntry(AclTag.GROUP_OBJ, R | X, UNDEFINED_ID),
        AclEntry(AclTag.GROUP, W, 100),
        AclEntry(AclTag.MASK, R, UNDEFINED_ID),
        AclEntry(AclTag.OTHER, AclPerm(0), UNDEFINED_ID),
    )
)
SAMPLE = render_posix_acl(NAMED)


def set_acl(path: Path, raw: bytes) -> None:
    """Give a file an ACL; skips the test where the file system has none."""
    try:
        os.setxattr(path, ACCESS, raw)
    except OSError as error:
        if error.errno == errno.EOPNOTSUPP:
            pytest.skip(f"needs a file system with POSIX ACLs at {path}")
        raise


def test_the_bytes_of_a_list() -> None:
    assert SAMPLE[:12] == struct.pack("<IHHI", 2, 1, 6, 0xFFFFFFFF)
    assert len(SAMPLE) == 4 + 6 * 8
    assert parse_posix_acl(SAMPLE) == NAMED


def test_trap_26_the_mask_limits_all_but_the_owner_and_the_others() -> None:
    given_ = [NAMED.effective(entry) for entry in NAMED.entries]
    assert given_ == [R | W, R, R, AclPerm(0), R, AclPerm(0)]
    assert NAMED.mask == R


def test_trap_26_a_mask_is_never_made_up() -> None:
    without = Acl(tuple(entry for entry in NAMED.entries if entry.tag is not AclTag.MASK))
    assert without.mask is None
    assert without.effective(without.entries[1]) == R | W | X
    assert parse_posix_acl(render_posix_acl(without)) == without


def test_what_the_kernel_stores_is_what_was_rendered(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_bytes(b"")
    set_acl(place, SAMPLE)
    assert parse_posix_acl(os.getxattr(place, ACCESS)) == NAMED
    # The group bits of the mode are those of the mask.
    assert place.stat().st_mode & 0o777 == 0o640


def test_a_list_twice_the_same_user_reads_well_as_the_kernel_accepts_it(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_bytes(b"")
    double = Acl((*NAMED.entries[:2], *NAMED.entries[1:]))
    set_acl(place, render_posix_acl(double))
    assert parse_posix_acl(os.getxattr(place, ACCESS)) == double


def test_an_unknown_tag_and_an_unknown_right_are_kept() -> None:
    odd = Acl((AclEntry(AclTag(0x40), AclPerm(8 | 4), 7),))
    assert parse_posix_acl(render_posix_acl(odd)) == odd
    assert odd.effective(odd.entries[0]) == 12


def test_an_empty_list_removes() -> None:
    assert parse_posix_acl(b"\2\0\0\0") == Acl(())
    assert render_posix_acl(Acl(())) == b"\2\0\0\0"


@given(st.lists(ENTRIES, max_size=20).map(tuple).map(Acl))
def test_a_rendered_list_is_parsed_to_itself(acl: Acl) -> None:
    assert parse_posix_acl(render_posix_acl(acl)) == acl


@given(mangled(SAMPLE))
def test_any_bytes_give_a_list_or_parse_error(raw: bytes) -> None:
    stands(parse_posix_acl, raw)
    try:
        acl = parse_posix_acl(raw)
    except ParseError:
        return
    assert render_posix_acl(acl) == raw


@pytest.mark.parametrize(
    "raw",
    [b"", b"\2\0\0", b"\1\0\0\0", b"\0\0\0\2", SAMPLE[:-1], SAMPLE + b"\0", SAMPLE[:10], b"\2\0\0\0" + bytes(1 << 16)],
)
def test_what_is_cut_off_or_garbage_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        parse_posix_acl(raw)


@pytest.mark.parametrize(
    "entry", [AclEntry(AclTag(1 << 16), R, 0), AclEntry(AclTag.USER, R, -1), AclEntry(AclTag.USER, R, 1 << 32)]
)
def test_a_number_that_does_not_fit_is_not_rendered(entry: AclEntry) -> None:
    with pytest.raises(ParseError):
        render_posix_acl(Acl((entry,)))
