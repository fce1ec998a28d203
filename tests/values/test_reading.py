"""Reading: four kinds that cannot be mistaken for each other, each with its source."""

from __future__ import annotations

import copy
import dataclasses
import errno
import pickle

import pytest

from bedplate.values.idset import CpuSet
from bedplate.values.reading import (
    Absent,
    Denied,
    Malformed,
    Missing,
    Present,
    Reading,
    Source,
    errno_name,
    value_of,
    why_missing,
)

SOURCE = Source("/sys/devices/system/cpu/isolated", (0, 3), b"2-3", "net:[1]")
MISSING: tuple[Missing, ...] = (
    Absent(SOURCE, "no such file"),
    Absent(SOURCE, "not in this capture", certain=False),
    Denied(SOURCE, errno.EACCES, "CAP_SYS_PTRACE"),
    Malformed(SOURCE, b"x", "not a number"),
)
ALL: tuple[Reading[CpuSet], ...] = (Present(CpuSet([2, 3]), SOURCE), *MISSING)


@pytest.mark.parametrize("reading", ALL, ids=lambda reading: type(reading).__name__)
def test_a_reading_is_a_value(reading: Reading[CpuSet]) -> None:
    assert reading.source is SOURCE
    for twin in (copy.deepcopy(reading), pickle.loads(pickle.dumps(reading))):
        assert twin == reading
        assert hash(twin) == hash(reading)
    for field in dataclasses.fields(reading):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(reading, field.name, None)
    assert not hasattr(reading, "__dict__")
    assert sum(reading == other for other in ALL) == 1


def test_only_what_is_present_has_a_value() -> None:
    assert value_of(ALL[0]) == CpuSet([2, 3])
    assert [value_of(reading) for reading in MISSING] == [None] * len(MISSING)
    for nothing in (0, False, "", None, CpuSet()):
        assert value_of(Present(nothing, SOURCE)) is nothing


def test_each_lack_says_why() -> None:
    said = [why_missing(reading) for reading in MISSING]
    assert said == [
        "/sys/devices/system/cpu/isolated: no such file",
        "/sys/devices/system/cpu/isolated: not in this capture",
        "/sys/devices/system/cpu/isolated: permission denied (EACCES), needs CAP_SYS_PTRACE",
        "/sys/devices/system/cpu/isolated: not a number",
    ]


def test_names_of_errors() -> None:
    assert [errno_name(number) for number in (errno.ENOENT, errno.EPERM, 99999, 0)] == [
        "ENOENT", "EPERM", "errno 99999", "errno 0",
    ]  # fmt: skip
