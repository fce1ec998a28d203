"""Parses the small texts of /sys/bus/pci/devices/*: addresses, ids, nodes, links.

Sources: Documentation/ABI/testing/sysfs-bus-pci, drivers/pci/pci-sysfs.c.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bedplate.errors import ParseError

# A domain has four digits or more: firmware numbers it in 16 bits, but Intel VMD and Hyper-V make domains of up to
# 32 bits ("%04x:%02x:%02x.%d" of pci_setup_device()).
_ADDRESS = re.compile(r"([0-9a-f]{4,8}):([0-9a-f]{2}):([01][0-9a-f])\.([0-7])", re.ASCII)
_HOST_BRIDGE = re.compile(r"pci[0-9a-f]{4,8}:[0-9a-f]{2}", re.ASCII)
_HEX = re.compile(rb"0x([0-9a-fA-F]{1,8})", re.ASCII)
_DECIMAL = re.compile(rb"-?[0-9]{1,9}", re.ASCII)
_SPEED = re.compile(rb"([0-9]{1,4})(?:\.([0-9]))? GT/s(?: PCIe)?", re.ASCII)
_CHOICE = re.compile(rb"\[([a-z0-9_+-]{1,40})\]", re.ASCII)
# Behind a value stands a newline, in some recorded machines a NUL too.
_AROUND = b" \t\r\n\0"
_NODE_LIMIT = 1 << 16


class Address(NamedTuple):
    """Where a function is: its parts order as numbers, which the text of wide domains does not."""

    domain: int
    bus: int
    slot: int
    function: int


def parse_address(text: str) -> Address:
    """Return the parts of an address such as ``0000:41:00.0``; ParseError where it is none."""
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise ParseError("not a PCI address (domain:bus:slot.function)", text=text)
    domain, bus, slot, function = match.groups()
    return Address(int(domain, 16), int(bus, 16), int(slot, 16), int(function))


def is_address(text: str) -> bool:
    """Return whether a name is a PCI address."""
    return _ADDRESS.fullmatch(text) is not None


def is_host_bridge(text: str) -> bool:
    """Return whether a name is that of a host bridge's folder, such as ``pci0000:17``."""
    return _HOST_BRIDGE.fullmatch(text) is not None


def parse_hex(text: bytes) -> int:
    """Return the number of a text such as ``0x8086`` (vendor, device) or ``0x020000`` (class)."""
    match = _HEX.fullmatch(text.strip(_AROUND))
    if match is None:
        raise ParseError("not a hexadecimal number of at most 32 bits", text=text)
    return int(match[1], 16)


def parse_node(text: bytes) -> int | None:
    """Return the node of ``numa_node``, None for -1 (NUMA_NO_NODE): the kernel knows of no nearest node."""
    number = _number(text)
    if number < -1 or number >= _NODE_LIMIT:
        raise ParseError(f"not a node number from -1 to {_NODE_LIMIT - 1}", text=text)
    return None if number == -1 else number


def parse_count(text: bytes) -> int:
    """Return a number of things, such as sriov_numvfs."""
    number = _number(text)
    if number < 0:
        raise ParseError("a count below 0", text=text)
    return number


def parse_speed(text: bytes) -> int | None:
    """Return the speed of a link in megatransfers a second, None where the kernel does not know it.

    ``8.0 GT/s PCIe``, of older kernels ``8 GT/s``; ``Unknown`` or ``Unknown speed`` where there is no link.
    """
    stripped = text.strip(_AROUND)
    if stripped in (b"Unknown", b"Unknown speed"):
        return None
    match = _SPEED.fullmatch(stripped)
    if match is None:
        raise ParseError("not a link speed", text=text)
    return int(match[1]) * 1000 + int(match[2] or b"0") * 100


def parse_width(text: bytes) -> int | None:
    """Return the number of lanes of a link; None for 0 (no link) and 255 (PCIE_LNK_WIDTH_UNKNOWN)."""
    lanes = parse_count(text)
    return None if lanes in (0, 255) else lanes


def parse_switch(text: bytes) -> bool:
    """Return whether a file that holds 0 or 1 (a module parameter: N or Y) is switched on."""
    match text.strip(_AROUND):
        case b"1" | b"Y" | b"y":
            return True
        case b"0" | b"N" | b"n":
            return False
        case _:
            raise ParseError("neither 0 nor 1, N nor Y", text=text)


def parse_choice(text: bytes) -> str:
    """Return the chosen word of a list such as ``default [performance] powersave``."""
    chosen = _CHOICE.findall(text[:4096])
    if len(chosen) != 1:
        raise ParseError("not a list of words with one in brackets", text=text)
    return bytes(chosen[0]).decode("ascii")


def _number(text: bytes) -> int:
    stripped = text.strip(_AROUND)
    if not _DECIMAL.fullmatch(stripped):
        raise ParseError("not a whole number", text=text)
    return int(stripped)
