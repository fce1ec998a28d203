from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from tests.parse import hostile

from bedplate.errors import ParseError
from bedplate.parse.mqueue import QueueState, parse_mqueue

SAMPLE = b"QSIZE:129        NOTIFY:2     SIGNO:0     NOTIFY_PID:8260  \n"


def test_what_a_queue_holds_and_who_is_told() -> None:
    assert parse_mqueue(SAMPLE) == QueueState(129, 2, 0, 8260)


@pytest.mark.parametrize("text", [b"", b"QSIZE:129\n", SAMPLE.replace(b"129", b"-1"), SAMPLE + b"MORE:1\n"])
def test_what_is_no_queue_is_refused(text: bytes) -> None:
    hostile.assert_refused(parse_mqueue, text)


@given(hostile.like(SAMPLE))
@settings(deadline=None)
def test_any_bytes_give_a_value_or_a_parse_error(text: bytes) -> None:
    with suppress(ParseError):
        assert parse_mqueue(text).qsize_bytes >= 0


def test_large_texts_take_bounded_time() -> None:
    hostile.assert_bounded(parse_mqueue, SAMPLE)
