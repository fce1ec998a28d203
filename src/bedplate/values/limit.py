"""Limit: a number, or that there is none."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal, TypeAlias


class Unlimited(Enum):
    """The one value of a limit that is not a number: what cgroups write as ``max``."""

    MAX = "max"

    def __str__(self) -> str:
        return self.value


MAX: Final = Unlimited.MAX
Limit: TypeAlias = int | Literal[Unlimited.MAX]
