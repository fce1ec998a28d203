from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests import recorded
from tests.parse import hostile

from bedplate.errors import ParseError
from bedplate.parse.cgroup_control import Controller, parse_cgroups, parse_controllers, parse_type
from bedplate.parse.vmstat import parse_counters

TABLE = b"#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t3\t1\t1\nmemory\t0\t16\t0\n"


def test_controllers_are_words_and_there_may_be_none() -> None:
    assert parse_controllers(b"cpuset cpu io memory hugetlb pids\n") == (
        "cpuset", "cpu", "io", "memory", "hugetlb", "pids",
    )  # fmt: skip
    assert parse_controllers(b"\n") == parse_controllers(b"") == ()


def test_types() -> None:
    for name in ("domain", "domain threaded", "domain invalid", "threaded"):
        assert parse_type(f"{name}\n".encode()) == name


def test_the_table_of_v1_with_a_column_of_the_future() -> None:
    controllers = (Controller("cpuset", 3, 1, True), Controller("memory", 0, 16, False))
    assert parse_cgroups(TABLE) == controllers
    assert parse_cgroups(TABLE.replace(b"enabled\n", b"enabled\tnew\n").replace(b"\t1\n", b"\t1\tx\n")) == controllers


@pytest.mark.parametrize("text", [b"a  b\n", b"+cpu\n", b"a\tb\n", b"cpu,io\n", b"x" * 65])
def test_what_are_no_controllers_is_refused(text: bytes) -> None:
    hostile.assert_refused(parse_controllers, text)


@pytest.mark.parametrize("text", [b"", b"domain invalid twice\n", b"Domain\n", b"1\n"])
def test_what_is_no_type_is_refused(text: bytes) -> None:
    hostile.assert_refused(parse_type, text)


@pytest.mark.parametrize("text", [b"", b"\n", TABLE[:-1], TABLE + b"x 1 1 1\n", TABLE + b"a\t1\t1\n", TABLE * 200])
def test_what_is_no_table_is_refused(text: bytes) -> None:
    hostile.assert_refused(parse_cgroups, text)


@given(hostile.like(TABLE), hostile.like(b"domain threaded\n"))
@settings(deadline=None)
def test_any_bytes_give_a_value_or_a_parse_error(table: bytes, text: bytes) -> None:
    with suppress(ParseError):
        parse_cgroups(table)
    with suppress(ParseError):
        parse_type(text)
    with suppress(ParseError):
        parse_controllers(text)


def test_large_texts_take_bounded_time() -> None:
    for parse in (parse_cgroups, parse_controllers, parse_type):
        hostile.assert_bounded(parse, TABLE)


def test_this_kernels_table_has_the_controllers_of_its_mounts() -> None:
    by_name = {controller.name: controller for controller in parse_cgroups(Path("/proc/cgroups").read_bytes())}
    mounted = [line.split() for line in Path("/proc/mounts").read_text().splitlines() if " cgroup " in line]
    for fields in mounted:
        for option in fields[3].split(","):
            assert option not in by_name or by_name[option].hierarchy > 0


@recorded.each_machine
def test_every_recorded_cgroup_is_understood(machine: str) -> None:
    tree = recorded.folder(machine) / "sys/fs/cgroup"
    for path in tree.rglob("cgroup.controllers"):
        known = parse_controllers(path.read_bytes())
        assert set(parse_controllers((path.parent / "cgroup.subtree_control").read_bytes())) <= set(known)
    for path in tree.rglob("cgroup.type"):
        assert parse_type(path.read_bytes()) == "domain"
    for name in ("memory.stat", "memory.events", "cpu.stat", "cgroup.events", "cgroup.stat"):
        for path in tree.rglob(name):
            assert parse_counters(path.read_bytes()).unknown == ()
