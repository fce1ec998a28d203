"""Turns plain tables into typed records with cattrs, strictly, and lists every fault with its path."""

from __future__ import annotations

import difflib
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, get_origin

from cattrs import AttributeValidationNote, Converter, IterableValidationNote
from cattrs.cols import list_structure_factory, mapping_structure_factory  # pyright: ignore[reportUnknownVariableType]
from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bedplate.documents.toml_places import Path

T = TypeVar("T")


class Fault(NamedTuple):
    """One thing that is wrong with a document: the path of the key, and what."""

    path: Path
    what: str


def structured(table: dict[str, Any], kind: type[T]) -> T | list[Fault]:
    """Return the record of ``kind`` that a table holds, or every fault that it has."""
    try:
        return _CONVERTER.structure(table, kind)
    except BaseValidationError as error:
        return list(_faults(error, ()))


def _strict(wanted: type, name: str) -> Any:  # noqa: ANN401 - cattrs' own type of a hook
    def hook(value: object, _: object) -> object:
        # bool is an int to Python and not to a person who writes a profile.
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            raise TypeError(f"must be {name}, is {_written(value)}")
        return value

    return hook


def _scalar(value: object, _: object) -> object:
    if not isinstance(value, bool | int | str):
        raise TypeError(f"must be a number, a text or true/false, is {_written(value)}")
    return value


def _shaped(shape: type, name: str, inner: Any) -> Any:  # noqa: ANN401
    """Return a hook that looks at a value's shape before cattrs takes it apart: a text is no array of letters."""

    def hook(value: object, kind: object) -> object:
        if not isinstance(value, shape):
            raise TypeError(f"must be {name}, is {_written(value)}")
        return inner(value, kind)

    return hook


_CONVERTER = Converter(forbid_extra_keys=True, detailed_validation=True)


def _record(kind: Any) -> Any:  # noqa: ANN401
    return _shaped(dict, "a table", _CONVERTER.gen_structure_attrs_fromdict(kind))


def _table(kind: Any) -> Any:  # noqa: ANN401
    return _shaped(dict, "a table", mapping_structure_factory(kind, _CONVERTER))


def _array(kind: Any) -> Any:  # noqa: ANN401
    return _shaped(list, "an array", list_structure_factory(kind, _CONVERTER))


def _is(origin: type) -> Callable[[Any], bool]:
    return lambda kind: get_origin(kind) is origin


def _is_scalar(kind: Any) -> bool:  # noqa: ANN401
    return bool(kind == bool | int | str)


for _wanted, _name in ((str, "a text"), (int, "a whole number"), (bool, "true or false")):
    _CONVERTER.register_structure_hook(_wanted, _strict(_wanted, _name))
_CONVERTER.register_structure_hook_func(_is_scalar, _scalar)
_CONVERTER.register_structure_hook_factory(is_dataclass, _record)
_CONVERTER.register_structure_hook_factory(_is(dict), _table)
_CONVERTER.register_structure_hook_factory(_is(list), _array)


def _faults(error: BaseException, path: Path) -> Iterator[Fault]:
    if isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            yield from _faults(inner, (*path, *_step(inner)))
    elif isinstance(error, ForbiddenExtraKeysError):
        known = [one.name for one in fields(error.cl)] if is_dataclass(error.cl) else []
        for key in sorted(error.extra_fields):
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            yield Fault((*path, key), f"no such key; {hint}")
    elif isinstance(error, KeyError):
        yield Fault(path[:-1], f"{error.args[0]!r} is missing")
    else:
        yield Fault(path, str(error))


def _step(error: BaseException) -> Path:
    """Return the last step of the path that cattrs noted on an error."""
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return (note.name,)
        if isinstance(note, IterableValidationNote):
            return (note.index,)
    return ()


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    return "an array" if isinstance(value, list) else repr(value)
