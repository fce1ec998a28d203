"""Tells from /proc/cpuinfo which architecture the kernel was built for.

Each architecture prints /proc/cpuinfo its own way (show_cpuinfo() of arch/*/kernel), and the kernel's width shows in
it less often than that of the CPU: a 32-bit kernel prints the flag ``lm`` too.  So only what a kernel of one
architecture alone prints counts, and there is no answer for the rest.
"""

from __future__ import annotations

import re

# What comes first of what follows tells all; a machine with 8,192 CPUs repeats it 8,192 times.
_LOOKED_AT_BYTES = 1 << 16
_FIELD = re.compile(rb"^([^\n:]*):([^\n]*)", re.MULTILINE)
# Little-endian Linux needs POWER8, so the older ones are ppc64 and the later either.  They all run 64-bit kernels.
_BIG_PPC64 = re.compile(rb"POWER[3-7]\b|PPC970|Cell Broadband|RS64|PA6T")
_PPC32 = re.compile(rb"60[1-4]|7[45]0|74\d\d|e300|e500v")
_RPM_OR_DEBIAN = re.compile(rb"[.-](x86_64|amd64|aarch64|arm64|ppc64le|ppc64|s390x|riscv64|loongarch64|ia64)$")
_DEBIAN_NAMES = {b"amd64": "x86_64", b"arm64": "aarch64"}


def parse_cpuinfo_architecture(text: bytes) -> str | None:
    """Return the architecture's name, None where ``text`` does not tell it for certain.

    The names are those of ``uname -m``, but ``x86`` and ``arm`` for all their 32-bit variants.
    """
    fields: dict[bytes, bytes] = {}
    for key, value in _FIELD.findall(text[:_LOOKED_AT_BYTES]):
        fields.setdefault(key.strip(), value.strip())
    return _of_x86(fields) or _of_arm(fields) or _of_power(fields) or _of_one_line(fields)


def parse_release_architecture(release: bytes) -> str | None:
    """Return the architecture at the end of a kernel release such as 6.1.0-13-amd64 or 5.14.0-427.el9.x86_64."""
    found = _RPM_OR_DEBIAN.search(release.strip())
    return _DEBIAN_NAMES.get(found[1]) or found[1].decode() if found else None


def _of_x86(fields: dict[bytes, bytes]) -> str | None:
    if b"wp" not in fields or b"cpu family" not in fields:
        return None
    # show_cpuinfo_misc() of arch/x86/kernel/cpu/proc.c: 32-bit kernels alone tell of the bugs of 32-bit CPUs.
    return "x86" if b"fdiv_bug" in fields else "x86_64"


def _of_arm(fields: dict[bytes, bytes]) -> str | None:
    features = (fields.get(b"Features") or b"").split()
    if b"CPU implementer" not in fields:
        return None
    # An ARMv8 CPU may run kernels of either width, and a 64-bit one shows 32-bit tasks other features.
    if b"asimd" in features:
        return "aarch64"
    return "arm" if b"thumb" in features and fields.get(b"CPU architecture", b"8") in (b"5TE", b"6TEJ", b"7") else None


def _of_power(fields: dict[bytes, bytes]) -> str | None:
    if b"revision" not in fields or b"(pvr " not in fields[b"revision"]:
        return None
    if _BIG_PPC64.match(fields.get(b"cpu", b"")):
        return "ppc64"
    return "ppc" if _PPC32.match(fields.get(b"cpu", b"")) else None


def _of_one_line(fields: dict[bytes, bytes]) -> str | None:
    """Return the architecture of which one line tells all."""
    if fields.get(b"vendor_id") == b"IBM/S390":
        # The facility that the z/Architecture mode is active, which a 31-bit kernel never enters.
        return "s390x" if b"zarch" in fields.get(b"features", b"").split() else None
    if fields.get(b"arch") == b"IA-64":
        return "ia64"
    if fields.get(b"cpu") == b"Alpha":
        return "alpha"
    if fields.get(b"type") in (b"sun4u", b"sun4v"):  # 32-bit kernels ran on sun4c, sun4d and sun4m
        return "sparc64"
    if fields.get(b"isa", b"").startswith(b"rv64"):
        return "riscv64"
    return "loongarch64" if b"loongarch64" in fields.get(b"ISA", b"").split() else None
