"""The ordered pairs hugepagesz= and hugepages=: the examples of the kernel's mm/hugetlbpage.rst, and more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.parse.boot_huge_pages import BootHugePages, boot_huge_pages
from bedplate.parse.cmdline import parse_cmdline

M2, G1 = 2 << 20, 1 << 30


def made(line: str, **known: object) -> BootHugePages:
    arguments = {"sizes": (M2, G1), "nodes": (0, 1), "default_bytes": M2, **known}
    return boot_huge_pages(parse_cmdline(line.encode()), **arguments)  # type: ignore[arg-type]


def pools(line: str) -> dict[int | None, int]:
    return {pool.size_bytes: pool.pages for pool in made(line).pools}


def reasons(line: str) -> list[str]:
    return [problem.reason for problem in made(line).problems]


@pytest.mark.parametrize(
    "line", ["hugepages=256", "default_hugepagesz=2M hugepages=256", "hugepages=256 default_hugepagesz=2M"]
)
def test_three_ways_to_256_pages(line: str) -> None:
    assert pools(line) == {M2: 256}
    assert reasons(line) == []


def test_the_first_count_fixes_the_default_pool() -> None:
    assert pools("hugepages=256 hugepagesz=2M hugepages=512") == {M2: 256}
    assert reasons("hugepages=256 hugepagesz=2M hugepages=512") == [
        "the first hugepages= of the line fixed the default pool: ignored"
    ]


def test_pairs_and_nodes() -> None:
    line = "default_hugepagesz=1G hugepagesz=1G hugepages=4 hugepagesz=2M hugepages=0:1,1:2"
    found = made(line)
    assert found.default_size_bytes == G1
    assert [(pool.size_bytes, pool.pages, dict(pool.per_node)) for pool in found.pools] == [
        (G1, 4, {}),
        (M2, 3, {0: 1, 1: 2}),
    ]
    assert found.problems == ()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("hugepagesz=3M hugepages=4", "not a huge page size of this host"),
        ("hugepagesz=16M hugepages=4", "not a huge page size of this host"),
        ("hugepagesz=x hugepages=4", "not a size"),
        ("hugepagesz=2M hugepages=4 hugepagesz=2M hugepages=5", "2M was given before"),
        ("default_hugepagesz=2M default_hugepagesz=1G", "default_hugepagesz= was given before"),
        ("hugepagesz=2M hugepages=4 hugepages=5", "a second count"),
        ("hugepages=4 hugepages=5", "a second count"),
        ("hugepagesz=2M hugepages=many", "not a number of pages"),
        ("hugepagesz=2M hugepages=0:1,7:2", "there is no node 7"),
        ("hugepagesz=2M hugepages=0:1,2", "is not node:count"),
    ],
)
def test_what_the_kernel_ignores(line: str, reason: str) -> None:
    assert reasons(line)[0].startswith(reason) or reason in reasons(line)[0]
    assert sum(pools(line).values()) <= 4


def test_a_size_without_a_count_is_told() -> None:
    # The same condition was once tested twice, so that this was never caught.
    assert reasons("hugepagesz=1G") == ["no hugepages= that counts follows it: the pool of this size stays empty"]
    assert len(reasons("hugepagesz=1G hugepagesz=2M hugepages=4")) == 1


def test_a_count_behind_a_refused_size_is_dropped_and_the_next_one_counts() -> None:
    assert pools("hugepagesz=2M hugepages=1 hugepagesz=3M hugepages=7") == {M2: 1}
    assert pools("hugepagesz=3M hugepages=7 hugepages=8") == {M2: 8}


def test_what_is_not_known_is_not_refused() -> None:
    found = boot_huge_pages(parse_cmdline(b"hugepages=7 hugepagesz=64K hugepages=9:1"))
    assert [(pool.size_bytes, pool.pages) for pool in found.pools] == [(None, 7), (64 << 10, 1)]
    assert found.problems == ()


def test_dashes_and_lines_without_huge_pages() -> None:
    assert made("quiet") == BootHugePages(None, (), ())
    assert pools("default-hugepagesz=2M hugepages=3") == {M2: 3}


WORDS = st.sampled_from(
    ["hugepagesz=2M", "hugepagesz=1G", "hugepagesz=3M", "hugepages=4", "hugepages=0:1", "hugepages=9:1", "hugepages",
     "default_hugepagesz=2M", "default_hugepagesz=1G", "hugepagesz=", "hugepages=-1", "default_hugepagesz=0"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=12))
def test_any_sequence(words: list[str]) -> None:
    found = made(" ".join(words))
    sizes = [pool.size_bytes for pool in found.pools]
    assert len(sizes) == len(set(sizes))
    assert set(sizes) <= {M2, G1}
