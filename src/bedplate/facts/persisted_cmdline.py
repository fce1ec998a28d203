"""The command line of the next boot, as boot loaders and the tools that write for them keep it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bedplate.parse.cmdline import Cmdline


class Keeper(StrEnum):
    """Who keeps a line, and whether a boot reads it or a tool that writes what a boot reads."""

    GRUB_DEFAULT = "grub-default"
    """/etc/default/grub and grub.d: what update-grub (grub-mkconfig) writes into every entry of GRUB's menu."""
    GRUB_MENU = "grub-menu"
    """grub.cfg: an entry of GRUB's menu."""
    BOOT_ENTRY = "boot-entry"
    """loader/entries/*.conf: the Boot Loader Specification, read by GRUB (with grubenv) and by systemd-boot."""
    KERNEL_INSTALL = "kernel-install"
    """/etc/kernel/cmdline: what kernel-install writes into the entries of kernels to come."""
    FIRMWARE = "firmware"
    """cmdline.txt, which the firmware of small machines reads."""


class PersistedLine(NamedTuple):
    """One command line as it is kept."""

    keeper: Keeper
    path: str
    line: int
    """The line of the file, from 1; of an assignment that several files build, the last."""
    cmdline: Cmdline | None
    """None where it cannot be told without running something; ``unknown`` says why."""
    unknown: str
    title: str = ""
    """What a menu calls it."""
    kernel: str = ""
    """The path of the kernel image that it boots, where it names one."""
