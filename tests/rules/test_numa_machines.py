"""The NUMA map of every recorded machine, whole and with one file changed, against a count by brute force."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests import recorded
from tests.requires import requires
from tests.rules.numa_oracle import Wrong, small_nodes, wrong_of
from tests.trees import FolderRoot

from bedplate.host.host import Host
from bedplate.policy import DEFAULT
from bedplate.rules.engine import run
from bedplate.rules.registry import find_rule, select
from bedplate.rules.rule import Finding, State
from bedplate.rules.specimen_profile import wanting
from bedplate.values.idset import IdSet, NodeSet

MAP_RULES = [find_rule(f"NUMA{number:03}") for number in (1, 2, 3, 4, 16, 17, 18)]
NODE = "sys/devices/system/node"
CPU = "sys/devices/system/cpu"

# Every machine on which something is found, and why that is true by its files; nothing is found on the others.
KNOWN = {
    # node2/cpulist reads 4-5 and node2/cpumap 00000020: CPU 4 was taken off line for the recording.
    "hwloc--16amd64-8n2c-cpusets": Wrong(views=frozenset([2])),
    # One node, whose distance file reads 0: kernels without a SLIT wrote that.
    "hwloc--8ia64-2s2c2t": Wrong(rows=frozenset([0])),
    "hwloc-old--4ia64-4s": Wrong(rows=frozenset([0])),
    "hwloc-old--8em64t-4c2t": Wrong(rows=frozenset([0])),
    "hwloc-old--8ia64-4s2c": Wrong(rows=frozenset([0])),
    # node0/cpumap is f,ffffffff, cpu/possible 0-31 and cpu/present 0-23.
    "lscpu-old--sparc64-UltraSparc-T1": Wrong(absent=frozenset(range(24, 36))),
}


NUMBERED = ("lost", "doubled", "absent", "apart", "rows", "views", "poor", "odd")


def findings_of(folder: Path) -> list[Finding]:
    host = Host(FolderRoot(folder))
    return list(run(MAP_RULES, host.facts(["topology", "siblings"]), DEFAULT).findings)


def said(findings: list[Finding]) -> Wrong:
    """Sort the numbers of the failures as the oracle sorts them."""
    fields: dict[str, set[int]] = {}
    pairs: set[tuple[int, int]] = set()
    for finding in findings:
        assert finding.state is not State.ERROR, finding.reason
        if finding.state is State.FAIL:
            assert isinstance(finding.subject.id, IdSet)
            if finding.rule.code == "NUMA004":
                first, second = finding.subject.id
                pairs.add((first, second))
            else:
                fields.setdefault(field_of(finding), set()).update(finding.subject.id)
    lost, doubled, absent, apart, rows, views, poor, odd = (frozenset(fields.get(name, ())) for name in NUMBERED)
    return Wrong(lost, doubled, absent, apart, rows, frozenset(pairs), views, poor, odd)


def field_of(finding: Finding) -> str:
    if finding.rule.code == "NUMA001":
        return "doubled" if "at once" in finding.reason else "absent" if "does not have" in finding.reason else "lost"
    return {"NUMA002": "apart", "NUMA003": "rows", "NUMA016": "views", "NUMA017": "poor", "NUMA018": "odd"}[
        finding.rule.code
    ]


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    folder = recorded.folder(machine)
    found = said(findings_of(folder))
    assert found == wrong_of(folder)
    assert found == KNOWN.get(machine, Wrong())


OPINIONS = wanting(
    {
        "kernel.numa_balancing": 0,
        "numa.tiering": False,
        "vm.zone_reclaim_mode": 0,
        "numa.memory_imbalance_percent": 10,
        "numa.remote_allocations": 0,
        "boot.movable_node": False,
        "boot.hashdist": True,
    }
)


@recorded.each_machine
def test_opinions_on_recorded_machines(machine: str) -> None:
    """With a profile of many wishes nothing more is wrong than uneven memory, where meminfo tells so."""
    folder = recorded.folder(machine)
    rules = [rule for rule in select(["numa"]) if rule not in MAP_RULES]
    host = Host(FolderRoot(folder))
    findings = run(rules, host.facts({section for rule in rules for section in rule.needs}), OPINIONS).findings
    assert State.ERROR not in {finding.state for finding in findings}
    failed = [finding for finding in findings if finding.state is State.FAIL]
    found = [set(finding.subject.id) for finding in failed if isinstance(finding.subject.id, NodeSet)]
    assert {finding.rule.code for finding in failed} <= {"NUMA006"}
    assert found == ([small] if (small := small_nodes(folder)) else [])


def copied(machine: str, into: Path) -> Path:
    """Copy what tells the map of a machine: a few small files of each CPU and node."""
    folder = recorded.folder(machine)
    patterns = (
        f"{CPU}/online", f"{CPU}/possible", f"{CPU}/present", f"{CPU}/cpu[0-9]*/topology/*",
        f"{NODE}/online", f"{NODE}/possible", f"{NODE}/node[0-9]*/cpu[lm]*", f"{NODE}/node[0-9]*/distance",
    )  # fmt: skip
    for pattern in patterns:
        for path in folder.glob(pattern):
            place = into / path.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
            place.chmod(0o644)
    return into


def text(folder: Path, path: str) -> str:
    return (folder / path).read_text().strip("\n\0 ")


def write(folder: Path, path: str, content: str) -> None:
    assert (folder / path).exists()
    (folder / path).write_text(content + "\n")


def without_cpu_7(folder: Path) -> None:
    write(folder, f"{NODE}/node1/cpulist", "6,8-11")


def without_cpu_7_at_all(folder: Path) -> None:
    write(folder, f"{NODE}/node1/cpulist", "6,8-11")
    write(folder, f"{NODE}/node1/cpumap", "0000,00000f40")


def cpu_7_twice(folder: Path) -> None:
    write(folder, f"{NODE}/node33/cpumap", "0000,00fc0080")
    write(folder, f"{NODE}/node33/cpulist", "7,18-23")


def cpu_99(folder: Path) -> None:
    write(folder, f"{NODE}/node73/cpulist", text(folder, f"{NODE}/node73/cpulist") + ",99")
    (folder / f"{NODE}/node73/cpumap").unlink()


def another_mask(folder: Path) -> None:
    write(folder, f"{NODE}/node0/cpumap", "0000,0000001f")


def node_2_as_node_1(folder: Path) -> None:
    for name in ("cpulist", "cpumap"):
        write(folder, f"{NODE}/node2/{name}", text(folder, f"{NODE}/node1/{name}"))


def short_row(folder: Path) -> None:
    write(folder, f"{NODE}/node45/distance", "22 22 16 16 16 10 22")


def wrong_diagonal(folder: Path) -> None:
    write(folder, f"{NODE}/node45/distance", text(folder, f"{NODE}/node45/distance").replace("10", "0"))


def no_number(folder: Path) -> None:
    write(folder, f"{NODE}/node45/distance", text(folder, f"{NODE}/node45/distance").replace("10", "x"))


def unreachable(folder: Path) -> None:
    for name in ("node0", "node1"):
        row = text(folder, f"{NODE}/{name}/distance").split()
        row[1 if name == "node0" else 0] = "255"
        write(folder, f"{NODE}/{name}/distance", " ".join(row))


def one_way(folder: Path) -> None:
    row = text(folder, f"{NODE}/node0/distance").split()
    write(folder, f"{NODE}/node0/distance", " ".join([row[0], "31", *row[2:]]))


def siblings_apart(folder: Path) -> None:
    for cpu in (0, 20):
        for name in ("thread_siblings", "thread_siblings_list", "core_cpus", "core_cpus_list"):
            place = folder / f"{CPU}/cpu{cpu}/topology/{name}"
            if place.exists():
                place.write_text("0,20\n" if name.endswith("list") else "0000,00100001\n")


def one_list_of_siblings(folder: Path) -> None:
    write(folder, f"{CPU}/cpu7/topology/thread_siblings_list", "7,40")


def one_mask_of_siblings(folder: Path) -> None:
    write(folder, f"{CPU}/cpu7/topology/thread_siblings", "0000,00000180")
    write(folder, f"{CPU}/cpu7/topology/thread_siblings_list", "7-8")


def some(*numbers: int) -> frozenset[int]:
    return frozenset(numbers)


# What is changed; what is found then; the files that the findings name and the texts that they quote.
CHANGES: list[tuple[Callable[[Path], None], Wrong, dict[str, str]]] = [
    (without_cpu_7, Wrong(lost=some(7), views=some(1)), {"node1/cpulist": "6,8-11", "node1/cpumap": "0000,00000fc0"}),
    (without_cpu_7_at_all, Wrong(lost=some(7)), {"node1/cpumap": "0000,00000f40", "cpu/online": "0-47"}),
    (cpu_7_twice, Wrong(doubled=some(7)), {"node1/cpumap": "0000,00000fc0", "node33/cpumap": "0000,00fc0080"}),
    (cpu_99, Wrong(absent=some(99)), {"node73/cpulist": "42-47,99", "cpu/present": "0-47"}),
    (another_mask, Wrong(lost=some(5), views=some(0)), {"node0/cpumap": "0000,0000001f", "node0/cpulist": "0-5"}),
    (
        node_2_as_node_1,
        Wrong(lost=frozenset(range(12, 18)), doubled=frozenset(range(6, 12)), poor=some(1, 2)),
        {"node1/cpumap": "0000,00000fc0", "node2/cpumap": "0000,00000fc0"},
    ),
    (short_row, Wrong(rows=some(45)), {"node45/distance": "22 22 16 16 16 10 22"}),
    (wrong_diagonal, Wrong(rows=some(45)), {"node45/distance": "22 22 16 16 16 0 22 16"}),
    (no_number, Wrong(rows=some(45)), {"node45/distance": "22 22 16 16 16 x 22 16"}),
    (unreachable, Wrong(rows=some(0, 1)), {"node0/distance": "10 255 16 22 16 22 16 22"}),
    (
        one_way,
        Wrong(uneven=frozenset([(0, 1)])),
        {"node0/distance": "10 31 16 22 16 22 16 22", "node1/distance": "16 10 22 16 16 22 22 16"},
    ),
    (
        siblings_apart,
        Wrong(apart=some(0, 20)),
        {"cpu0/topology/thread": "0000,00100001", "node0/cpumap": "0000,0000003f"},
    ),
    (
        one_list_of_siblings,
        Wrong(apart=some(7, 40), odd=some(7)),
        {"cpu7/topology/thread_siblings_list": "7,40", "cpu7/topology/thread_siblings": "0000,00000080"},
    ),
    (
        one_mask_of_siblings,
        Wrong(odd=some(7, 8)),
        {"cpu7/topology/thread_siblings": "0000,00000180", "cpu8/topology/thread_siblings": "0000,00000100"},
    ),
]


def name_of(change: object) -> str | None:
    return getattr(change, "__name__", "")


@pytest.mark.parametrize(("change", "wrong", "quoted"), CHANGES, ids=name_of)
def test_one_change_is_one_fault_with_its_files_and_values(
    change: Callable[[Path], None], wrong: Wrong, quoted: dict[str, str], tmp_path: Path
) -> None:
    requires("hosts")
    folder = copied("hwloc--48amd64-4pa2n6c-sparse", tmp_path)
    assert said(findings_of(folder)) == Wrong()
    change(folder)
    assert wrong_of(folder) == wrong, "the oracle must agree that this is the fault"
    findings = findings_of(folder)
    assert said(findings) == wrong
    evidence = [piece for finding in findings if finding.state is State.FAIL for piece in finding.evidence]
    for path, raw in quoted.items():
        assert [piece for piece in evidence if path in piece.path and piece.raw == raw], evidence


@recorded.each_machine
def test_a_second_home_for_a_cpu_is_seen_on_any_machine(machine: str, tmp_path: Path) -> None:
    """Give the first CPU of a node to the next one, in every file that tells it."""
    folder = copied(machine, tmp_path)
    nodes = sorted((folder / NODE).glob("node[0-9]*"), key=lambda path: int(path.name[4:]))
    maps = [path for path in nodes if (path / "cpumap").exists() and set(text(path, "cpumap")) - set("0,")]
    if len(maps) < 2:
        assert said(findings_of(folder)) == wrong_of(folder)
        return
    giver, taker = maps[0], maps[1]
    first = int(text(giver, "cpumap").replace(",", ""), 16)
    cpu = (first & -first).bit_length() - 1
    mask = int(text(taker, "cpumap").replace(",", ""), 16) | 1 << cpu
    digits = f"{mask:0{8 * -(-mask.bit_length() // 32)}x}"
    write(taker, "cpumap", ",".join(digits[at : at + 8] for at in range(0, len(digits), 8)))
    if (taker / "cpulist").exists():
        write(taker, "cpulist", f"{cpu},{text(taker, 'cpulist')}")
    found = said(findings_of(folder))
    assert found.doubled == {cpu}
    assert found == wrong_of(folder)
