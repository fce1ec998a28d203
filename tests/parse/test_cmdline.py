"""The kernel's command line, against the documentation, a C program, this kernel and the recorded machines."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.recorded import folder
from tests.requires import requires

from bedplate.errors import ParseError
from bedplate.parse.cmdline import LENGTH_LIMIT_BYTES, Cmdline, parse_cmdline, render_cmdline
from bedplate.values.escape import decoded

ORACLE = Path(__file__).with_name("kernel_words.c")

# Lines made of what the rules turn on, so that every few letters something happens.
PIECES = st.sampled_from(
    [
        b" ",
        b'"',
        b"=",
        b"-",
        b"_",
        b"--",
        b" -- ",
        b"a",
        b"isolcpus",
        b"2-3",
        b",",
        b"\t",
        b"\xa0",
        b"\xc3\xa0",
        b"'",
        b".",
    ]
)
LINES = st.lists(PIECES, max_size=40).map(b"".join)


def pairs(line: bytes) -> list[tuple[str, str | None]]:
    return [(parameter.raw_name, parameter.value) for parameter in parse_cmdline(line).parameters]


def kinds(line: bytes) -> list[str]:
    return [problem.kind for problem in parse_cmdline(line).problems]


def test_words_and_values() -> None:
    assert pairs(b"quiet nohz_full=2-3 console= root=UUID=1-2\n") == [
        ("quiet", None),
        ("nohz_full", "2-3"),
        ("console", ""),
        ("root", "UUID=1-2"),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'a="b c"', [("a", "b c")]),
        (b'"a=b c"', [("a", "b c")]),
        (b'"a b"', [("a b", None)]),
        (b'a=b" "c', [("a", 'b" "c')]),
        (b'a="b"c', [("a", 'b"c')]),
        (b'a=""', [("a", "")]),
        (b'a="', [("a", "")]),
        (b'""', [("", None)]),
        (b"=a=b", [("=a", "b")]),
        (b"=", [("=", None)]),
        (b'a="b c d', [("a", "b c d")]),
        (b"a\tb\x0bc\x0cd\re", [("a", None), ("b", None), ("c", None), ("d", None), ("e", None)]),
        (b"", []),
        (b" \n", []),
    ],
)
def test_quotes(line: bytes, expected: list[tuple[str, str | None]]) -> None:
    assert pairs(line) == expected


def test_a_value_with_spaces_is_one_value() -> None:
    # The line was once split at spaces before quotes were looked at.
    line = parse_cmdline(b'dyndbg="file svcsock.c +p; module nfs +p" quiet')
    assert [parameter.name for parameter in line.parameters] == ["dyndbg", "quiet"]
    assert line.value("dyndbg") == "file svcsock.c +p; module nfs +p"


def test_the_part_behind_two_dashes_is_not_the_kernels() -> None:
    line = parse_cmdline(b'rdinit=/sbin/init -- --verbose isolcpus=2-3 name="a b"\n')
    assert not line.has("isolcpus")
    assert line.init_arguments == ("--verbose", "isolcpus=2-3", "name=a b")
    assert parse_cmdline(b"a -- b -- c").init_arguments == ("b",)
    assert parse_cmdline(b'a "--" b').init_arguments == ("b",)
    assert pairs(b"--=a --b") == [("--", "a"), ("--b", None)]


def test_dash_and_underscore_are_one_in_names_alone() -> None:
    line = parse_cmdline(b"nohz-full=2-3 log_buf_len=1M print-fatal_signals=a-b")
    assert line.value("nohz_full") == "2-3"
    assert line.value("log-buf-len") == "1M"
    assert line.value("print_fatal_signals") == "a-b"
    assert line.parameters[0].raw_name == "nohz-full"


def test_the_last_of_several_counts_and_all_are_kept() -> None:
    line = parse_cmdline(b"panic=1 quiet panic=30")
    assert line.value("panic") == "30"
    assert [parameter.value for parameter in line.all("panic")] == ["1", "30"]
    assert line.last("isolcpus") is None
    assert line.value("quiet") is None
    assert line.has("quiet")


def test_module_parameters() -> None:
    names = [parameter.module for parameter in parse_cmdline(b"rcu-tree.kthread_prio=1 quiet .a=1").parameters]
    assert names == ["rcu_tree", None, None]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b'a="b c', "unbalanced-quote"),
        (b'"isolcpus"=2-3', "quote-in-name"),
        (b"isolcpus='2-3'", "single-quote"),
        (b"a=\xc2\xa0b", "no-break-space"),
        (b"a\0b", "nul-byte"),
    ],
)
def test_problems(line: bytes, kind: str) -> None:
    assert kinds(line) == [kind]


@pytest.mark.parametrize("line", [b'a="b c" "d=e f"', b"a=it's", b"a\n\0", b"a=\xc3\xa4"])
def test_no_problems(line: bytes) -> None:
    assert kinds(line) == []


def test_spans_are_bytes_of_the_file() -> None:
    data = b'  a=\xc3\xa4\xc3\xb6  b="c d"\n'
    for parameter in parse_cmdline(data).parameters:
        assert data[slice(*parameter.span)].startswith(parameter.raw_name.encode())
    assert data[slice(*parse_cmdline(data).parameters[1].span)] == b'b="c d"'


def test_bytes_that_are_no_text_come_back() -> None:
    value = parse_cmdline(b"a=\xff\xfe").value("a")
    assert value is not None
    assert value.encode("utf-8", "surrogateescape") == b"\xff\xfe"


def test_a_line_without_end_is_refused_and_a_long_one_is_quick() -> None:
    with pytest.raises(ParseError, match="no kernel keeps more"):
        parse_cmdline(b"a" * (LENGTH_LIMIT_BYTES + 1))
    began = time.process_time()
    for line in (
        b'"a' * (LENGTH_LIMIT_BYTES // 2),
        b'a"' * (LENGTH_LIMIT_BYTES // 2),
        b"a " * (LENGTH_LIMIT_BYTES // 2),
    ):
        parse_cmdline(line)
    assert time.process_time() - began < 2


@given(st.binary(max_size=200))
def test_any_bytes_are_a_line(data: bytes) -> None:
    line = parse_cmdline(data)
    assert all(0 <= a < b <= len(data) for parameter in line.parameters for a, b in [parameter.span])
    assert all("-" not in parameter.name for parameter in line.parameters)


@given(LINES)
def test_what_is_rendered_reads_the_same(data: bytes) -> None:
    line = parse_cmdline(data)
    # Of a word whose quote nobody closed, the rest of the line is the value: it can have quotes in odd places.
    try:
        rendered = render_cmdline(line.parameters, line.init_arguments)
        again = parse_cmdline(rendered.encode("utf-8", "surrogateescape"))
    except ParseError:
        assert '"' in line.text
    else:
        assert [one[:3] for one in again.parameters] == [one[:3] for one in line.parameters]
        assert again.init_arguments == line.init_arguments


def test_rendering_quotes_only_what_must_be() -> None:
    line = parse_cmdline(b'a=1 b="2" c="3 4" "d e" "--" f "g=5 6"')
    assert render_cmdline(line.parameters, line.init_arguments) == 'a=1 b=2 c="3 4" "d e" -- f g="5 6"'


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    requires("compiler")
    program = tmp_path_factory.mktemp("oracle") / "kernel_words"
    subprocess.run(["cc", "-O1", "-Wall", "-Werror", "-o", program, ORACLE], check=True)
    return program


def said(program: Path, data: bytes) -> list[tuple[str, str, str | None]]:
    parts = subprocess.run([program], input=data, capture_output=True, check=True).stdout.split(b"\0")[:-1]
    words: list[tuple[str, str, str | None]] = []
    for name, value in zip(parts[::2], parts[1::2], strict=True):
        words.append((chr(name[0]), decoded(name[1:]), decoded(value[1:]) if value[:1] == b"=" else None))
    return words


def ours(line: Cmdline) -> list[tuple[str, str, str | None]]:
    return [("k", parameter.raw_name, parameter.value) for parameter in line.parameters]


def test_the_c_program_splits_alike(oracle: Path) -> None:
    @settings(max_examples=300, deadline=None)
    @given(LINES)
    def alike(data: bytes) -> None:
        line = parse_cmdline(data)
        words = said(oracle, data.removesuffix(b"\n"))
        assert [word for word in words if word[0] == "k"] == ours(line)
        rest = [name if value is None else f"{name}={value}" for whose, name, value in words if whose == "i"]
        assert rest == list(line.init_arguments)

    alike()


# What process 1 of Linux 6.1 found in its environment and its arguments of lines that it was booted with.
PROCESS_1: list[tuple[bytes, list[str], list[str]]] = [
    (
        b'isolcpu=2-3 a=b \'x y\' name="a b" "q=c d" u"v w" foo.bar=1 =e=f un-known -- --init-arg k="v w" z',
        ["'x", "y'", 'u"v w"', "un-known", "--init-arg", "k=v w", "z"],
        ["isolcpu=2-3", "a=b", "name=a b", "q=c d", "=e=f"],
    ),
    (
        b'a"b=c"d e="f"g "h"="i j" k= "l=" m="" \'"--"\' --x -- y -- z',
        ["'\"--\"'", "--x", "y"],
        ['a"b=c"d', 'e=f"g', 'h"=i j', "k=", "l=", "m="],
    ),
    (b'one "--" two --x three="4 5" -- four', ["one", "two", "--x", "three=4 5"], []),
    (b"a=\xc3\xa0z b c='1 2'", ["z", "b", "2'"], ["a=\udcc3", "c='1"]),
]


@pytest.mark.parametrize(("data", "arguments", "environment"), PROCESS_1)
def test_as_process_1_found_it(data: bytes, arguments: list[str], environment: list[str]) -> None:
    line = parse_cmdline(data)
    words = [one for one in line.parameters if one.module is None]
    assert [str(one) for one in words if one.value is None] + list(line.init_arguments) == arguments
    assert [str(one) for one in words if one.value is not None] == environment


def test_this_kernel_gave_init_what_stands_behind_the_dashes() -> None:
    line = parse_cmdline(Path("/proc/cmdline").read_bytes())
    arguments = [decoded(argument) for argument in Path("/proc/1/cmdline").read_bytes().split(b"\0")[1:-1]]
    started = line.value("rdinit") or line.value("init")
    first = decoded(Path("/proc/1/cmdline").read_bytes().split(b"\0")[0])
    if started != first or not line.init_arguments:
        pytest.skip("needs a host whose kernel started process 1 itself, with arguments behind --")
    assert arguments[-len(line.init_arguments) :] == list(line.init_arguments)


def test_this_kernels_line_is_rendered_as_it_is() -> None:
    text = decoded(Path("/proc/cmdline").read_bytes())
    line = parse_cmdline(Path("/proc/cmdline").read_bytes())
    assert line.text + "\n" == text
    if line.problems or '"' in text:
        pytest.skip("needs a host whose command line has no quotes")
    assert render_cmdline(line.parameters, line.init_arguments).split() == text.split()


# Those of the recorded machines that hold one.
RECORDED = (
    "cnto--master.internal",
    "cnto--sno",
    "cnto--worker2.internal",
    "hwloc--20em64t-hybrid-1p6c2t+2ca4co1t",
    "hwloc--32intel64-2p8co2t+8ve",
    "hwloc--fakeheteromemtiers",
    "hwloc--memorysidecaches",
    "hwloc-old--fakememinitiators-1npc+1npc",
    "procfs--fixtures",
)


@pytest.mark.parametrize("machine", RECORDED)
def test_recorded_machines(machine: str) -> None:
    path = folder(machine) / "proc" / "cmdline"
    line = parse_cmdline(path.read_bytes())
    assert line.value("root")
    assert line.problems == ()
    assert render_cmdline(line.parameters).encode() == path.read_bytes().strip()
