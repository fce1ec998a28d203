"""What GRUB makes of a kernel's arguments, its menu and its environment block."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import ParseError
from bedplate.parse.cmdline import parse_cmdline
from bedplate.parse.grub_line import grub_kernel_line, parse_grub_environment, parse_grub_menu, with_variables

MENU = b"""
set default="0"
menuentry 'Debian GNU/Linux' --class debian {
\tlinux\t/boot/vmlinuz-6.1 root=UUID=1-2 ro quiet \\
 nohz_full=2-3
\tinitrd\t/boot/initrd.img-6.1
}
submenu 'Advanced' {
  menuentry "Old {x}" {
    linuxefi /vmlinuz-5.10 $kernelopts
  }
}
"""


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("a b=c  d", "a b=c d"),
        ('a="b c" d', '"a=b c" d'),
        ("a='b c'", '"a=b c"'),
        ("a=b\\ c", '"a=b c"'),
        ("a=$x ${x}", "a=1 1"),
        ('a="$x y"', '"a=1 y"'),
        ("a=\\$x", "a=$x"),
        ("a='$x'", "a=$x"),
        ("a # b", "a"),
        ("a; b", "a"),
        ('a=\\"b\\"', 'a=\\"b\\"'),
    ],
)
def test_words(arguments: str, line: str) -> None:
    assert grub_kernel_line(arguments, {"x": "1"}) == line


def test_the_kernel_sees_the_value_that_was_meant() -> None:
    line = parse_cmdline(grub_kernel_line('dyndbg="file a.c +p" quiet', {}).encode())
    assert line.value("dyndbg") == "file a.c +p"
    assert line.has("quiet")


def test_a_variable_that_nothing_sets_is_an_error() -> None:
    with pytest.raises(ParseError, match="kernelopts"):
        grub_kernel_line("root=x $kernelopts", {})
    with pytest.raises(ParseError, match="not closed"):
        grub_kernel_line("a='b", {})
    assert with_variables("$a-${b}", {"a": "1", "b": "2"}) == "1-2"


def test_menu() -> None:
    first, second = parse_grub_menu(MENU)
    assert (first.title, first.line, first.image) == ("Debian GNU/Linux", 4, "/boot/vmlinuz-6.1")
    assert first.arguments.split() == ["root=UUID=1-2", "ro", "quiet"]
    assert (second.title, second.image, second.arguments) == ("Old {x}", "/vmlinuz-5.10", "$kernelopts")


def test_environment() -> None:
    block = b"# GRUB Environment Block\nsaved_entry=abc\nkernelopts=root=/dev/x ro a=\\\\b\n####"
    assert parse_grub_environment(block) == {"saved_entry": "abc", "kernelopts": "root=/dev/x ro a=\\b"}
    with pytest.raises(ParseError, match="not a GRUB environment block"):
        parse_grub_environment(b"saved_entry=abc\n")


@given(st.one_of(st.binary(max_size=120), st.text("ab=$x{}'\"\\ #;\n", max_size=40).map(str.encode)))
def test_any_bytes(data: bytes) -> None:
    for parse in (parse_grub_menu, parse_grub_environment):
        with contextlib.suppress(ParseError):
            parse(data)
    with contextlib.suppress(ParseError):
        parse_cmdline(
            grub_kernel_line(data.decode("utf-8", "surrogateescape"), {"x": "1"}).encode("utf-8", "surrogateescape")
        )
