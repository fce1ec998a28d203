"""What holds for every public name: documented, annotated, and records that cannot be changed and pickle."""

from __future__ import annotations

import dataclasses
import enum
import importlib
import inspect
import pickle
import pkgutil
from typing import TYPE_CHECKING

import pytest

import bedplate
from bedplate.errors import BedplateError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FunctionType, ModuleType


def modules() -> Iterator[ModuleType]:
    yield bedplate
    for found in pkgutil.walk_packages(bedplate.__path__, "bedplate."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


MODULES = list(modules())


def public(module: ModuleType) -> Iterator[tuple[str, object]]:
    """Yield what a module defines itself under a public name."""
    for name, value in vars(module).items():
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__:
            yield name, value


CLASSES = [value for module in MODULES for _, value in public(module) if isinstance(value, type)]
RECORDS = [kind for kind in CLASSES if dataclasses.is_dataclass(kind)]
ROWS = [kind for kind in CLASSES if hasattr(kind, "_fields")]


def functions() -> Iterator[FunctionType]:
    """Yield every public function, and every public method and property of a public class."""
    for module in MODULES:
        yield from (value for _, value in public(module) if inspect.isfunction(value))
    for kind in CLASSES:
        for name, value in vars(kind).items():
            inner = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
            if not name.startswith("_") and inspect.isfunction(inner) and inner.__module__ == kind.__module__:
                yield inner


FUNCTIONS = list(functions())


def name_of(value: type | FunctionType) -> str:
    return f"{value.__module__}.{value.__qualname__}"


def test_there_is_something_to_look_at() -> None:
    assert len(MODULES) > 40
    assert len(FUNCTIONS) > 100
    assert len(RECORDS) > 10
    assert len(ROWS) > 10


def test_every_module_says_what_it_is() -> None:
    assert not [module.__name__ for module in MODULES if not (module.__doc__ or "").strip().endswith((".", "::", ")"))]


def test_every_class_and_function_says_what_it_is() -> None:
    silent = [name_of(kind) for kind in CLASSES if not own_words(kind)]
    silent += [name_of(function) for function in FUNCTIONS if not (function.__doc__ or "").strip()]
    assert not silent


def own_words(kind: type) -> bool:
    """Return whether a class has a docstring of its own; dataclass and NamedTuple make one of the signature."""
    words = kind.__dict__.get("__doc__") or ""
    return bool(words.strip()) and not words.startswith(f"{kind.__name__}(")


def test_every_function_is_annotated() -> None:
    bare: list[str] = []
    for function in FUNCTIONS:
        signature = inspect.signature(function)
        parameters = [one for one in signature.parameters.values() if one.name not in ("self", "cls")]
        if signature.return_annotation is inspect.Signature.empty:
            bare.append(name_of(function))
        bare += [f"{name_of(function)}({one.name})" for one in parameters if one.annotation is one.empty]
    assert not bare


def test_every_record_is_frozen_and_slotted() -> None:
    loose = [
        name_of(kind)
        for kind in RECORDS
        if not vars(kind)["__dataclass_params__"].frozen or "__slots__" not in vars(kind)
    ]
    assert not loose


def test_every_row_is_documented_and_typed() -> None:
    assert not [name_of(kind) for kind in ROWS if not inspect.get_annotations(kind)]


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if issubclass(kind, enum.Enum)], ids=name_of)
def test_members_pickle_as_themselves(kind: type[enum.Enum]) -> None:
    for member in kind:
        assert pickle.loads(pickle.dumps(member)) is member


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if issubclass(kind, BedplateError)], ids=name_of)
def test_exceptions_pickle(kind: type[BedplateError]) -> None:
    error = kind("no", path="/proc/x", field="y", text=b"z")
    twin = pickle.loads(pickle.dumps(error))
    assert type(twin) is kind
    assert str(twin) == str(error)


def test_the_face_keeps_its_promises() -> None:
    assert "__version__" in bedplate.__all__
    for name in bedplate.__all__:
        assert getattr(bedplate, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        getattr(bedplate, "nothing")  # noqa: B009 - the name must not be known to the type checkers
