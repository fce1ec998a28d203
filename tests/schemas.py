"""Validates documents against docs/schemas."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parents[1] / "docs" / "schemas"


@cache
def validator(name: str) -> Draft202012Validator:
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def assert_valid(document: object, name: str) -> None:
    """Assert that a document, as JSON has it, is what docs/schemas/<name>.json says."""
    plain = json.loads(json.dumps(document))
    errors = validator(name).iter_errors(plain)  # pyright: ignore[reportUnknownMemberType]
    faults = [f"{fault.json_path}: {fault.message}" for fault in errors]
    assert not faults, faults[:5]
