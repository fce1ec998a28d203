"""Every difference between Bedplate and a peer on a recorded machine: what the files say, who is right, and why.

The tests fail for a difference that is not here, and for one that is here and is no more.  docs/peers.md shows this
table; ``python -m tests.oracles.differences`` in the repository writes it there.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

EVERYTHING = "everything"
PAGE = Path(__file__).parents[2] / "docs" / "peers.md"
_BEGIN, _END = "<!-- differences: begin -->\n", "<!-- differences: end -->\n"


class Difference(NamedTuple):
    """One difference, on one machine or on several for the same reason."""

    peer: str
    fields: tuple[str, ...]
    """Fields of the peer's record, or EVERYTHING where it refuses the machine."""
    machines: tuple[str, ...]
    files: str
    """What the raw files say."""
    verdict: str
    """Who is right, and why."""


NO_POSSIBLE = (
    "cnto--master.internal", "cnto--sno", "cnto--worker2.internal", "ghw--linux-amd64-accel",
    "ghw--linux-amd64-accel-nvidia", "ghw--linux-amd64-amd-ryzen-1600", "ghw--linux-amd64-intel-i7-1270P",
    "ghw--linux-amd64-intel-xeon-L5640", "ghw--linux-arm64-c288e0776090cd558ef793b2a4e61939",
    "hwloc--128ia64-17n4s2c", "hwloc--16em64t-4s2c2t", "hwloc--16em64t-4s2c2t-offlines",
    "hwloc--16em64t-4s2ca2c-cpusetreorder", "hwloc--16ia64-8n2s", "hwloc--256ppc-8n8s4t",
    "hwloc--2i386-2c-nohugepage", "hwloc--4fake-4gr1nu1pu", "hwloc--64fake-4n2s2ca2c2t", "hwloc--8ia64-2n2s2c",
    "hwloc--8ia64-2s2c2t", "hwloc--96em64t-4no4pa3ca2co", "hwloc-old--16em64t-2m4c2t", "hwloc-old--2amd64-2n",
    "hwloc-old--4ia64-4s", "hwloc-old--4ppc-4c", "hwloc-old--4qs22-2s2t", "hwloc-old--64intel64-fakeKNL-A2A-cache",
    "hwloc-old--64intel64-fakeKNL-SNC4-hybrid", "hwloc-old--8amd64-4n2c", "hwloc-old--8ia64-4s2c",
    "lscpu-old--i386-amdshanghai", "lscpu-old--i386-dellpe700", "lscpu-old--i386-intels5000phb",
    "lscpu-old--ia64-hpmatterhorn", "lscpu-old--ia64-hprx1620", "lscpu-old--ia64-pg0",
    "lscpu-old--x86_64-dell_poweredge1950", "lscpu-old--x86_64-dell_poweredgeR610", "lscpu-old--x86_64-dellr710",
    "lscpu-old--x86_64-el5xen", "lscpu-old--x86_64-hpdl585", "lscpu-old--x86_64-ibme326m",
    "lscpu-old--x86_64-necem14", "procfs--fixtures",
)  # fmt: skip
NO_CPUS = (
    "hwloc-allowed--test1", "hwloc-old--1alpha", "lsmem--aarch64_16K_16g", "lsmem--x86_64-16g",
    "nri--topology-testdata",
)  # fmt: skip
NO_CPUINFO = (
    "nri--2-socket-4-node-40-core", "nri--4-socket-server-nosnc", "nri--desktop", "nri--sample1",
)  # fmt: skip
NO_NODES = (
    "hwloc--2arm-2c", "hwloc--2i386-2c-nohugepage", "hwloc--2i386-2t-hugepagesizecount", "hwloc-old--2s390-2c",
    "lscpu--armv7", "lscpu--ppc-qemu", "lscpu--rv64-linux", "lscpu--s390-kvm", "lscpu--s390-zvm",
    "lscpu-old--i386-amdshanghai", "lscpu-old--i386-dellpe700", "lscpu-old--i386-intels5000phb",
    "lscpu-old--x86_64-el5xen",
)  # fmt: skip
OLD_HUGE_PAGES = (
    "hwloc--128ia64-17n4s2c", "hwloc--16ia64-8n2s", "hwloc--256ppc-8n8s4t", "hwloc--32amd64-4s2n4c-cgroup2",
    "hwloc--8ia64-2s2c2t", "hwloc--96em64t-4no4pa3ca2co", "hwloc-old--32amd64-4s2n4c-cgroup",
    "hwloc-old--8em64t-4c2t",
)  # fmt: skip
NO_SLIT = ("hwloc--8ia64-2s2c2t", "hwloc-old--4ia64-4s", "hwloc-old--8em64t-4c2t", "hwloc-old--8ia64-4s2c")

DIFFERENCES = (
    Difference(
        "lscpu",
        (EVERYTHING,),
        NO_POSSIBLE,
        "There is no cpu/possible.",
        "Bedplate: lscpu refuses a tree without it. The cpuN folders tell the same, and on kernels before 2.6.26 "
        "nothing else does.",
    ),
    Difference(
        "lscpu",
        (EVERYTHING,),
        NO_CPUINFO,
        "There is no /proc/cpuinfo.",
        "Bedplate: lscpu refuses a tree without it, though everything about CPUs and caches is in sysfs.",
    ),
    Difference(
        "lscpu",
        (EVERYTHING,),
        ("lscpu--rv64-linux", "lscpu--rv64-visionfive2"),
        "A normal tree of riscv64.",
        "Bedplate: lscpu 2.38.1 prints rows without numbers for its table of these CPUs.",
    ),
    Difference(
        "lscpu",
        (EVERYTHING,),
        NO_CPUS,
        "Nothing of CPUs is in the capture.",
        "Both: lscpu refuses it, Bedplate loads it and says null for the CPUs.",
    ),
    Difference(
        "lscpu",
        ("sockets",),
        ("hwloc-old--2s390-2c",),
        "cpu0/topology has core_siblings 3 and nothing else.",
        "Bedplate: lscpu starts from the thread siblings, and without them says 0 sockets of 2 CPUs.",
    ),
    Difference(
        "lscpu",
        ("sizes",),
        ("hwloc--20em64t-hybrid-1p6c2t+2ca4co1t",),
        "The two kinds of cores have caches of different sizes.",
        "Bedplate: lscpu gives the size of the first cache for all of its name.",
    ),
    Difference(
        "lscpu",
        ("sizes",),
        ("lscpu--s390-nested-virt",),
        "cache/index of L3 and L4 has no size; /proc/cpuinfo has “cache4 : level=3 … size=65536K”.",
        "lscpu: it reads these lines of s390. Bedplate says null for the size.",
    ),
    Difference(
        "lscpu",
        ("caches", "sizes"),
        ("lscpu-old--sparc64-UltraSparc-T1",),
        "cpuN has l1_dcache_size, l1_icache_size and l2_cache_size, and nothing says who shares them.",
        "Neither: lscpu makes 24 L2 caches of 3 MiB of the one that this processor has, Bedplate tells of none.",
    ),
    Difference(
        "lstopo",
        (EVERYTHING,),
        NO_CPUS,
        "Nothing of CPUs is in the capture.",
        "Both: hwloc refuses it, Bedplate loads it and says null for the CPUs.",
    ),
    Difference(
        "lstopo",
        (EVERYTHING,),
        ("hwloc-old--16em64t-2m4c2t",),
        "There is only /proc, with the processors 16 to 31 in cpuinfo.",
        "Bedplate: it takes CPUs, package and cores from “physical id” and “core id”; hwloc 2 does no more.",
    ),
    Difference(
        "lstopo",
        (EVERYTHING,),
        ("hwloc-old--4ppc-4c", "hwloc-old--4qs22-2s2t", "lscpu-old--x86_64-dell_poweredge1950"),
        "The cpuN folders have no topology folder, or only one of four CPUs has a folder.",
        "Bedplate: it tells the CPUs and nodes, and packages and cores as far as /proc/cpuinfo does; hwloc refuses.",
    ),
    Difference(
        "lstopo",
        ("nodes",),
        NO_NODES,
        "There is no node folder: the kernel is built without CONFIG_NUMA, or the capture lacks it.",
        "Bedplate: hwloc invents a node 0 with all CPUs. Bedplate says that there are no nodes.",
    ),
    Difference(
        "lstopo",
        ("nodes",),
        OLD_HUGE_PAGES,
        "node*/meminfo has HugePages_Total, and there is no node*/hugepages.",
        "Bedplate: hwloc looks at the folders alone, and does not see the 513 huge pages of one of these machines.",
    ),
    Difference(
        "lstopo",
        ("cores",),
        ("hwloc--64amd64-4s2n4ca2co", "hwloc-x86linux--64amd64-4p2n4ca2co"),
        "thread_siblings of cpu0 is 0-1, and core_id is 0 of cpu0 and 1 of cpu1.",
        "Both: the halves of a compute unit of AMD family 15h are cores to the hardware and threads to the scheduler. "
        "Bedplate goes by the scheduler, as lscpu does, and tells of it as a problem; hwloc goes by core_id here, and "
        "by the siblings on lscpu--vmware_fpe, whose files say the same.",
    ),
    Difference(
        "lstopo",
        ("caches",),
        ("hwloc-old--64intel64-fakeKNL-A2A-cache",),
        "cpu*/cache has no L3; a file of hwloc's own in /var/run tells of a memory-side cache.",
        "Both: that file is hwloc's, written as root from the firmware's tables, and not the kernel's.",
    ),
    Difference(
        "lstopo",
        ("distances",),
        ("hwloc-old--64intel64-fakeKNL-SNC4-hybrid",),
        "node*/distance is a table of 8 × 8.",
        "Bedplate: hwloc drops the table when it sees a Knights Landing.",
    ),
    Difference(
        "lstopo",
        ("kinds",),
        ("hwloc--2arm-2c", "hwloc-old--8em64t-4c2t"),
        "cpufreq/cpuinfo_max_freq is recorded of some CPUs only.",
        "Bedplate: hwloc makes a kind of those that have the file. A mark that not every core has tells nothing.",
    ),
    Difference(
        "lstopo",
        ("kinds",),
        ("ghw--linux-amd64-intel-i7-1270P",),
        "CPUs 0-7 are four cores of two threads, 8-15 eight of one; no frequencies, no counters.",
        "Bedplate: a mixed number of threads with no CPU off line tells the kinds; hwloc wants frequencies.",
    ),
    Difference(
        "lstopo",
        ("online", "packages", "cores", "nodes", "kinds"),
        ("procfs--fixtures",),
        "Parts of several machines: folders of cpu0 to cpu2, 8 processors in cpuinfo, cpu/offline 2, node1 and node2 "
        "without maps.",
        "Neither can be: Bedplate joins what the files say and tells the contradictions as problems, hwloc takes the "
        "two folders with a topology and invents node 0.",
    ),
    Difference(
        "lstopo",
        ("nodes",),
        ("hwloc--128ia64-17n4s2c",),
        "Node 16 has no CPUs, and distance 14 to each of the 16 others.",
        "Bedplate: all CPUs are equally near; hwloc says that none is.",
    ),
    Difference(
        "numactl",
        ("distances",),
        NO_SLIT,
        "node0/distance reads 0: the kernel has no SLIT.",
        "Both: numactl prints no table; Bedplate keeps the 0 as what was read, and shows it as unknown.",
    ),
    Difference(
        "lstopo (PCI)",
        (EVERYTHING,),
        ("nri--topology-testdata",),
        "One device, and nothing of CPUs.",
        "Both: hwloc refuses a machine without CPUs; Bedplate shows the device.",
    ),
    Difference(
        "lstopo (PCI)",
        ("places",),
        ("cnto--master.internal", "cnto--worker2.internal", "ghw--linux-amd64-intel-xeon-L5640"),
        "The devices have numa_node and local_cpulist, and no local_cpus.",
        "Bedplate: hwloc reads local_cpus alone, and without it says of every device that it is near to all CPUs.",
    ),
    Difference(
        "lstopo (PCI)",
        ("devices", "places"),
        ("hwloc--32em64t-2n8c+dax+nvme+mic+dimms",),
        "0000:00:11.0 is a bridge whose secondary bus is 0. 0000:00:02.0 (of another machine) has numa_node -1 and "
        "the CPUs 0-3; node 0 has 0-7.",
        "Bedplate: hwloc leaves out a bridge to nowhere, and hangs 0000:00:02.0 on the smallest object that has its "
        "CPUs, node 0.",
    ),
    Difference(
        "lstopo (PCI)",
        ("places",),
        ("procfs--fixtures",),
        "Parts of several machines: the local CPUs are 0-15 and 64-127, and node1 has no CPUs.",
        "Neither can be: Bedplate says that the places are not known, hwloc takes the two CPUs that it has.",
    ),
)


def explained(peer: str, machine: str) -> frozenset[str]:
    """Return the fields in which a peer is known to differ on a machine."""
    return frozenset(
        field for one in DIFFERENCES if one.peer == peer and machine in one.machines for field in one.fields
    )


def table() -> str:
    """Return the differences as a Markdown table."""
    rows = ["| peer | what | files | who is right | machines |", "|---|---|---|---|---|"]
    for one in DIFFERENCES:
        machines = ", ".join(one.machines)
        rows.append(f"| {one.peer} | {', '.join(one.fields)} | {one.files} | {one.verdict} | {machines} |")
    return "\n".join(rows) + "\n"


def page(text: str) -> str:
    """Return the text of docs/peers.md with the table of now in it."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{table()}\n{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
    sys.stdout.write(f"wrote {PAGE}\n")
