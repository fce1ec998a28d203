"""Reads whether the kernel moves pages between memory tiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.errors import ParseError
from bedplate.facts.memory_tiers import MemoryTiers

if TYPE_CHECKING:
    from bedplate.host.root import Root

_DEMOTION = "/sys/kernel/mm/numa/demotion_enabled"
# The kernel prints true and false and takes what kstrtobool() takes.
_WORDS = {b"true": True, b"false": False, b"1": True, b"0": False}


def read_memory_tiers(root: Root) -> MemoryTiers:
    """Return the switches of memory tiering."""
    return MemoryTiers(root.reading(_DEMOTION, _boolean, absent="needs CONFIG_NUMA, CONFIG_MIGRATION and Linux 5.15"))


def _boolean(text: bytes) -> bool:
    word = text.strip(b" \t\r\n\0")
    if word not in _WORDS:
        raise ParseError("neither true nor false", text=text)
    return _WORDS[word]
