"""HostConstants: what a number in a file means depends on the host that wrote it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HostConstants:
    """The constants of one host; None is for what a capture does not tell, and is never guessed.

    They belong to the host that was recorded, not to the machine that reads the recording.
    """

    architecture: str | None = None
    """The kernel's name as in uname -m: x86_64, aarch64, riscv64, ppc64le, s390x, ia64 …

    The many names of 32-bit kernels are one each: ``x86`` (i386 to i686) and ``arm`` (armv5tel to armv8l).
    """
    byte_order: str | None = None
    """``little`` or ``big``."""
    kernel_release: str | None = None
    """As in uname -r."""
    page_size_bytes: int | None = None
    ticks_per_second: int | None = None
    """USER_HZ, the unit of times in /proc (100 on every architecture of today but alpha and ia64: 1024)."""
    cpu_limit: int | None = None
    """One more than the largest CPU number that this kernel was built for (NR_CPUS: cpu/kernel_max + 1)."""
    node_limit: int | None = None
    """One more than the largest node number that may come (from node/possible)."""
