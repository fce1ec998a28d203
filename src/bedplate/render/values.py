"""The typed values of findings, as text and for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TypeAlias, cast

from bedplate.values.escape import decoded, printable
from bedplate.values.idset import CpuSet, IdSet, NodeSet

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

_SET_TYPES: dict[type[IdSet], str] = {CpuSet: "cpu-list", NodeSet: "node-list", IdSet: "number-list"}


def shown(value: object) -> str:
    """Return a value as a person reads it, not yet escaped; the empty set is named, for an empty text says nothing."""
    if isinstance(value, IdSet):
        return str(value) or "the empty set"
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
        return ", ".join(f"{shown(key)}: {shown(one)}" for key, one in pairs)
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, cast("Sequence[object]", value))) or "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return decoded(value) if isinstance(value, bytes) else str(value)


def plain(value: object) -> Json:
    """Return a value as JSON has it: sets of numbers as kernel list text, bytes as text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes | str):
        return printable(value)
    if isinstance(value, IdSet):
        return str(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(one) for key, one in cast("Mapping[object, object]", value).items()}
    if isinstance(value, Sequence | Set):
        return [plain(one) for one in cast("Sequence[object]", value)]
    return str(value)


def type_name(value: object) -> str:
    """Return the name of a value's type in JSON documents: cpu-list, node-list, integer, text …"""
    for kind, name in _SET_TYPES.items():
        if type(value) is kind:
            return name
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, Mapping):
        return "mapping"
    return "list" if isinstance(value, list | tuple) else "text"
