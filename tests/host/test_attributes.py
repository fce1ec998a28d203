"""What is not there is None, what is wrong is None and a problem, and the same problem is told once."""

from __future__ import annotations

import errno

import pytest
from tests.small_hosts import Files, MemoryRoot, cpus

from bedplate.facts.topology import Problem
from bedplate.host.attributes import Attributes
from bedplate.parse.sysfs_number import parse_count
from bedplate.values.reading import Absent, Denied, Malformed, Present, Source


def attributes(files: Files) -> Attributes:
    return Attributes(MemoryRoot(files))


def test_a_value() -> None:
    files = attributes({"/sys/a": b"7\n"})
    assert files.value("/sys/a", parse_count) == 7
    assert files.reading("/sys/a", parse_count) == Present(7, Source("/sys/a"))
    assert not files.problems()


def test_the_text_is_kept_on_request() -> None:
    reading = attributes({"/sys/a": b"7\n"}).reading("/sys/a", parse_count, keep=True)
    assert reading.source == Source("/sys/a", raw=b"7\n")


@pytest.mark.parametrize("number", [errno.ENOENT, errno.ENOTDIR, errno.ENODEV, errno.ENXIO, errno.ESRCH])
def test_what_is_not_there_is_no_problem(number: int) -> None:
    files = attributes({"/sys/a": number})
    assert files.value("/sys/a", parse_count) is None
    assert isinstance(files.reading("/sys/a", parse_count), Absent)
    assert not files.problems()


def test_what_may_not_be_read_is_a_problem() -> None:
    files = attributes({"/sys/a": errno.EACCES})
    assert files.value("/sys/a", parse_count) is None
    assert isinstance(files.reading("/sys/a", parse_count), Denied)
    (problem,) = files.problems()
    assert problem == Problem("/sys/a", "permission denied (EACCES), needs root or CAP_DAC_READ_SEARCH")


def test_what_is_not_understood_is_a_problem() -> None:
    files = attributes({"/sys/a": b"seven\n"})
    assert files.value("/sys/a", parse_count) is None
    reading = files.reading("/sys/a", parse_count)
    assert isinstance(reading, Malformed)
    assert (reading.text, reading.source.path) == (b"seven\n", "/sys/a")
    assert files.problems() == (Problem("/sys/a", "not a decimal number: “seven”"),)


@pytest.mark.parametrize(("count", "more"), [(1, ""), (2, "1 more file like it)"), (9, "8 more files like it)")])
def test_the_same_of_several_files_is_told_once(count: int, more: str) -> None:
    files = attributes({f"/sys/{at}": b"x" for at in range(count)})
    for at in range(count):
        files.value(f"/sys/{at}", parse_count)
    (problem,) = files.problems()
    assert problem.path == "/sys/0"
    assert problem.text.endswith(more)
    assert ("more file" in problem.text) == (count > 1)


def test_a_set_is_of_the_first_map_there_is_else_of_a_list() -> None:
    there: Files = {"/a/new": b"0f", "/a/old": b"01", "/b/old": b"03", "/c/old_list": b"0-2", "/d/new_list": b"5"}
    files = attributes(there)
    maps = ("new", "old")
    assert files.cpus("/a", maps) == Present(cpus("0-3"), Source("/a/new", raw=b"0f"))
    assert files.cpus("/b", maps) == Present(cpus("0-1"), Source("/b/old", raw=b"03"))
    assert files.cpus("/c", maps) == Present(cpus("0-2"), Source("/c/old_list"))
    assert files.cpus("/d", maps) == Present(cpus("5"), Source("/d/new_list"))
    assert files.cpus("/e", maps) is None
    assert attributes({"/a/shared_cpu_list": b"1\n"}).cpus("/a", ("shared_cpu_map",)) == Present(
        cpus("1"), Source("/a/shared_cpu_list")
    )


def test_a_file_that_is_too_long_is_not_read_to_its_end() -> None:
    files = attributes({"/sys/a": b"1," * (1 << 20)})
    assert files.value("/sys/a", parse_count) is None
    assert "EFBIG" in files.problems()[0].text
