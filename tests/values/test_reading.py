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
    why_all,
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
        "/sys/devices/system/cpu/isolated: not a number: “x”",
    ]


def test_names_of_errors() -> None:
    assert [errno_name(number) for number in (errno.ENOENT, errno.EPERM, 99999, 0)] == [
        "ENOENT", "EPERM", "errno 99999", "errno 0",
    ]  # fmt: skip


def test_what_was_not_understood_is_told_short_and_its_wrong_part_where_that_is_known() -> None:
    assert why_missing(Malformed(SOURCE, b"9" * 100 + b"\n", "long")).endswith(f": long: “{'9' * 60}…”")
    assert Malformed(SOURCE, b"a 1\nb x\n", "not a number", b"b x").found == "b x"
    assert why_missing(Malformed(SOURCE, b"", "cannot be read")).endswith(": cannot be read")
    same, other = (Malformed(SOURCE, text, "not a number") for text in (b"x\n", b"y\n"))
    assert why_all([same, same]) == "not a number: “x”"
    assert why_all([same, other]) == "not a number"
