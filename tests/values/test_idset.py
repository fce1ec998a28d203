"""CpuSet and NodeSet: text, mask and set are one thing, and the algebra is that of Python's frozenset."""

from __future__ import annotations

import copy
import itertools
import pickle
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.values.strategies import LAST, models, small_sets, texts

from bedplate.errors import ParseError
from bedplate.values.idset import NUMBER_LIMIT, CpuSet, IdSet, NodeSet, union

if TYPE_CHECKING:
    from collections.abc import Callable


@given(models)
def test_list_text_and_back(model: frozenset[int]) -> None:
    made = CpuSet(model)
    assert CpuSet.from_list(str(made)) == made
    assert CpuSet.from_list(f"{made}\n\0".encode()) == made
    assert CpuSet.parse(str(made)) == made


@given(models, st.integers(0, 200))
def test_mask_text_and_back(model: frozenset[int], width: int) -> None:
    made = CpuSet(model)
    mask = made.to_mask(width)
    assert CpuSet.from_mask(mask) == CpuSet.from_mask("0x" + mask) == CpuSet.parse("0X" + mask.upper()) == made
    assert CpuSet.from_mask(f"{mask}\n".encode()) == made
    assert CpuSet.from_bits(made.bits) == CpuSet.from_mask(f"{made.bits:#x}") == made
    head, *groups = mask.split(",")
    assert all(len(group) == 8 for group in groups)
    assert len(head) + 8 * len(groups) == -(-max(width, made.bits.bit_length(), 1) // 4)


@given(models)
def test_it_is_the_set_of_its_members(model: frozenset[int]) -> None:
    made = CpuSet(model)
    assert list(made) == sorted(model)
    assert len(made) == len(model)
    assert bool(made) == bool(model)
    assert set(made) == set(itertools.chain.from_iterable(range(a, b + 1) for a, b in made.ranges()))
    assert all(number in made for number in model)
    if model:
        assert made.first == min(model)


@given(models)
def test_ranges_are_maximal(model: frozenset[int]) -> None:
    found = list(CpuSet(model).ranges())
    assert all(a <= b for a, b in found)
    assert all(b + 1 < c for (_, b), (c, _) in itertools.pairwise(found))


@given(small_sets, small_sets)
@pytest.mark.parametrize("act", ["__or__", "__and__", "__sub__", "__xor__"])
def test_algebra(act: str, one: frozenset[int], other: frozenset[int]) -> None:
    made = getattr(CpuSet(one), act)(CpuSet(other))
    assert type(made) is CpuSet
    assert frozenset(made) == getattr(one, act)(other)


@given(small_sets, small_sets)
def test_order_and_equality(one: frozenset[int], other: frozenset[int]) -> None:
    for low, high in ((one, other), (one, one | other), (one & other, one), (one, one)):
        a, b = CpuSet(low), CpuSet(high)
        assert (a <= b, a < b, a >= b, a > b) == (low <= high, low < high, low >= high, low > high)
        assert (a == b, a != b, a.isdisjoint(b)) == (low == high, low != high, low.isdisjoint(high))
        assert (hash(a) == hash(b)) or a != b


@given(st.lists(small_sets, max_size=5))
def test_union(sets: list[frozenset[int]]) -> None:
    assert union(NodeSet, map(NodeSet, sets)) == NodeSet(frozenset[int]().union(*sets))


def test_kinds_do_not_mix() -> None:
    cpus, nodes = CpuSet([1]), NodeSet([1])
    assert cpus != nodes
    assert nodes != IdSet([1])
    assert {cpus: "cpu", nodes: "node"} == {CpuSet([1]): "cpu", NodeSet([1]): "node"}
    assert cpus != {1}
    for act in ("__or__", "__and__", "__sub__", "__xor__", "__le__", "__lt__", "__ge__", "__gt__", "isdisjoint"):
        with pytest.raises(TypeError, match="do not mix"):
            getattr(cpus, act)(nodes)


@given(models)
def test_it_survives_copying_and_pickling(model: frozenset[int]) -> None:
    for kind in (CpuSet, NodeSet, IdSet):
        made = kind(model)
        for twin in (copy.copy(made), copy.deepcopy(made), *(pickle.loads(pickle.dumps(made, p)) for p in range(2, 6))):
            assert type(twin) is kind
            assert twin == made
            assert hash(twin) == hash(made)


def test_it_cannot_be_changed() -> None:
    made = CpuSet([1])
    for name in ("_bits", "bits", "new"):
        with pytest.raises(AttributeError):
            setattr(made, name, 2)
    with pytest.raises(AttributeError):
        del made._bits  # pyright: ignore[reportPrivateUsage]
    assert not hasattr(made, "__dict__")
    assert made == CpuSet([1])


@pytest.mark.parametrize("outside", [-1, NUMBER_LIMIT, 10**30, -(10**30)])
def test_numbers_are_bounded(outside: int) -> None:
    assert outside not in CpuSet([1])
    with pytest.raises(ParseError):
        CpuSet([1, outside])


def test_masks_are_bounded() -> None:
    assert list(CpuSet.from_bits(1 << LAST)) == [LAST]
    for bits in (-1, 1 << NUMBER_LIMIT):
        with pytest.raises(ParseError):
            CpuSet.from_bits(bits)


def test_the_empty_set() -> None:
    empty = CpuSet()
    assert (str(empty), empty.to_mask(), len(empty), list(empty)) == ("", "0", 0, [])
    assert repr(empty) == "CpuSet('')"
    assert not empty
    with pytest.raises(ValueError, match="no first"):
        _ = empty.first


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("", ""),
        ("\n", ""),
        ("  \n", ""),  # nohz_full of some kernels
        ("(null)\n", ""),  # and of others
        ("0-3\n\0", "0-3"),  # 14 recorded machines
        ("0-3,8", "0-3,8"),
        ("8,0-3,2", "0-3,8"),
        ("0-1,2-3", "0-3"),
        (" 1 , 3\t5 ", "1,3,5"),
        (",,1,,2,", "1-2"),
        ("007", "7"),
        ("00000000000000000000000000000000009", "9"),
        ("5-5", "5"),
        ("65535", "65535"),
        ("0-36:1/4", "0,4,8,12,16,20,24,28,32,36"),
        ("0-36:4", "0,4,8,12,16,20,24,28,32,36"),
        ("0-10:2/5", "0-1,5-6,10"),
        ("1-10:2/3", "1-2,4-5,7-8,10"),
        ("0-9:5/5", "0-9"),
        ("0-9:0/5", ""),
        ("3-9:1", "3-9"),
        ("0-3:100", "0"),
        ("N", "15"),
        ("0-N", "0-15"),
        ("N-N", "15"),
        ("12-N:1/2", "12,14"),
        ("0-N:1/N", "0,15"),
        ("all", "0-15"),
        ("ALL", "0-15"),
        ("all:1/4", "0,4,8,12"),
        ("all:8", "0,8"),
    ],
)
def test_lists_that_are_right(text: str, members: str) -> None:
    assert str(CpuSet.from_list(text, last=15)) == members
    assert str(CpuSet.from_list(text.encode(), last=15)) == members


@pytest.mark.parametrize(
    "text",
    [
        "x", "-", "-1", "1-", "--1", "1--2", "1-2-3", "3-1", "+1", "1.5", "0x3", "1;2", "1_0", "0-3:", "0-3:/4",
        "0-3:1/", "0-3:1/0", "0-3:0", "0-3:5/4", "0-3:-1/4", "3:1/2", "3:2", "N:1/2", "n", "0-n", "allx", "nall",
        "1\n2", "1\0002", "1\v2", "1\u00a02", "\u0663", "\u00b2", "1-1444444444444", "65536", "0-65536", "1" * 5000,
        "(null),1", "None", "0-3 -5", "\udcff1", "0,\x1b[2J",
    ],
)  # fmt: skip
def test_lists_that_are_wrong(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        CpuSet.from_list(text, last=15)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("text", ["N", "all", "0-N", "0-3:1/N"])
def test_the_last_number_must_be_known(text: str) -> None:
    with pytest.raises(ParseError, match="last"):
        CpuSet.from_list(text)


@pytest.mark.parametrize("last", [-1, NUMBER_LIMIT, 10**12])
def test_the_last_number_is_bounded(last: int) -> None:
    with pytest.raises(ParseError):
        CpuSet.from_list("all", last=last)


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 60), st.integers(1, 60))
def test_patterns_are_what_the_kernel_document_says(first: int, length: int, used: int, group: int) -> None:
    used = min(used, group)
    expected = {n for n in range(first, first + length + 1) if (n - first) % group < used}
    assert set(CpuSet.from_list(f"{first}-{first + length}:{used}/{group}")) == expected
    stride = set(range(first, first + length + 1, group))
    assert set(CpuSet.from_list(f"{first}-{first + length}:{group}")) == stride


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("0", ""), ("f", "0-3"), ("0xF", "0-3"), ("0X10", "4"), ("00000000,0000000f\n", "0-3"), ("1,00000000", "32"),
        ("3f,ffffffff\n\0", "0-37"), ("0x1,00000001", "0,32"), ("ffffffffffffffff", "0-63"), ("1,0", "32"),
        ("1,1", "0,32"), ("0" * 400, ""), ("000f", "0-3"),
    ],
)  # fmt: skip
def test_masks_that_are_right(text: str, members: str) -> None:
    assert str(CpuSet.from_mask(text)) == members
    assert str(CpuSet.from_mask(text.encode())) == members


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "0x", "g", "-1", "f,", ",f", "f,,f", "f f", "0x0x1", "1,000000000", "123456789,00000000", "f\nf",
        "1" + "0" * (NUMBER_LIMIT // 4), "f" * NUMBER_LIMIT, "(null)", "0-3", "+1", "1_1", "\uff11",
    ],
)  # fmt: skip
def test_masks_that_are_wrong(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        CpuSet.from_mask(text)
    assert len(str(caught.value)) < 300


def test_a_person_may_write_either() -> None:
    assert CpuSet.parse("0xff") == CpuSet.parse("0-7") == CpuSet(range(8))
    assert CpuSet.parse("00000000,000000ff") == CpuSet(range(8))
    assert CpuSet.parse("10") == CpuSet([10])
    assert CpuSet.parse("1,2") == CpuSet([1, 2])


def read_or_error(read: Callable[[bytes | str], CpuSet], text: bytes | str) -> CpuSet | ParseError:
    try:
        return read(text)
    except ParseError as error:
        return error


@given(texts)
def test_any_text_gives_a_set_or_a_parse_error(text: bytes | str) -> None:
    for read in (CpuSet.from_list, CpuSet.from_mask, CpuSet.parse):
        made = read_or_error(read, text)
        if isinstance(made, ParseError):
            assert str(made).isprintable()
        else:
            assert CpuSet.from_list(str(made)) == made
            assert len(made) <= NUMBER_LIMIT


LONG = (
    "9" * 1_000_000,
    "1," * 500_000,
    "0-65535:1/2," * 80_000,
    "0-65535:1/2," * 16_000,
    "0-65535 " * 24_000,
    "," * 1_000_000,
    "0-" * 500_000,
    ":" * 1_000_000,
    "f" * 1_000_000,
    "ffffffff," * 100_000 + "f",
    "N" * 1_000_000,
    " " * 1_000_000 + "1",
    ",".join(map(str, range(0, NUMBER_LIMIT, 2))),
)


@pytest.mark.parametrize("text", LONG, ids=lambda text: f"{text[:12]}… {len(text)}")
def test_long_texts_take_bounded_time(text: str) -> None:
    for read in (CpuSet.from_list, CpuSet.from_mask, CpuSet.parse):
        began = time.process_time()
        made = read_or_error(read, text)
        if isinstance(made, ParseError):
            assert len(str(made)) < 300
            assert len(made.problem) < 200
        else:
            assert CpuSet.from_list(str(made)) == made
        assert time.process_time() - began < 5
