from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from tests.hostile import mangled, stands
from tests.processes import every

from bedplate.errors import ParseError
from bedplate.parse.pid_cgroup import CgroupLine, parse_pid_cgroup

SAMPLE = (
    b"9:name=systemd:/user.slice\n4:memory,hugetlb:/process_api/833c\n3:cpuset:/a:b (deleted)\n2:cpu,cpuacct:/\n"
    b"0::/system.slice/x.service\n"
)


def test_the_columns() -> None:
    groups = parse_pid_cgroup(SAMPLE)
    named, memory, cpuset, cpu, unified = groups
    assert named == CgroupLine(9, (), "systemd", b"/user.slice")
    assert memory == CgroupLine(4, ("memory", "hugetlb"), None, b"/process_api/833c")
    assert cpu.controllers == ("cpu", "cpuacct")
    assert (cpuset.path, cpuset.maybe_deleted) == (b"/a:b (deleted)", False)
    assert unified == CgroupLine(0, (), None, b"/system.slice/x.service")
    assert groups.unified == b"/system.slice/x.service"
    assert groups.of("hugetlb") == memory
    assert groups.of("io") is None


def test_hosts_with_one_kind_of_hierarchy() -> None:
    assert parse_pid_cgroup(b"0::/\n").unified == b"/"
    assert parse_pid_cgroup(b"3:cpuset:/\n").unified is None
    assert parse_pid_cgroup(b"10:cpuset:/0::/x\n").unified is None
    assert parse_pid_cgroup(b"").unified is None
    assert list(parse_pid_cgroup(b"")) == []


def test_a_group_outside_of_the_namespace_and_one_that_is_gone() -> None:
    assert parse_pid_cgroup(b"0::/../../other\n").unified == b"/../../other"
    (line,) = parse_pid_cgroup(b"0::/gone (deleted)\n")
    assert line.maybe_deleted


def test_every_process_here_agrees_with_the_mounts_and_hierarchies() -> None:
    table = [line.split() for line in Path("/proc/cgroups").read_text().splitlines()[1:]]
    hierarchies = {name: int(number) for name, number, _, _ in table if number != "0"}
    lines = [line for _, raw in every("cgroup") for line in parse_pid_cgroup(raw)]
    assert all(line.path.startswith(b"/") for line in lines)
    for line in lines:
        assert all(hierarchies[controller] == line.hierarchy for controller in line.controllers)
    shown = {controller for line in lines for controller in line.controllers}
    assert shown == set(hierarchies)


def test_the_file_cpuset_says_the_same() -> None:
    ours = parse_pid_cgroup(Path("/proc/self/cgroup").read_bytes())
    try:
        shown = Path("/proc/self/cpuset").read_bytes().rstrip(b"\n")
    except OSError:
        pytest.skip("needs a kernel with CONFIG_PROC_PID_CPUSET")
    line = ours.of("cpuset")
    assert shown == (ours.unified if line is None else line.path)


@pytest.mark.parametrize(
    "raw", [b"\n", b"x\n", SAMPLE[:-1], b"3:cpuset\n", b":cpuset:/\n", b"-1:a:/\n", b"3:cpuset:x\n"]
)
def test_what_is_cut_off_or_garbage_is_refused(raw: bytes) -> None:
    with pytest.raises(ParseError):
        list(parse_pid_cgroup(raw))


@given(mangled(SAMPLE))
def test_any_bytes_give_groups_or_parse_error(raw: bytes) -> None:
    stands(parse_pid_cgroup, raw)
