"""Entries of the Boot Loader Specification."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import ParseError
from bedplate.parse.boot_entry import BootEntry, parse_boot_entry

ENTRY = b"""# a comment
title Fedora Linux (6.12.1)
version 6.12.1
linux   /vmlinuz-6.12.1
initrd /initramfs-6.12.1.img
options root=UUID=1-2 ro
options\tnohz_full=2-3   quiet
grub_class fedora
"""


def test_entry() -> None:
    assert parse_boot_entry(ENTRY) == BootEntry(
        "Fedora Linux (6.12.1)", "6.12.1", "/vmlinuz-6.12.1", "root=UUID=1-2 ro nohz_full=2-3   quiet", 6
    )


def test_a_unified_image_without_options() -> None:
    assert parse_boot_entry(b"efi /EFI/Linux/x.efi\noptions\n") == BootEntry("", "", "/EFI/Linux/x.efi", "", 2)


def test_no_kernel_is_no_entry() -> None:
    with pytest.raises(ParseError, match="names no kernel"):
        parse_boot_entry(b"title x\noptions y\n")


@given(st.binary(max_size=120))
def test_any_bytes(data: bytes) -> None:
    with contextlib.suppress(ParseError):
        parse_boot_entry(b"linux x\n" + data)
