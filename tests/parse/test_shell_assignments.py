"""Shell assignments without a shell: what can be told is told, the rest is unknown; sh itself is the oracle."""

from __future__ import annotations

import contextlib
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedplate.errors import ParseError
from bedplate.parse.shell_assignments import parse_shell_assignments


def value(text: str, name: str = "A") -> str | None:
    found = parse_shell_assignments(text.encode()).get(name)
    assert found is not None
    assert (found.value is None) == bool(found.unknown)
    return found.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=b", "b"),
        ("A=", ""),
        ("A='b c'", "b c"),
        ('A="b \\"c\\" \\$d \\e"', 'b "c" $d \\e'),
        ("A=b\\ c", "b c"),
        ("A='b'\"c\"d", "bcd"),
        ("A=b#c # d", "b#c"),
        ("# A=b\nA=c", "c"),
        ("A=b; A=c", "c"),
        ("export A=b", "b"),
        ("X=1 A=b", "b"),
        ('A=b\nA="$A c ${A}"', "b c b"),
        ("A=b\nA+=' c'", "b c"),
        ('A="b\\\n c"', "b c"),
        ('A="b\nc"', "b\nc"),
        ('A="$nothing"', ""),
        ("if x; then\nB=1\nfi\nA=b", "b"),
    ],
)
def test_what_can_be_told(text: str, expected: str) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A=`date`", "line 1 takes it from a command"),
        ("\nA=$(lsb_release -i -s 2> /dev/null || echo Debian)", "line 2 takes it from a command"),
        ("A=${B:-c}", "line 1 takes it from a command or an expression"),
        ('B=`date`\nA="x $B"', "line 1 takes it from a command"),
        ('if [ -n "$B" ]; then\n  A=1\nfi', "line 2 sets it under a condition"),
        ("case x in\n a) A=1;;\nesac", "line 2 sets it under a condition"),
        ("f() {\nA=1\n}", "line 2 sets it under a condition"),
        ("[ -n x ] && A=1", "line 1 sets it as part of a command"),
        ("A=1 cmd", "line 1 sets it as part of a command"),
        ("A=1\n. /etc/other", "line 2 runs text that is not in this file"),
        (". /etc/other", "line 1 runs text that is not in this file"),
        ("eval x", "line 1 runs text that is not in this file"),
    ],
)
def test_what_cannot_be_told_says_why(text: str, reason: str) -> None:
    found = parse_shell_assignments(text.encode()).get("A")
    assert found is not None
    assert found.value is None
    assert found.unknown.startswith(reason)


def test_nothing_is_run(tmp_path: object) -> None:
    assert value(f"A=$(touch {tmp_path}/x)`touch {tmp_path}/x`") is None
    assert list(getattr(tmp_path, "iterdir")()) == []  # noqa: B009


def test_a_later_file_builds_on_an_earlier_one() -> None:
    first = parse_shell_assignments(b'A="quiet"\nB=`x`\n')
    second = parse_shell_assignments(b'A="$A splash"\nB=c\n', first)
    assert {name: one.value for name, one in second.values.items()} == {"A": "quiet splash", "B": "c"}
    assert parse_shell_assignments(b"", first) == first


@pytest.mark.parametrize("text", ['A="b', "A='b", "A=`b", "A=$(b", "A=${b", "A=b\0"])
def test_what_is_no_shell(text: str) -> None:
    with pytest.raises(ParseError):
        parse_shell_assignments(text.encode())


# Letters that make valid simple assignments more often than not; no commands, so that sh can be asked.
WORDS = st.lists(
    st.sampled_from(["a", " ", "b ", "'c d'", '"e f"', '"$B"', "$B", "${B}x", "\\ ", '"\\$"', "#", "=", '\\"']),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(WORDS)
def test_sh_agrees(parts: list[str]) -> None:
    text = f"B='1  2'\nA={''.join(parts)}\n"
    shell = subprocess.run(["/bin/sh", "-c", text + 'printf "%s" "$A"'], capture_output=True, env={}, check=False)
    found = parse_shell_assignments(text.encode()).get("A")
    assert found is not None
    if found.value is not None:
        assert shell.returncode == 0
        assert found.value.encode() == shell.stdout


@given(st.one_of(st.binary(max_size=120), st.text("AB= \n\"'\\$`(){};#&|<if then fi.+", max_size=60).map(str.encode)))
def test_any_bytes(data: bytes) -> None:
    with contextlib.suppress(ParseError):
        parse_shell_assignments(data)
