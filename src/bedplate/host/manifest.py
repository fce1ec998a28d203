"""bedplate.json: what a capture says of itself.

Written by host/capture.py, described in docs/reference/capture.md and docs/schemas/capture.json.  A capture that was
made by another tool has none, and then nothing is certain but what it holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, NoReturn, TypeVar, cast

from bedplate.errors import CaptureError
from bedplate.values.constants import HostConstants

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

T = TypeVar("T")

MANIFEST_NAME = "bedplate.json"
MANIFEST_LIMIT_BYTES = 32 << 20
SCHEMA = "bedplate/capture/1"

# A folder that holds any of these is the root of a capture.
_MARKS = frozenset({MANIFEST_NAME, "proc", "sys"})
_KINDS = frozenset({"file", "folder", "link", "other"})
_NUMBER_LIMIT = 1 << 31
_ERRNO_LIMIT = 4095  # MAX_ERRNO of the kernel
_TYPES: dict[type, str] = {str: "a text", int: "a number", float: "a number with a fraction"}


class Redaction(NamedTuple):
    """Something that the capture was not given, or not given in full."""

    path: str
    what: str
    """What it was, such as ``serial number``."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a capture says of itself; paths are those that the readers asked for."""

    bedplate: str
    """The version that wrote it."""
    when: str | None
    """UTC, ISO 8601, in seconds; None where it was made of a capture that does not tell."""
    constants: HostConstants
    interval_seconds: float | None = None
    """The time between the two samples that it holds; None where it holds one."""
    namespaces: Mapping[str, str] = field(default_factory=dict[str, str])
    """What /proc/self/ns/* pointed to, by name."""
    denied: Mapping[str, int] = field(default_factory=dict[str, int])
    """The paths that could not be read for want of permission, and the errno."""
    failed: Mapping[str, int] = field(default_factory=dict[str, int])
    """The paths that the kernel answered with another errno, such as EINVAL."""
    absent: frozenset[str] = frozenset()
    """The paths that were looked for and were not there, for certain."""
    listed: frozenset[str] = frozenset()
    """The folders whose names are all told, by what the capture holds and ``unread``."""
    unread: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, "Mapping[str, str]"])
    """By folder that was listed: the names that the capture does not hold, and the kind of each."""
    left_out: tuple[Redaction, ...] = ()
    redacted: tuple[Redaction, ...] = ()


def manifest_text(manifest: Manifest) -> bytes:
    """Return bedplate.json; :func:`parse_manifest` makes the same manifest of it."""
    import json

    document = {
        "schema": SCHEMA,
        "bedplate": manifest.bedplate,
        "when": manifest.when,
        "constants": {name: getattr(manifest.constants, name) for name in HostConstants.__dataclass_fields__},
        "namespaces": manifest.namespaces,
        "denied": manifest.denied,
        "failed": manifest.failed,
        "absent": sorted(manifest.absent),
        "listed": sorted(manifest.listed),
        "unread": {folder: _by_kind(names) for folder, names in manifest.unread.items()},
        "left_out": [row._asdict() for row in manifest.left_out],
        "redacted": [row._asdict() for row in manifest.redacted],
        "interval_seconds": manifest.interval_seconds,
    }
    return json.dumps(document, indent=1, sort_keys=True).encode() + b"\n"


def _by_kind(names: Mapping[str, str]) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for name, kind in sorted(names.items()):
        kinds.setdefault(kind, []).append(name)
    return kinds


def is_capture(names: Iterable[str]) -> bool:
    """Return whether a folder with these names is the root of a capture."""
    return not _MARKS.isdisjoint(names)


def parse_manifest(text: bytes, path: str) -> Manifest:
    """Return the manifest that ``text`` is; CaptureError where it is none, naming the field.

    Keys that this version does not know are passed over, so that a later one may add some.
    """
    import json

    try:
        document = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise CaptureError("not JSON", path=path) from error
    top = _Fields(document, path)
    schema = top.value("schema", str)
    if schema != SCHEMA:
        raise CaptureError(f"a schema that this version cannot read; it reads {SCHEMA}", path=path, text=schema)
    return Manifest(
        bedplate=top.value("bedplate", str),
        when=top.optional("when", str),
        constants=_constants(top.inner("constants")),
        interval_seconds=top.optional("interval_seconds", float),
        namespaces=top.inner("namespaces").every(str),
        denied=_errnos(top.inner("denied")),
        failed=_errnos(top.inner("failed")),
        absent=frozenset(top.items("absent", str)),
        listed=frozenset(top.items("listed", str)),
        unread=_unread(top.inner("unread")),
        left_out=_redactions(top, "left_out"),
        redacted=_redactions(top, "redacted"),
    )


def _constants(given: _Fields) -> HostConstants:
    byte_order = given.optional("byte_order", str)
    if byte_order not in (None, "little", "big"):
        given.wrong("byte_order", "neither little nor big")
    return HostConstants(
        architecture=given.optional("architecture", str),
        byte_order=byte_order,
        kernel_release=given.optional("kernel_release", str),
        page_size_bytes=given.optional("page_size_bytes", int),
        ticks_per_second=given.optional("ticks_per_second", int),
        cpu_limit=given.optional("cpu_limit", int),
        node_limit=given.optional("node_limit", int),
    )


def _errnos(given: _Fields) -> dict[str, int]:
    numbers = given.every(int)
    for path, number in numbers.items():
        if number > _ERRNO_LIMIT:
            given.wrong(path, "not an errno")
    return numbers


def _unread(given: _Fields) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for folder in given.names:
        kinds = given.inner(folder)
        for kind in kinds.names:
            if kind not in _KINDS:
                kinds.wrong(kind, "not a kind of file")
            names = kinds.items(kind, str)
            if any("/" in name or "\0" in name for name in names):
                kinds.wrong(kind, "not names")
            found.setdefault(folder, {}).update(dict.fromkeys(names, kind))
    return found


def _redactions(top: _Fields, key: str) -> tuple[Redaction, ...]:
    rows = [_Fields(row, top.path, key) for row in top.items(key, object)]
    return tuple(Redaction(row.value("path", str), row.value("what", str)) for row in rows)


class _Fields:
    """A JSON object that is taken apart with the type of each value checked; a wrong one is a CaptureError."""

    def __init__(self, value: object, path: str, where: str = "") -> None:
        self.path = path
        self._where = where
        if not isinstance(value, dict):
            self.wrong("", "not a JSON object")
        self._values = cast("dict[str, object]", value)

    @property
    def names(self) -> Iterable[str]:
        return self._values.keys()

    def wrong(self, key: str, what: str) -> NoReturn:
        """Raise the CaptureError that names the field."""
        named = ".".join(part for part in (self._where, key) if part)
        raise CaptureError(what, path=self.path, field=named or None)

    def value(self, key: str, kind: type[T]) -> T:
        return self._checked(key, self._values.get(key), kind)

    def optional(self, key: str, kind: type[T]) -> T | None:
        value = self._values.get(key)
        return None if value is None else self._checked(key, value, kind)

    def items(self, key: str, kind: type[T]) -> list[T]:
        """Return a list of one type; it is empty where there is none."""
        found = self._values.get(key, [])
        if not isinstance(found, list):
            self.wrong(key, "not a list")
        return [self._checked(key, item, kind) for item in cast("list[object]", found)]

    def every(self, kind: type[T]) -> dict[str, T]:
        """Return all fields, of one type."""
        return {key: self._checked(key, value, kind) for key, value in self._values.items()}

    def inner(self, key: str) -> _Fields:
        """Return an object in this one; it is empty where there is none."""
        return _Fields(self._values.get(key, {}), self.path, key)

    def _checked(self, key: str, value: object, kind: type[T]) -> T:
        if not isinstance(value, kind) or isinstance(value, bool):
            self.wrong(key, f"not {_TYPES.get(kind)}")
        if isinstance(value, int | float) and not 0 < value < _NUMBER_LIMIT:
            self.wrong(key, "not a positive number of 31 bits")
        return value


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"not a number: {text}")
