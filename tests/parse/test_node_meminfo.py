from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import ParseError
from bedplate.parse.node_meminfo import parse_node_meminfo

TEXT = b"""
Node 33 MemTotal:       66322432 kB
Node 33 MemFree:        65433664 kB
Node 33 Active(anon):      14080 kB
Node 33 NextYearsKey:          7 kB
Node 33 HugePages_Total:     4
Node 33 HugePages_Surp:      1
"""


def test_kilobytes_become_bytes_and_counts_stay() -> None:
    meminfo = parse_node_meminfo(TEXT)
    assert meminfo.node == 33
    assert meminfo.sizes == {
        "MemTotal": 66322432 << 10,
        "MemFree": 65433664 << 10,
        "Active(anon)": 14080 << 10,
        "NextYearsKey": 7 << 10,
    }
    assert meminfo.counts == {"HugePages_Total": 4, "HugePages_Surp": 1}


keys = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=":"), min_size=1, max_size=20)
numbers = st.integers(0, 10**18 - 1)


@given(st.integers(0, 1023), st.dictionaries(keys, numbers, min_size=1, max_size=9))
def test_what_is_written_is_read_back(node: int, sizes: dict[str, int]) -> None:
    text = "".join(f"Node {node} {key}:   {number} kB\n" for key, number in sizes.items())
    meminfo = parse_node_meminfo(text.encode())
    assert meminfo.node == node
    assert meminfo.sizes == {key: number << 10 for key, number in sizes.items()}


@given(st.binary(max_size=200) | st.lists(st.sampled_from(TEXT.splitlines()), max_size=8).map(b"\n".join))
def test_any_bytes_give_a_value_or_a_parse_error(text: bytes) -> None:
    try:
        meminfo = parse_node_meminfo(text)
    except ParseError:
        return
    assert meminfo.sizes or meminfo.counts


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n\n",
        b"MemTotal: 1 kB",
        b"Node 0 MemTotal: -1 kB",
        b"Node 0 MemTotal: 1 MB",
        b"Node 0 MemTotal: 1 kB\nNode 1 MemFree: 1 kB",
        b"Node 0 MemTotal: " + b"9" * 19 + b" kB",
        b"Node 0 A: 1 kB\n" * 2000,
    ],
)
def test_what_is_no_node_meminfo_is_refused(text: bytes) -> None:
    with pytest.raises(ParseError):
        parse_node_meminfo(text)
