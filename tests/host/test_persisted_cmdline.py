"""The command lines that boot loaders keep: hosts as distributions leave them, and hostile ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.trees import plant

from bedplate.facts.persisted_cmdline import Keeper, PersistedLine
from bedplate.host.persisted_cmdline import read_persisted
from bedplate.values.reading import Absent, Present

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ENVIRONMENT = b"# GRUB Environment Block\nsaved_entry=e\nkernelopts=root=/dev/x ro isolcpus=2-3\n##########"


def read(folder: Path, files: Mapping[str, bytes | str]) -> list[PersistedLine]:
    reading = read_persisted(plant(folder, files))
    return list(reading.value) if isinstance(reading, Present) else []


def text(line: PersistedLine) -> str:
    assert line.cmdline is not None, line.unknown
    return line.cmdline.text


def test_nothing_is_kept(tmp_path: Path) -> None:
    found = read_persisted(plant(tmp_path, {"/proc/cmdline": b"quiet\n"}))
    assert isinstance(found, Absent)
    assert not found.certain, "a capture may lack the files of the boot loader"


def test_debian(tmp_path: Path) -> None:
    """Two files build one line; a cloud image's own file comes last and adds to it."""
    found = read(
        tmp_path,
        {
            "/etc/default/grub": b"# x\nGRUB_DISTRIBUTOR=`( . /etc/os-release && echo ${NAME} )`\n"
            b'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX="root=LABEL=a"\n',
            "/etc/default/grub.d/50-cloud.cfg": b'\nGRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT a=2-3"\n',
            "/etc/default/grub.d/README": b"GRUB_CMDLINE_LINUX=no\n",
            "/boot/grub/grub.cfg": b"menuentry 'Debian' {\n linux /boot/vmlinuz-6.1 root=LABEL=a quiet\n}\n",
        },
    )
    assert [(one.keeper, one.path, one.line, text(one)) for one in found] == [
        (Keeper.GRUB_DEFAULT, "/etc/default/grub.d/50-cloud.cfg", 2, "root=LABEL=a quiet a=2-3"),
        (Keeper.GRUB_MENU, "/boot/grub/grub.cfg", 2, "root=LABEL=a quiet"),
    ]
    assert (found[1].title, found[1].kernel) == ("Debian", "/boot/vmlinuz-6.1")


def test_fedora_with_kernelopts(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "/boot/grub2/grubenv": "../efi/EFI/fedora/grubenv",
            "/boot/efi/EFI/fedora/grubenv": ENVIRONMENT,
            "/boot/loader/entries/a-6.12.conf": b"linux /vmlinuz-6.12\noptions $kernelopts $tuned_params\n",
            "/boot/loader/entries/b.conf": b"version 6.11\nlinux /vmlinuz-6.11\noptions $other\n",
            "/boot/loader/entries/c.conf": b"title broken\n",
            "/etc/kernel/cmdline": b"root=/dev/x ro\nisolcpus=2-3\n",
        },
    )
    assert [(one.keeper, one.path.rpartition("/")[2], one.cmdline is not None) for one in found] == [
        (Keeper.BOOT_ENTRY, "a-6.12.conf", True),
        (Keeper.BOOT_ENTRY, "b.conf", False),
        (Keeper.BOOT_ENTRY, "c.conf", False),
        (Keeper.KERNEL_INSTALL, "cmdline", True),
    ]
    assert text(found[0]).split() == ["root=/dev/x", "ro", "isolcpus=2-3"]
    assert found[0].kernel == "/vmlinuz-6.12"
    assert "other" in found[1].unknown
    assert "names no kernel" in found[2].unknown
    assert found[3].cmdline is not None
    assert found[3].cmdline.value("isolcpus") == "2-3"


def test_a_value_that_only_a_shell_could_tell(tmp_path: Path) -> None:
    found = read(tmp_path, {"/etc/default/grub": b'GRUB_CMDLINE_LINUX="isolcpus=$(nproc)"\n'})
    assert [(one.cmdline, one.unknown, one.line) for one in found] == [
        (None, "GRUB_CMDLINE_LINUX: line 1 takes it from a command or an expression", 1)
    ]
    broken = read(tmp_path, {"/etc/default/grub": b'GRUB_CMDLINE_LINUX="x\n'})
    assert [one.cmdline for one in broken] == [None]
    assert "not closed" in broken[0].unknown


def test_a_raspberry(tmp_path: Path) -> None:
    found = read(tmp_path, {"/boot/firmware/cmdline.txt": b"console=tty1 root=PARTUUID=1-2\n"})
    assert [(one.keeper, text(one)) for one in found] == [(Keeper.FIRMWARE, "console=tty1 root=PARTUUID=1-2")]


def test_folders_and_noise_where_files_should_be(tmp_path: Path) -> None:
    noise = {
        "/etc/default/grub/x": b"",
        "/boot/grub/grub.cfg": b"\xff\x00" * 50,
        "/boot/loader/entries/a.conf/x": b"",
        "/etc/kernel/cmdline": b"\xff" * 20,
    }
    found = read(tmp_path, noise)
    assert [(one.keeper, one.cmdline is None) for one in found] == [
        (Keeper.GRUB_DEFAULT, True),
        (Keeper.BOOT_ENTRY, True),
        (Keeper.KERNEL_INSTALL, False),
    ]
