from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.host.manifest import Redaction
from bedplate.host.redaction import TABLE, Redactor

NO_MAC_EITHER = b"0000:41:00.0 12:34:56:78 a0:00:01:02:03:04:05"
NO_MAC = b"00:00:00:00:00:00 ff:ff:ff:ff:ff:ff"
MAC, OTHER_MAC = b"3c:ec:ef:12:34:56", b"3C:EC:EF:65:43:21"
UUID = b"5bd1c2a0-8f0e-4b7e-9a43-0d1f2e3a4b5c"

# Path, what the host tells, what the capture tells.
CASES: dict[str, tuple[str, bytes, bytes]] = {
    "serial": ("/sys/devices/virtual/dmi/id/product_serial", b"CZ12345ABC\n", b"redacted-1\n"),
    "no serial": ("/sys/devices/virtual/dmi/id/product_serial", b"\n", b"\n"),
    "product": ("/sys/devices/virtual/dmi/id/product_name", b"PowerEdge R640\n", b"PowerEdge R640\n"),
    "tag": ("/sys/class/dmi/id/chassis_asset_tag", b"rack 7\n", b"redacted-1\n"),
    "ppin": ("/sys/devices/system/cpu/cpu0/topology/ppin", b"0x123\n", b"redacted-1\n"),
    "nvme": ("/sys/class/nvme/nvme0/serial", b"S4YPNE0R700001  \n", b"redacted-1  \n"),
    "device tree": ("/proc/device-tree/serial-number", b"100000003d1d1c36\0", b"redacted-1\0"),
    "cpuinfo": (
        "/proc/cpuinfo",
        b"Revision\t: c03111\nSerial\t\t: 100000003d1d1c36\nModel\t: Pi\n",
        b"Revision\t: c03111\nSerial\t\t: redacted-1\nModel\t: Pi\n",
    ),
    "sysinfo": ("/proc/sysinfo", b"Sequence Code:        00000000000ABCDE\n", b"Sequence Code:        redacted-1\n"),
    "machine id": ("/etc/machine-id", b"0123456789abcdef0123456789abcdef\n", b"redacted-1\n"),
    "mac": ("/sys/class/net/eth0/address", MAC + b"\n", b"02:00:00:00:00:01\n"),
    "no mac": ("/sys/class/net/lo/address", NO_MAC, NO_MAC),
    "pci": ("/proc/x", NO_MAC_EITHER, NO_MAC_EITHER),
    "uuid": ("/proc/cmdline", b"root=UUID=" + UUID + b" ro\n", b"root=UUID=00000000-0000-4000-8000-000000000001 ro\n"),
    "luks": ("/proc/cmdline", b"rd.luks.uuid=luks-" + UUID, b"rd.luks.uuid=luks-00000000-0000-4000-8000-000000000001"),
    "short ids": (
        "/etc/default/grub",
        b"root=UUID=3A1B-F00D resume=PARTUUID=1a2b3c4d-02",
        b"root=UUID=00000001-01 resume=PARTUUID=00000002-01",
    ),
    "label": ("/proc/cmdline", b"root=LABEL=rootfs isolcpus=2-7", b"root=LABEL=rootfs isolcpus=2-7"),
    "ip": ("/proc/cmdline", b"ip=10.0.0.5::10.0.0.1:255.255.255.0:h:eth0:off x", b"ip=redacted-1 x"),
    "dhcp": ("/proc/cmdline", b"ip=dhcp rd.neednet=1 x=10.0.0.5", b"ip=dhcp rd.neednet=1 x=0.0.0.1"),
    "netconsole": (
        "/proc/cmdline",
        b"netconsole=6665@10.11.12.13/eth0,6666@10.11.12.14/3c:ec:ef:12:34:56",
        b"netconsole=6665@0.0.0.1/eth0,6666@0.0.0.2/02:00:00:00:00:03",
    ),
    "ip6": (
        "/proc/cmdline",
        b"ip6=fe80::a8bb:ccff:fedd:ee01 x=[2001:db8:1:2:3:4:5:6]:80 y=::1",
        b"ip6=100::0:1 x=[100::0:2]:80 y=::1",
    ),
    "no address": (
        "/proc/cmdline",
        b"BOOT_IMAGE=/vmlinuz-2.6.32.27 pci=resource_alignment=0000:00:01.0 x=00:02.0 mask=255.255.255.0",
        b"BOOT_IMAGE=/vmlinuz-2.6.32.27 pci=resource_alignment=0000:00:01.0 x=00:02.0 mask=255.255.255.0",
    ),
    "disk": (
        "/proc/cmdline",
        b"root=/dev/disk/by-id/nvme-SAMSUNG_S4EVNX0M12345 r=/dev/disk/by-id/nvme-SAMSUNG_S4EVNX0M12345-part3 ro",
        b"root=/dev/disk/by-id/redacted-1 r=/dev/disk/by-id/redacted-1-part3 ro",
    ),
    "multipath": (
        "/proc/cmdline",
        b"root=/dev/mapper/3600508b400105e210000900000490000 a=/dev/mapper/vg-root",
        b"root=/dev/mapper/redacted-1 a=/dev/mapper/vg-root",
    ),
    "key": ("/proc/cmdline", b"foo.apikey=KEY9 vconsole.keymap=us", b"foo.apikey=redacted-1 vconsole.keymap=us"),
    "key in the log": (
        "/dev/kmsg",
        b"6,1,0,-;Kernel command line: foo.apikey=KEYKEY99 isolcpus=2-7\n",
        b"6,1,0,-;Kernel command line: foo.apikey=redacted-1 isolcpus=2-7\n",
    ),
    "ssh key": ("/proc/cmdline", b'SSH_KEY="ssh-rsa AAAA" q', b"SSH_KEY=redacted-1 q"),
    "ssh key behind backslashes": (
        "/etc/default/grub",
        b'GRUB_CMDLINE_LINUX="SSH_KEY=\\"ssh-rsa AAAA\\" nosmt"',
        b'GRUB_CMDLINE_LINUX="SSH_KEY=redacted-1 nosmt"',
    ),
    "ssh key without its quotes": (
        "/dev/kmsg",
        b'Unknown kernel command line parameters "SSH_KEY=ssh-rsa AAAAB3NzaC1yc2E+/= spam"',
        b'Unknown kernel command line parameters "SSH_KEY=redacted-2 redacted-1 spam"',
    ),
    "cloud": ("/proc/cmdline", b"ds=nocloud;h=db-07;i=i-0abc q", b"ds=nocloud;redacted-1 q"),
    "interrupt": (
        "/proc/interrupts",
        b" 24: 0 mlx5_comp0@pci:0000:00:01.0-aa:bb:cc:dd:ee:07\n",
        b" 24: 0 mlx5_comp0@pci:0000:00:01.0-02:00:00:00:00:01\n",
    ),
    "comments": (
        "/etc/sysctl.d/9.conf",
        b"# joe, 10.0.0.5\nvm.swappiness = 1 # b\n#\n  ;x = y\nkernel.x=2",
        b"#" + b" " * 14 + b"\nvm.swappiness = 1 # b\n#\n  ;     \nkernel.x=2",
    ),
    "bootif": ("/proc/cmdline", b"BOOTIF=01-3c-ec-ef-12-34-56 ro", b"BOOTIF=redacted-1 ro"),
    "password": ("/proc/cmdline", b'a.password="a b" b.passwd=x q', b"a.password=redacted-1 b.passwd=redacted-2 q"),
    "grub": (
        "/boot/grub/grub.cfg",
        b"password_pbkdf2 root grub.pbkdf2.sha512.10000.AB\nlinux /vmlinuz isolcpus=2-7\n",
        b"password_pbkdf2 root redacted-1\nlinux /vmlinuz isolcpus=2-7\n",
    ),
    "url": ("/proc/cmdline", b"inst.ks=https://joe:pw@srv/ks quiet", b"inst.ks=https://redacted-1@srv/ks quiet"),
    "not a command line": ("/proc/sys/kernel/x", b"ip=10.0.0.5 password=x", b"ip=10.0.0.5 password=x"),
    "sysctl": ("/proc/sys/net/ipv6/conf/all/stable_secret", b"2001:db8::1\n", b"redacted-1\n"),
    "sysctl.d": ("/etc/sysctl.d/9.conf", b"x.tcp_fastopen_key = 0-1-2-3\n", b"x.tcp_fastopen_key = redacted-1\n"),
    "sysctl.conf": ("/etc/sysctl.conf", b"net.ipv4.tcp_fastopen = 3\n", b"net.ipv4.tcp_fastopen = 3\n"),
    "arguments": ("/proc/12/cmdline", b"mysqld\0--password=x\0-v\0", b"mysqld\0redacted-1\0"),
    "no arguments": ("/proc/12/cmdline", b"mysqld\0", b"mysqld\0"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_table(case: str) -> None:
    path, told, expected = CASES[case]
    redactor = Redactor()
    assert redactor.content(path, told) == expected
    assert bool(redactor.redacted) == (told != expected)
    # A capture of a capture changes nothing more.
    again = Redactor()
    assert again.content(path, expected) == expected
    assert again.redacted == []


@pytest.mark.parametrize("path", ["/proc/12/environ", "/proc/12/task/13/environ", "/sys/devices/x/vpd_pg80"])
def test_what_is_left_out(path: str) -> None:
    assert Redactor().content(path, b"x") is None


def test_each_row_is_shown_by_a_case() -> None:
    shown = {row.what for case in CASES.values() for row in _redacted(case)}
    left_out = {row.what for row in TABLE if row.found is None}
    assert shown | left_out == {row.what for row in TABLE}


def _redacted(case: tuple[str, bytes, bytes]) -> list[Redaction]:
    redactor = Redactor()
    redactor.content(case[0], case[1])
    return redactor.redacted


def test_the_same_thing_is_the_same_everywhere_and_others_are_others() -> None:
    redactor = Redactor()
    one = redactor.content("/sys/class/net/enp1s0/address", MAC)
    assert one == b"02:00:00:00:00:01"
    assert redactor.content("/sys/class/net/enp2s0/address", MAC.upper()) == one
    assert redactor.content("/sys/class/net/enp3s0/address", OTHER_MAC) == b"02:00:00:00:00:02"
    assert redactor.name("/sys/class/net/enx3cecef123456/address") == "/sys/class/net/enx020000000001/address"
    assert redactor.name("../../devices/x/net/enx3cecef123456") == "../../devices/x/net/enx020000000001"
    assert redactor.content("/proc/interrupts", b" 24: 0 enx3cecef123456-rx\n") == b" 24: 0 enx020000000001-rx\n"


def test_the_machine_id_is_told_nowhere() -> None:
    redactor = Redactor(machine_id=b"0123456789abcdef0123456789abcdef")
    name = redactor.name("/boot/loader/entries/0123456789abcdef0123456789abcdef-6.1.0.conf")
    assert name == "/boot/loader/entries/00000000000000000000000000000001-6.1.0.conf"
    assert redactor.content("/x", b"id 0123456789abcdef0123456789abcdef") == b"id 00000000000000000000000000000001"
    assert all("0123456789abcdef" not in row.path for row in redactor.redacted)


def test_names_that_every_machine_has_stay() -> None:
    path = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
    assert Redactor().name(path) == path


@given(st.sampled_from([path for path, _, _ in CASES.values()]), st.binary(max_size=200))
def test_any_bytes_are_redacted_once(path: str, data: bytes) -> None:
    once = Redactor().content(path, data)
    assert once is not None
    assert Redactor().content(path, once) == once
