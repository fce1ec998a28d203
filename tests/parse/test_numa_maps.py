from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import given
from tests.hostile import mangled, seconds, stands
from tests.processes import every, read, sleeping, zombie
from tests.requires import requires

from bedplate.errors import ParseError
from bedplate.parse.maps import parse_maps
from bedplate.parse.numa_maps import NumaMapping, parse_numa_maps
from bedplate.parse.smaps import parse_smaps

SAMPLE = (
    b"55f67aa4d000 default file=/usr/bin/cat mapped=2 mapmax=3 active=1 N0=1 N1=1 kernelpagesize_kB=4\n"
    b"55f6ae176000 default heap anon=4 dirty=3 active=0 N0=4 kernelpagesize_kB=4\n"
    b"7fb4ecd82000 default\n"
    b"7fb4ece00000 bind=static:0-1 huge anon=2 dirty=2 N3=2 kernelpagesize_kB=2048\n"
)


def only(raw: bytes) -> NumaMapping:
    (mapping,) = parse_numa_maps(raw)
    return mapping


def test_the_words_of_a_mapping() -> None:
    program, heap, nothing, huge = parse_numa_maps(SAMPLE)
    assert (program.start, program.policy, program.file) == (0x55F67AA4D000, "default", b"/usr/bin/cat")
    assert (program.counts, program.nodes, program.pages) == ({"mapped": 2, "mapmax": 3, "active": 1}, {0: 1, 1: 1}, 2)
    assert (heap.words, heap.counts, heap.kernelpagesize) == (("heap",), {"anon": 4, "dirty": 3, "active": 0}, 4096)
    assert (nothing.nodes, nothing.kernelpagesize, nothing.resident_bytes) == ({}, None, 0)
    assert (huge.policy, huge.words, huge.resident_bytes) == ("bind=static:0-1", ("huge",), 4 << 20)


@pytest.mark.parametrize(
    "policy",
    [
        "default",
        "local",
        "prefer:1",
        "prefer (many):0-1",
        "prefer (many)=static:0",
        "bind:0,2",
        "bind=balancing:0",
        "interleave=relative:0-3",
        "weighted interleave:0-1",
        "unknown",
    ],
)
def test_a_policy_stands_as_the_kernel_writes_it(policy: str) -> None:
    mapping = only(f"7fb4ecd82000 {policy} stack anon=1 N0=1 kernelpagesize_kB=4\n".encode())
    assert (mapping.policy, mapping.words, mapping.nodes) == (policy, ("stack",), {0: 1})


def test_a_path_forges_no_word() -> None:
    mapping = only(b"1000 default file=/x\\040N9=9\\040file\\075/y mapped=1 N0=1 kernelpagesize_kB=4\n")
    assert (mapping.nodes, mapping.file) == ({0: 1}, b"/x\\040N9=9\\040file\\075/y")


def test_words_of_later_kernels_are_kept() -> None:
    mapping = only(b"1000 default shiny anon=1 glow=7 N0=1 Nx=3 kernelpagesize_kB=4\n")
    assert (mapping.words, mapping.unknown) == (("shiny",), {"glow": b"7", "Nx": b"3"})


def test_trap_08_no_mapping_means_no_address_space() -> None:
    requires("root")
    with zombie() as pid:
        for task in (2, pid):
            raw = read(task, "numa_maps")
            assert raw in (b"", None)
    assert list(parse_numa_maps(b"")) == []


def test_every_process_here_is_read() -> None:
    for _, raw in every("numa_maps"):
        mappings = list(parse_numa_maps(raw))
        assert len(mappings) == len(parse_numa_maps(raw))
        assert {name for mapping in mappings for name in mapping.unknown} == set()
        assert all((mapping.kernelpagesize is None) == (mapping.pages == 0) for mapping in mappings)


def test_a_stopped_process_agrees_with_maps_and_smaps() -> None:
    with sleeping() as pid:
        raw, smaps, maps = read(pid, "numa_maps"), read(pid, "smaps"), read(pid, "maps")
    if raw is None:
        pytest.skip("needs a kernel with CONFIG_NUMA")
    assert smaps is not None
    assert maps is not None
    resident = {mapping.mapping.start: mapping for mapping in parse_smaps(smaps)}
    for mapping in parse_numa_maps(raw):
        # The kernel's own pages, which have no node to be on, stand in smaps alone.
        if not resident[mapping.start].mapping.pathname.startswith(b"[v"):
            assert mapping.resident_bytes == resident[mapping.start].rss
        assert mapping.counts.get("anon", 0) * (mapping.kernelpagesize or 0) == resident[mapping.start].anonymous
    own = [mapping.start for mapping in parse_maps(maps) if mapping.pathname != b"[vsyscall]"]
    assert [mapping.start for mapping in parse_numa_maps(raw)] == own


def test_a_policy_that_numactl_set_is_told() -> None:
    requires("oracles")
    with sleeping("numactl", "--interleave=all", "sleep", "600") as pid:
        raw = read(pid, "numa_maps")
    assert raw is not None
    assert {mapping.policy.partition(":")[0] for mapping in parse_numa_maps(raw)} >= {"interleave"}


def test_a_path_with_spaces_is_escaped_by_the_kernel(tmp_path: os.PathLike[str]) -> None:
    program = os.path.join(tmp_path, "a b=c\td")
    subprocess.run(["cp", "/bin/sleep", program], check=True)
    with sleeping(program, "600") as pid:
        raw = read(pid, "numa_maps")
    assert raw is not None
    files = {mapping.file for mapping in parse_numa_maps(raw)}
    assert os.fsencode(tmp_path) + b"/a\\040b\\075c\\011d" in files


@pytest.mark.parametrize(
    "raw",
    [
        b"\n",
        SAMPLE[:-1],
        SAMPLE[:50],
        b"55f67aa4d000\n",
        b"xyz default\n",
        b"1000 default anon=x\n",
        b"1000 default anon=\n",
        b"1000 default kernelpagesize_kB=18014398509481984\n",
    ],
)
def test_what_is_cut_off_or_garbage_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        _ = [(mapping.counts, mapping.nodes, mapping.kernelpagesize) for mapping in parse_numa_maps(raw)]


@given(mangled(SAMPLE))
def test_any_bytes_give_mappings_or_parse_error(raw: bytes) -> None:
    stands(parse_numa_maps, raw)


def test_the_time_to_parse_grows_with_the_text() -> None:
    few, many = SAMPLE * 1_000, SAMPLE * 4_000
    once = min(seconds(lambda: list(parse_numa_maps(few))) for _ in range(3))
    assert min(seconds(lambda: list(parse_numa_maps(many))) for _ in range(3)) < 10 * once
