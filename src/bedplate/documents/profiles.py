"""Profiles: the wished-for state, read from TOML.

A profile is a file of the shape that ``_Document`` names, or the name of one in bedplate/profiles.  All that is wrong
with it is told at once, each with file, line, column and key, what would be right, and the near miss.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bedplate.documents.toml_places import nearest, places
from bedplate.errors import ParseError, ProfileError
from bedplate.facts.cpu_names import refuse_unnamed
from bedplate.policy import DEFAULT, Expectation, Profile, Workload
from bedplate.values.escape import printable
from bedplate.values.idset import CpuSet

if TYPE_CHECKING:
    from bedplate.documents.structure import Fault
    from bedplate.documents.toml_places import Path, Place

SCHEMA = "bedplate/profile/1"
_SHIPPED = os.path.join(os.path.dirname(os.path.dirname(__file__)), "profiles")
_SIZE_LIMIT_BYTES = 1 << 20
_DEPTH_LIMIT = 16


@dataclass(frozen=True, slots=True)
class _Expect:
    value: bool | int | str
    reason: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class _Cpus:
    isolated: str | None = None


@dataclass(frozen=True, slots=True)
class _Workload:
    name: str
    cpus: str
    devices: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class _Document:
    schema: str
    name: str
    description: str = ""
    extends: str | None = None
    cpus: _Cpus = field(default_factory=_Cpus)
    expect: dict[str, _Expect] = field(default_factory=dict[str, _Expect])
    workload: list[_Workload] = field(default_factory=list[_Workload])


def named_profile(name: str | None) -> Profile:
    """Return a profile by its name or the path of its file; None is the default one, which needs no file.

    Raises ProfileError, whose lines name everything that is wrong.
    """
    return DEFAULT if name in (None, DEFAULT.name) else _load(name, ())


def shipped_profiles() -> list[str]:
    """Return the names of the profiles that come with Bedplate, in order."""
    return sorted(name.removesuffix(".toml") for name in os.listdir(_SHIPPED) if name.endswith(".toml"))


def _load(name: str, below: tuple[str, ...]) -> Profile:
    if name in below or len(below) > _DEPTH_LIMIT:
        raise ProfileError(f"profiles extend one another in a circle: {' → '.join((*below, name))}")
    path = _path_of(name)
    text = _read(path)
    document = _structured(path, text)
    parent = DEFAULT if document.extends in (None, DEFAULT.name) else _load(document.extends, (*below, name))
    return _profile(path, text, document, parent)


def _path_of(name: str) -> str:
    shipped = os.path.join(_SHIPPED, f"{name}.toml")
    if "/" not in name and os.path.exists(shipped):
        return shipped
    if "/" in name or name.endswith(".toml"):
        return name
    known = [DEFAULT.name, *shipped_profiles()]
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}, and files by their path"
    raise ProfileError(f"no such profile; {hint}", text=name)


def _read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            raw = file.read(_SIZE_LIMIT_BYTES + 1)
        if len(raw) > _SIZE_LIMIT_BYTES:
            raise ProfileError(f"larger than {_SIZE_LIMIT_BYTES} bytes", path=path)
        return raw.decode()
    except OSError as error:
        raise ProfileError(error.strerror or str(error), path=path) from error
    except UnicodeDecodeError as error:
        raise ProfileError(f"not UTF-8 at byte {error.start}", path=path) from error


def _structured(path: str, text: str) -> _Document:
    """Return the document of a file; every fault of its shape is in the one error that is raised."""
    from bedplate.documents.structure import Fault, structured  # cattrs takes 50 ms to import

    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(str(error), path=path) from error
    made = structured(table, _Document)
    if not isinstance(made, _Document):
        raise _complaint(path, text, made)
    if made.schema != SCHEMA:
        raise _complaint(path, text, [Fault(("schema",), f"must be {SCHEMA!r}, is {made.schema!r}")])
    return made


def _profile(path: str, text: str, document: _Document, parent: Profile) -> Profile:
    from bedplate.documents.structure import Fault

    faults: list[Fault] = []
    workloads = list(parent.workloads)
    for index, one in enumerate(document.workload):
        try:
            workloads.append(Workload(one.name, tuple(one.devices), CpuSet.from_list(one.cpus)))
        except ValueError as error:
            faults.append(Fault(("workload", index, "cpus"), str(error)))
    isolated = document.cpus.isolated
    try:
        if isolated is not None:
            refuse_unnamed(isolated)
    except ParseError as error:
        faults.append(Fault(("cpus", "isolated"), str(error)))
    if faults:
        raise _complaint(path, text, faults)
    expected = {key: Expectation(one.value, one.reason, one.reference) for key, one in document.expect.items()}
    return Profile(
        name=document.name,
        description=document.description or parent.description,
        expectations={**parent.expectations, **expected},
        isolated=parent.isolated if isolated is None else isolated,
        workloads=tuple(workloads),
    )


def _complaint(path: str, text: str, faults: list[Fault]) -> ProfileError:
    found = places(text)
    placed: list[tuple[Place, str]] = [(nearest(found, key), f"{_dotted(key)}: {what}") for key, what in faults]
    lines = [f"{printable(path)}:{place.line}:{place.column}: {what}" for place, what in sorted(placed)]
    return ProfileError.of_lines(lines)


def _dotted(path: Path) -> str:
    return ".".join(f"[{part}]" if isinstance(part, int) else part for part in path) or "the document"
