"""Sizes for people: a few digits and a unit; what must be exact is in the documents."""

from __future__ import annotations

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def rounded(size_bytes: int) -> str:
    """Return such as ``23.5 GiB``, ``4 KiB`` or ``0 B``."""
    power = min(max(abs(size_bytes).bit_length() - 1, 0) // 10, len(_UNITS) - 1)
    return f"{size_bytes / (1 << 10 * power):.1f}".removesuffix(".0") + f" {_UNITS[power]}"
