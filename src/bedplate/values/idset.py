"""CpuSet and NodeSet: immutable sets of small numbers in every spelling that the kernel and its tools write.

The grammar of lists is that of the kernel (Documentation/admin-guide/kernel-parameters.rst, "CPU lists", and
lib/bitmap-str.c): ``0-3,8``, ``0-36:1/4`` (the first one of each group of four), ``N`` for the last number, ``all``;
and lscpu's ``0-36:4`` (every fourth).  Regions stand apart by commas, spaces or tabs, any number of them.  Masks are
comma-separated 32-bit hexadecimal groups, most significant first, or ``0x…``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Self, TypeVar

from bedplate.errors import ParseError
from bedplate.values.escape import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# The kernel's own maximum is NR_CPUS (8192 on x86_64) and MAX_NUMNODES (1024).  Eight times the former leaves room
# for machines to come, and makes "1-1444444444444", which a recorded machine holds, an error and not a full memory.
NUMBER_LIMIT = 1 << 16

# The longest canonical list of NUMBER_LIMIT numbers, every second one, has 190 kB; the kernel's own files end far
# below.  A list is read in time that grows with its regions times NUMBER_LIMIT, so its length is bounded.
_TEXT_LIMIT = 3 * NUMBER_LIMIT
_SHOWN_LIMIT = 40

# Longer texts than this are not kept to be recognised when they come again.
_REMEMBERED_TEXT = 1 << 10
# What surrounds a set in a file: white space, and a NUL byte behind the newline (seen in 14 recorded machines).
_AROUND = " \t\r\n\0"
# The kernel takes a pattern behind a range or "all" alone, and "all" in either case, but N in upper case alone.
_REGION = re.compile(r"(?:((?i:all))|(N|\d+)-(N|\d+))(?::(N|\d+)(?:/(N|\d+))?)?|(N|\d+)", re.ASCII)
_BETWEEN = re.compile(r"[ \t,]+")
_MASK = re.compile(r"[0-9a-fA-F]+(?:,[0-9a-fA-F]+)*", re.ASCII)
_GROUPED_MASK = re.compile(r"[0-9a-fA-F]{1,8}(?:,[0-9a-fA-F]{8})+", re.ASCII)


class IdSet:
    """A set of numbers from 0 to ``NUMBER_LIMIT`` - 1; see :class:`CpuSet` and :class:`NodeSet`."""

    __slots__ = ("_bits",)
    _bits: int

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        bits = 0
        for number in numbers:
            if not 0 <= number < NUMBER_LIMIT:
                raise ParseError(f"number {number} is outside 0-{NUMBER_LIMIT - 1}")
            bits |= 1 << number
        object.__setattr__(self, "_bits", bits)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    @classmethod
    def from_bits(cls, bits: int) -> Self:
        """Return the set whose member n is bit n of ``bits``; ParseError where it is negative or too wide."""
        if bits < 0 or bits.bit_length() > NUMBER_LIMIT:
            raise ParseError(f"a mask of {bits.bit_length()} bits, at most {NUMBER_LIMIT} are allowed")
        made = cls.__new__(cls)
        object.__setattr__(made, "_bits", bits)
        return made

    @classmethod
    def from_list(cls, text: bytes | str, *, last: int | None = None) -> Self:
        """Return the set that list text such as ``0-3,8`` names; ``last`` is what ``N`` and ``all`` stand for.

        An empty text is the empty set, and so is ``(null)``, which kernels print for nohz_full= where none was given.
        Raises ParseError for anything that the kernel would refuse, and for a number from ``NUMBER_LIMIT`` on.
        """
        whole = _stripped(text)
        if whole in ("", "(null)"):
            return cls.from_bits(0)
        if len(whole) > _TEXT_LIMIT:
            raise ParseError(f"a list of more than {_TEXT_LIMIT} characters", text=text)
        if last is not None and not 0 <= last < NUMBER_LIMIT:
            raise ParseError(f"a last number outside 0-{NUMBER_LIMIT - 1}, {last}", text=text)
        bits = 0
        for region in filter(None, _BETWEEN.split(whole)):
            bits |= _region_bits(region, last, whole)
        return cls.from_bits(bits)

    @classmethod
    def from_mask(cls, text: bytes | str) -> Self:
        """Return the set that mask text such as ``00000000,0000000f`` or ``0xf`` names.

        Groups are 32 bits wide whatever their digits, as the kernel reads them; the first one may be shorter.
        """
        whole = _stripped(text)
        digits = whole[2:] if whole[:2] in ("0x", "0X") else whole
        # A mask of NUMBER_LIMIT bits has a quarter as many digits; the rest allows for leading zeros and commas.
        if len(digits) > NUMBER_LIMIT or not _MASK.fullmatch(digits):
            raise ParseError("not a mask of hexadecimal groups", text=text)
        first, *rest = digits.split(",")
        if any(len(group) > 8 for group in rest) or (rest and len(first) > 8):
            raise ParseError("a group of a mask has more than 8 digits", text=text)
        return cls.from_bits(int("".join([first, *(group.zfill(8) for group in rest)]), 16))

    @classmethod
    def parse(cls, text: bytes | str, *, last: int | None = None) -> Self:
        """Return the set that a person wrote: a mask where it begins with 0x or is grouped like one, else a list."""
        whole = _stripped(text)
        if whole[:2] in ("0x", "0X") or _GROUPED_MASK.fullmatch(whole):
            return cls.from_mask(whole)
        return cls.from_list(whole, last=last)

    @property
    def bits(self) -> int:
        """The set as a number whose bit n is set for member n."""
        return self._bits

    def to_mask(self, width: int = 0) -> str:
        """Return the kernel's mask text for at least ``width`` numbers, such as ``00000000,0000000f``.

        The kernel pads each group but the first to 8 digits, and the first one to the digits that ``width`` needs.
        """
        width = max(width, self._bits.bit_length(), 1)
        digits = f"{self._bits:0{-(-width // 4)}x}"
        head = len(digits) % 8 or 8
        return ",".join([digits[:head], *(digits[at : at + 8] for at in range(head, len(digits), 8))])

    def ranges(self) -> Iterator[tuple[int, int]]:
        """Yield the first and last number of each run of members, in order."""
        return _runs(self._bits)

    def __str__(self) -> str:
        return _listed(self._bits)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __iter__(self) -> Iterator[int]:
        for first, final in self.ranges():
            yield from range(first, final + 1)

    def __len__(self) -> int:
        return self._bits.bit_count()

    def __bool__(self) -> bool:
        return self._bits != 0

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and number >= 0 and bool(self._bits >> number & 1)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._bits == self._bits if isinstance(other, IdSet) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._bits))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self).from_bits, (self._bits,)

    def __or__(self, other: Self) -> Self:
        return self.from_bits(self._bits | _bits_of(self, other))

    def __and__(self, other: Self) -> Self:
        return self.from_bits(self._bits & _bits_of(self, other))

    def __sub__(self, other: Self) -> Self:
        return self.from_bits(self._bits & ~_bits_of(self, other))

    def __xor__(self, other: Self) -> Self:
        return self.from_bits(self._bits ^ _bits_of(self, other))

    def __le__(self, other: Self) -> bool:
        return not self._bits & ~_bits_of(self, other)

    def __lt__(self, other: Self) -> bool:
        return self <= other and self != other

    def __ge__(self, other: Self) -> bool:
        return other <= self

    def __gt__(self, other: Self) -> bool:
        return other < self

    def isdisjoint(self, other: Self) -> bool:
        """Return whether the two sets have no member in common."""
        return not self._bits & _bits_of(self, other)

    @property
    def first(self) -> int:
        """The smallest member; ValueError where there is none."""
        if not self._bits:
            raise ValueError("an empty set has no first member")
        return (self._bits & -self._bits).bit_length() - 1


class CpuSet(IdSet):
    """A set of logical CPUs by the kernel's numbers."""

    __slots__ = ()


class NodeSet(IdSet):
    """A set of NUMA nodes by the kernel's numbers."""

    __slots__ = ()


AnySet = TypeVar("AnySet", CpuSet, NodeSet)


def union(kind: type[AnySet], sets: Iterable[AnySet]) -> AnySet:
    """Return the union of ``sets``, the empty set of ``kind`` where there are none."""
    bits = 0
    for one in sets:
        bits |= one.bits
    return kind.from_bits(bits)


def _bits_of(one: IdSet, other: IdSet) -> int:
    if type(one) is not type(other):
        raise TypeError(f"a {type(one).__name__} and a {type(other).__name__} do not mix")
    return other.bits


def _runs(bits: int) -> Iterator[tuple[int, int]]:
    base = 0
    while bits:
        skip = (bits & -bits).bit_length() - 1
        bits >>= skip
        run = (~bits & (bits + 1)).bit_length() - 1
        yield base + skip, base + skip + run - 1
        bits >>= run
        base += skip + run


# A host has few sets, and tells each of them hundreds of times: 300 PCI devices name the CPUs of two nodes.
@lru_cache(maxsize=512)
def _listed(bits: int) -> str:
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in _runs(bits))


@lru_cache(maxsize=512)
def _list_bits(whole: str, last: int | None) -> int:
    bits = 0
    if whole != "(null)":
        for region in whole.replace(",", " ").split():
            bits |= _region_bits(region, last, whole)
    return bits


def _stripped(text: bytes | str) -> str:
    return (decoded(text) if isinstance(text, bytes) else text).strip(_AROUND)


def _region_bits(region: str, last: int | None, whole: str) -> int:
    """Return the bits of one region: ``all``, ``3``, ``0-3``, ``0-36:4`` or ``0-36:1/4``."""
    match = _REGION.fullmatch(region)
    if match is None:
        raise ParseError("not a number or a range", field=_shortened(region), text=whole)
    everything, start, end, used, group, single = match.groups()
    if single is not None:
        return 1 << _number(single, last, whole)
    first = 0 if everything else _number(start, last, whole)
    final = _number("N" if everything else end, last, whole)
    if final < first:
        raise ParseError("a range that ends before it begins", field=_shortened(region), text=whole)
    run = (1 << final + 1) - (1 << first)
    if used is None:
        return run
    if group is None:  # lscpu's stride: every used-th number, that is the first one of each group
        used, group = "1", used
    width, taken = _number(group, last, whole), _number(used, last, whole)
    if width == 0 or taken > width:
        problem = "a pattern must take no more than its group holds, and of no empty group"
        raise ParseError(problem, field=_shortened(region), text=whole)
    return run & _pattern(first, final, taken, width)


def _shortened(region: str) -> str:
    return region if len(region) <= _SHOWN_LIMIT else region[:_SHOWN_LIMIT] + "…"


def _pattern(first: int, final: int, taken: int, width: int) -> int:
    """Return ``taken`` bits at the start of each ``width`` bits, from ``first`` to ``final`` at least."""
    bits, have = (1 << taken) - 1, width
    while have <= final - first:
        bits |= bits << have
        have *= 2
    return bits << first


def _number(digits: str, last: int | None, whole: str) -> int:
    if digits == "N":
        if last is None:
            raise ParseError("“N” and “all” need the number of the last CPU, which is not known here", text=whole)
        return last
    digits = digits.lstrip("0") or "0"
    # int() of many digits takes the square of their number in time, and refuses more than 4300.
    if len(digits) > len(str(NUMBER_LIMIT)) or int(digits) >= NUMBER_LIMIT:
        raise ParseError(f"a number of {NUMBER_LIMIT} or more", field=_shortened(digits), text=whole)
    return int(digits)
