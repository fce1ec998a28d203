"""Texts that no kernel writes, made of those that kernels do; and what proves that a parser stands them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from hypothesis import strategies as st

from bedplate.errors import ParseError
from bedplate.parse.maps import Mapping
from bedplate.parse.numa_maps import NumaMapping
from bedplate.parse.raw_record import RawRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MEAN_PIECES = (b"", b"\n", b" ", b"-", b"_", b")", b"(", b":", b"\0", b"\xff", b"0", b"9" * 25, b"0x", b" kB", b"\t")
# Methods without arguments that tell more of a record.
_ASKED = frozenset({"sizes", "lines", "other_lines", "values"})
LARGE_BYTES = 64 << 20


def mangled(*samples: bytes) -> st.SearchStrategy[bytes]:
    """Return texts: any bytes, and the samples cut off, with pieces put in, taken out and doubled."""
    pieces = st.sampled_from(_MEAN_PIECES) | st.binary(max_size=8)

    @st.composite
    def changed(draw: st.DrawFn, sample: bytes) -> bytes:
        at, end = sorted((draw(st.integers(0, len(sample))), draw(st.integers(0, len(sample)))))
        piece = draw(pieces)
        return draw(
            st.sampled_from(
                (
                    sample[:at],
                    sample[:at] + piece + sample[at:],
                    sample[:at] + piece + sample[at + len(piece) :],
                    sample[:at] + sample[end:],
                    sample + sample[at:end],
                )
            )
        )

    return st.binary(max_size=200) | st.sampled_from(samples).flatmap(changed)


def forced(record: object) -> None:
    """Ask a record for everything that it can tell; ParseError is an answer, any other exception is not."""
    for name in dir(type(record)):
        if not name.startswith("_"):
            with suppress(ParseError):
                value = getattr(record, name)
                if name in _ASKED:
                    list(value())
    if isinstance(record, Iterable):
        parts = cast("Iterable[object]", record)
        with suppress(ParseError):
            for part in parts:
                if isinstance(part, RawRecord | Mapping | NumaMapping):
                    forced(part)


def stands(parse: Callable[[bytes], object], raw: bytes) -> None:
    """Prove that a parser gives a value or ParseError, and that the value tells or raises ParseError."""
    try:
        record = parse(raw)
    except ParseError as error:
        str(error)
        return
    forced(record)


def large(sample: bytes) -> Iterator[bytes]:
    """Yield texts of 64 MB: one long word, one long line, and the sample over and over."""
    yield b"9" * LARGE_BYTES
    yield sample + b"9" * LARGE_BYTES
    yield b"\n" * LARGE_BYTES
    yield b" " * LARGE_BYTES + b"\n"
    yield b"(" * LARGE_BYTES + b"\n"
    yield sample * (LARGE_BYTES // len(sample))


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that something takes, be its end a value or ParseError."""
    began = time.thread_time()
    with suppress(ParseError):
        work()
    return time.thread_time() - began
