"""Texts that no kernel writes: cut off, shuffled, strange, and far too large."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st

from bedplate.errors import ParseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LARGE = 2 << 20
# A parser that is linear takes well under a second for 2 MiB; one that is quadratic takes hours.
LARGE_SECONDS = 10.0


def cuts(sample: bytes) -> Iterator[bytes]:
    """Yield every beginning of a text, the empty one first and the whole one last."""
    return (sample[:end] for end in range(len(sample) + 1))


def like(sample: bytes) -> st.SearchStrategy[bytes]:
    """Return texts that are bytes of any kind, lines of the sample in any order, or the sample with a wound."""
    lines = st.lists(st.sampled_from([*sample.split(b"\n"), b"", b"\0\xff"]), max_size=12).map(b"\n".join)
    wounds = st.tuples(st.integers(0, len(sample)), st.binary(max_size=8), st.integers(0, len(sample)))
    return st.binary(max_size=120) | lines | wounds.map(lambda cut: sample[: cut[0]] + cut[1] + sample[cut[2] :])


def large(sample: bytes) -> Iterator[bytes]:
    """Yield texts of 2 MiB: one line or many, of white space, digits, letters, and of the sample over and over."""
    for piece in (b" ", b"\t", b"9", b"a", b"\n", b"\0", b"\\040", b"a: ", b"a 1 ", b"a=", b",", b" -", b"1 \n", b"()"):
        yield piece * (LARGE // len(piece))
    first = sample.split(b"\n", 1)[0]
    for filler in (b" ", b"9", b"x", b"\t "):
        yield first + filler * (LARGE // len(filler)) + b"!\n"
    yield sample * (LARGE // len(sample))
    yield sample.replace(b"\n", b" ") * (LARGE // len(sample))


def assert_bounded(parse: Callable[[bytes], object], sample: bytes) -> None:
    """Assert that a parser gives a value or a ParseError for large texts, each in bounded time."""
    for text in large(sample):
        began = time.process_time()
        with contextlib.suppress(ParseError):
            parse(text)
        spent = time.process_time() - began
        assert spent < LARGE_SECONDS, f"{spent:.1f} s for {text[:40]!r}…"


def assert_refused(parse: Callable[[bytes], object], text: bytes) -> None:
    """Assert that a text is refused by a ParseError that prints."""
    with pytest.raises(ParseError) as refusal:
        parse(text)
    assert str(refusal.value).isprintable()
