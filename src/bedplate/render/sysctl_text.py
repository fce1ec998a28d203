"""The kernel settings as text: those that the host has, with range, default, meaning and source."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bedplate.facts.sysctls import CATALOGUE
from bedplate.render.line import Line, line
from bedplate.render.sysctl_json import state_of
from bedplate.render.values import shown
from bedplate.values.reading import Absent, Present, why_missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.sysctls import Key, Sysctls, Value

_INDENT = "    "
_MISSING_STYLE = "yellow"


def sysctl_text(sysctls: Sysctls, *, verbose: bool = False) -> Iterator[Line]:
    """Yield the lines: settings with a value, then those that could not be read, then the count of every state.

    With ``verbose`` those that the host does not have as well, and why.
    """
    for name in sysctls:
        reading = sysctls[name]
        if isinstance(reading, Present):
            yield from _present(CATALOGUE[name], reading)
        elif verbose or not isinstance(reading, Absent):
            yield line((name, "bold"), "  ", (state_of(reading), _MISSING_STYLE))
            yield line(_INDENT, why_missing(reading))
    counted = Counter(state_of(sysctls[name]) for name in sysctls)
    yield line(" · ".join(f"{counted[state]} {state}" for state in ("present", "absent", "denied", "malformed")))


def _present(key: Key, reading: Present[Value]) -> Iterator[Line]:
    unit = f" {key.unit}" if key.unit not in (None, "mode", "bits") else ""
    changed = key.default is not None and reading.value != key.default
    yield line((key.name, "bold"), " = ", (shown(reading.value), "cyan" if changed else ""), unit)
    yield line(_INDENT, key.meaning)
    facts = (_range(key), _default(key), key.document, reading.source.path, reading.source.namespace)
    yield line(_INDENT, (" · ".join(fact for fact in facts if fact is not None), "dim"))


def _range(key: Key) -> str | None:
    if key.low is None and key.high is None:
        return None
    return f"{'…' if key.low is None else key.low} to {'…' if key.high is None else key.high}"


def _default(key: Key) -> str:
    return "default depends on the host" if key.default is None else f"default {shown(key.default)}"
