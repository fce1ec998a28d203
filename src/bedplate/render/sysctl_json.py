"""The kernel settings as the JSON document bedplate/sysctl/1 (docs/schemas/sysctl-1.json)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bedplate.facts.sysctls import CATALOGUE
from bedplate.render.values import Json, plain
from bedplate.values.reading import Absent, Denied, Malformed, Present, why_missing

if TYPE_CHECKING:
    from bedplate.facts.sysctls import Key, Sysctls, Value
    from bedplate.values.constants import HostConstants
    from bedplate.values.reading import Reading

SCHEMA = "bedplate/sysctl/1"


def sysctl_document(sysctls: Sysctls, constants: HostConstants) -> dict[str, Json]:
    """Return the document: each setting with its value, or why it has none, and what the catalogue knows of it."""
    return {
        "schema": SCHEMA,
        "constants": plain(asdict(constants)),
        "settings": [_setting(CATALOGUE[name], sysctls[name]) for name in sysctls],
    }


def state_of(reading: Reading[Value]) -> str:
    """Return the name of a reading's kind: present, absent, denied or malformed."""
    match reading:
        case Present():
            return "present"
        case Absent():
            return "absent"
        case Denied():
            return "denied"
        case Malformed():
            return "malformed"


def _setting(key: Key, reading: Reading[Value]) -> dict[str, Json]:
    limits: Json = None if key.low is None and key.high is None else {"low": key.low, "high": key.high}
    return {
        "name": key.name,
        "path": plain(reading.source.path),
        "namespace": plain(reading.source.namespace),
        "state": state_of(reading),
        "value": plain(reading.value) if isinstance(reading, Present) else None,
        "reason": None if isinstance(reading, Present) else plain(why_missing(reading)),
        "type": key.kind.value,
        "unit": key.unit,
        "range": limits,
        "default": plain(key.default),
        "meaning": key.meaning,
        "note": key.note,
        "since": key.since,
        "until": key.until,
        "option": key.option,
        "clears": key.clears,
        "namespace_kind": key.namespace,
        "write_only": key.write_only,
        "one_way": key.one_way,
        "document": key.document,
    }
