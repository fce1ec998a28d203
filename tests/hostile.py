"""Texts that no kernel writes, made of those that kernels do; and what proves that a parser stands them."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bedplate.errors import ParseError
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

_MEAN_PIECES = (b"", b"\n", b" ", b"-", b"_", b")", b"(", b":", b"\0", b"\xff", b"0", b"9" * 25, b"0x", b" kB", b"\t")
LARGE_BYTES = 64 << 20


def mangled(*samples: bytes) -> st.SearchStrategy[bytes]:
    """Return texts: any bytes, and the samples cut off, with pieces put in, taken out and doubled."""
    pieces = st.sampled_from(_MEAN_PIECES) | st.binary(max_size=8)

    def changed(sample: bytes) -> st.SearchStrategy[bytes]:
        places = st.integers(0, len(sample))
        return st.one_of(
            st.builds(lambda at: sample[:at], places),
            st.builds(lambda at, piece: sample[:at] + piece + sample[at:], places, pieces),
            st.builds(lambda at, piece: sample[:at] + piece + sample[at + len(piece) :], places, pieces),
            st.builds(lambda at, end: sample[: min(at, end)] + sample[max(at, end) :], places, places),
            st.builds(lambda at, end: sample + sample[min(at, end) : max(at, end)], places, places),
        )

    return st.binary(max_size=200) | st.sampled_from(samples).flatmap(changed)


def forced(record: Any) -> None:
    """Ask a record for everything that it can tell; ParseError is an answer, any other exception is not."""
    for name in dir(type(record)):
        if not name.startswith("_"):
            with suppress(ParseError):
                value = getattr(record, name)
                if callable(value) and name in {"values", "sizes", "other_lines", "lines", "ranges"}:
                    value = value()
                    if not isinstance(value, dict):
                        list(value)
    if hasattr(type(record), "__iter__"):
        with suppress(ParseError):
            for part in record:
                if hasattr(part, "raw"):
                    forced(part)


def stands(parse: Callable[[bytes], object], raw: bytes) -> None:
    """Prove that a parser gives a value or ParseError, and that the value tells or raises ParseError."""
    try:
        record = parse(raw)
    except ParseError as error:
        str(error)
        return
    forced(record)


def large(sample: bytes) -> list[bytes]:
    """Return texts of 64 MB: one long word, one long line, and the sample over and over."""
    return [
        b"9" * LARGE_BYTES,
        sample + b"9" * LARGE_BYTES,
        b"\n" * LARGE_BYTES,
        b" " * LARGE_BYTES + b"\n",
        b"(" * LARGE_BYTES + b"\n",
        sample * (LARGE_BYTES // max(1, len(sample))),
    ]


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that something takes, be its end a value or ParseError."""
    began = time.thread_time()
    with suppress(ParseError):
        work()
    return time.thread_time() - began
