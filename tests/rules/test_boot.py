"""The rules on the command line: which state a host is in, for which words, and with what reason."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import recorded
from tests.topologies import recorded_topology

from bedplate.facts.boot import Boot
from bedplate.facts.facts import Facts, Sections
from bedplate.facts.persisted_cmdline import Keeper, PersistedLine
from bedplate.facts.specimen import booted, specimen, specimen_topology
from bedplate.facts.specimen_boot import specimen_boot, specimen_config, specimen_log, specimen_persisted
from bedplate.host.host import Host
from bedplate.parse.cmdline import parse_cmdline
from bedplate.parse.kernel_log import parse_boot_log
from bedplate.policy import DEFAULT, Profile
from bedplate.rules.engine import run
from bedplate.rules.registry import find_rule, rules_of
from bedplate.rules.rule import Finding, Section, Severity, State
from bedplate.rules.specimen_profile import wanting
from bedplate.values.constants import HostConstants
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Denied, Present, Reading, Source

SETTINGS: dict[str, int | str | bool] = {
    "boot.isolcpus_domain": False,
    "boot.skew_tick": 1,
    "boot.clocksource": "tsc",
    "boot.idle": "absent",
    "boot.preemption": "full,lazy,realtime",
    "boot.threadirqs": True,
    "boot.rcu_normal_after_boot": True,
    "iso.sets_match": True,
}
WISHES = wanting(SETTINGS)
JUDGES = (*rules_of(Section.BOOT), find_rule("ISO001"), find_rule("ISO002"))


def findings(code: str, facts: Facts, profile: Profile = DEFAULT) -> list[Finding]:
    return list(run([find_rule(code)], facts, profile).findings)


def only(code: str, facts: Facts, profile: Profile = DEFAULT) -> Finding:
    (finding,) = findings(code, facts, profile)
    return finding


def on(architecture: str | None, line: str) -> Facts:
    facts = booted(line)
    constants = replace(facts.constants, architecture=architecture)
    return Facts(constants, Sections(boot=facts.boot, topology=facts.topology, isolation=facts.isolation))


def unread(**fields: Reading[object]) -> Facts:
    return specimen(boot=specimen_boot("quiet", **fields))


@pytest.mark.parametrize("code", [rule.code for rule in rules_of(Section.BOOT)])
def test_without_a_command_line_all_is_unknown(code: str) -> None:
    lost = Absent(Source("/proc/cmdline"), "not in this capture", certain=False)
    found = findings(code, unread(cmdline=lost), WISHES)
    # Which clock, which idle states and which preemption model are in force can be seen without it.
    expected = {State.NOT_APPLICABLE} if code == "BOOT008" else {State.UNKNOWN}
    assert {finding.state for finding in found} <= expected | ({State.PASS} if code == "BOOT015" else set())


def test_every_fault_of_a_line_is_told() -> None:
    # The first one that was met once hid all others.
    line = "isolcpus='2' nohz_full=2-90 skew_tick=1 skew_tick=0 noapic acpi=off nogbpages"
    report = run(rules_of(Section.BOOT), booted(line), DEFAULT)
    failed = [finding.rule.code for finding in report.findings if finding.state is State.FAIL]
    assert failed == ["BOOT001", "BOOT002", "BOOT002", "BOOT003", "BOOT012", "BOOT012", "BOOT013"]


@pytest.mark.parametrize(
    "line", ["numa_balancing=maybe", "isolcpus=managed_irq,2", "isolcpus=sparkling,2", "tsc=", "idle"]
)
def test_a_value_that_nobody_knows_ends_no_rule(line: str) -> None:
    # An unknown value of a parameter once ended the program.
    states = {finding.state for finding in run(JUDGES, booted(line), WISHES).findings}
    assert State.ERROR not in states


def test_a_fault_names_its_bytes_in_the_file() -> None:
    finding = only("BOOT002", booted("quiet nohz_full=2-90"))
    assert finding.evidence[0] == ("specimen/cmdline", (6, 20), "nohz_full=2-90", None)
    assert finding.expected == ("subset", CpuSet(range(8)))
    assert finding.reason == "nohz_full: it names CPU 90, and the last one is 7; the kernel ignores it whole"


def test_a_list_that_names_nothing_does_not_pass() -> None:
    finding = only("BOOT002", booted("nohz_full="))
    assert (finding.state, finding.reason) == (State.FAIL, "nohz_full names no CPU: it does nothing")


def test_what_the_kernel_said_of_a_list_is_evidence() -> None:
    log = specimen_log("rcu: rcu_nocbs= bad CPU range, all CPUs set")
    finding = only("BOOT002", booted("rcu_nocbs=two", log=log))
    assert "the kernel offloads every CPU instead" in finding.reason
    assert "rcu_nocbs= bad CPU range, all CPUs set" in [piece.raw for piece in finding.evidence]


def test_a_list_to_the_last_cpu_needs_to_know_it() -> None:
    topology = replace(specimen_topology(), possible=Absent(Source("possible"), "not in this capture", certain=False))
    assert only("BOOT002", booted("nohz_full=2-N", topology)).state is State.UNKNOWN
    assert only("BOOT002", booted("nohz_full=2-3", topology)).state is State.PASS
    assert only("BOOT002", booted("quiet")).state is State.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("architecture", "bytes_", "state"),
    [
        ("x86_64", 2046, State.PASS),
        ("x86_64", 2047, State.FAIL),
        ("aarch64", 2047, State.FAIL),
        ("riscv64", 1023, State.FAIL),
        ("riscv64", 1022, State.PASS),
        ("alpha", 255, State.FAIL),
        ("s390x", 5000, State.UNKNOWN),
        (None, 10, State.UNKNOWN),
    ],
)
def test_length(architecture: str | None, bytes_: int, state: State) -> None:
    assert only("BOOT004", on(architecture, "a" * bytes_)).state is state


def test_length_where_it_is_a_build_option_and_with_a_boot_configuration() -> None:
    built = specimen_boot("a" * 100, kernel_config=specimen_config(b"CONFIG_COMMAND_LINE_SIZE=101\n"))
    assert only("BOOT004", specimen(boot=built)).state is State.FAIL
    assert only("BOOT004", booted("bootconfig " + "a" * 3000)).state is State.UNKNOWN


def unknown_words(line: str, words: str | None) -> list[Finding]:
    text = "" if words is None else f'Unknown kernel command line parameters "{words}", will be passed to user space.'
    return findings("BOOT005", booted(line, log=specimen_log(text)))


def test_words_that_the_kernel_names() -> None:
    line = "quiet splash isolcpu=2-3 isolcpus=all frobnicate name=a"
    found = unknown_words(line, "splash frobnicate isolcpu=2-3 isolcpus=all name=a")
    assert [(one.severity, one.reason) for one in found] == [
        (Severity.WARNING, "the kernel does not know isolcpu; isolcpus was meant, most likely"),
        (
            Severity.WARNING,
            "the kernel did not take isolcpus=all: its value is not one, or this kernel is built without it",
        ),
        (Severity.INFO, "the kernel does not know frobnicate and handed it to init"),
        (Severity.INFO, "the kernel does not know name and handed it to init"),
    ]


def test_a_kernel_that_says_nothing_knows_every_word() -> None:
    (finding,) = unknown_words("isolcpu=2-3 my_own_kernels_word", None)
    assert finding.state is State.PASS


def test_words_without_a_value_before_init_are_never_named() -> None:
    (finding,) = unknown_words("nohzfull rdinit=/bin/sh", None)
    assert (finding.state, finding.actual) == (State.FAIL, "nohzfull")


def test_without_the_whole_log_only_typos_can_be_told() -> None:
    denied = Denied(Source("specimen/kmsg"), 1, "CAP_SYSLOG")
    states = [(one.state, one.actual) for one in findings("BOOT005", booted("isolcpu=2", log=denied))]
    assert states == [(State.FAIL, "isolcpu"), (State.UNKNOWN, None)]
    assert "CAP_SYSLOG" in only("BOOT005", booted("quiet", log=denied)).reason
    wrapped = Present(parse_boot_log(b"6,9000,1,-;eth0: link up\n"), Source("specimen/kmsg"))
    assert "no longer goes back" in only("BOOT005", booted("quiet", log=wrapped)).reason
    absent = Absent(Source("specimen/kmsg"), "no such file")
    assert only("BOOT005", booted("quiet", log=absent)).state is State.UNKNOWN


def test_an_old_kernels_silence_means_nothing() -> None:
    facts = booted("quiet")
    old = Facts(replace(facts.constants, kernel_release="4.18.0-553.el8"), Sections(boot=facts.boot))
    assert "may not name unknown parameters" in only("BOOT005", old).reason


def kept(line: str | None, keeper: Keeper, path: str, kernel: str = "", title: str = "") -> PersistedLine:
    cmdline = None if line is None else parse_cmdline(line.encode())
    return PersistedLine(keeper, path, 7, cmdline, "" if line is not None else "line 7 runs a command", title, kernel)


def persisted(line: str, *lines: PersistedLine, config: bytes = b"CONFIG_SMP=y\n") -> list[Finding]:
    kept_lines = Present(lines, Source(lines[0].path))
    return findings("BOOT006", booted(line, persisted=kept_lines, kernel_config=specimen_config(config)))


def test_pending_and_lost() -> None:
    found = persisted("quiet isolcpus=2-3", kept("quiet audit=0 foo=1", Keeper.GRUB_DEFAULT, "/etc/default/grub"))
    assert [(one.state, one.severity, one.actual) for one in found] == [
        (State.PENDING_REBOOT, Severity.ERROR, ("audit=0", "foo=1")),
        (State.FAIL, Severity.ERROR, ("isolcpus=2-3",)),
    ]
    assert found[0].reason == "/etc/default/grub:7 says audit=0 foo=1, with which this host was not booted"
    assert "lost when the menu is next written" in found[1].reason
    (one,) = persisted("quiet foo=1", kept("quiet", Keeper.GRUB_DEFAULT, "/etc/default/grub"))
    assert one.severity is Severity.WARNING


def test_the_entry_of_the_running_kernel_is_compared() -> None:
    entries = (
        kept("quiet", Keeper.GRUB_MENU, "grub.cfg", "/boot/vmlinuz-6.1"),
        kept("quiet nohz_full=2-3", Keeper.GRUB_MENU, "grub.cfg", "/boot/vmlinuz-6.12"),
        kept("single nohz_full=2-3", Keeper.GRUB_MENU, "grub.cfg", "/boot/vmlinuz-6.12"),
    )
    (finding,) = persisted("BOOT_IMAGE=(hd0,gpt2)/boot/vmlinuz-6.12 root=/dev/vda1 ro quiet nohz_full=2,3", *entries)
    assert finding.state is State.PASS
    (finding,) = persisted("BOOT_IMAGE=/boot/vmlinuz-7.0 quiet", *entries)
    assert finding.state is State.UNKNOWN
    assert "none of the 3 boot entries is for the running kernel" in finding.reason


def test_the_entry_is_known_by_the_release_where_the_boot_loader_does_not_say() -> None:
    (finding,) = persisted("quiet", kept("quiet", Keeper.BOOT_ENTRY, "a.conf", "/abc/6.12.0/linux"))
    assert finding.state is State.PASS


def test_what_only_a_shell_could_tell_is_unknown() -> None:
    (finding,) = persisted("quiet", kept(None, Keeper.GRUB_DEFAULT, "/etc/default/grub"))
    assert finding.state is State.UNKNOWN
    assert "line 7 runs a command" in finding.reason
    (finding,) = persisted("quiet", kept(None, Keeper.BOOT_ENTRY, "a.conf"))
    assert finding.state is State.UNKNOWN


def test_what_the_kernel_was_built_with_is_nobodys_to_keep() -> None:
    config = b'CONFIG_CMDLINE="mitigations=auto"\n'
    line = "mitigations=auto quiet"
    (finding,) = persisted(line, kept("quiet", Keeper.FIRMWARE, "cmdline.txt"), config=config)
    assert finding.state is State.PASS
    assert only("BOOT006", booted("quiet")).state is State.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("code", "line"), [("BOOT009", "quiet"), ("BOOT012", "acpi=off noapic"), ("BOOT013", "nogbpages")]
)
def test_what_is_of_x86_alone(code: str, line: str) -> None:
    assert only(code, on("aarch64", line), WISHES).state is State.NOT_APPLICABLE
    assert only(code, on("s390x", line), WISHES).state is State.NOT_APPLICABLE


def test_pages_that_the_cpu_lacks_are_not_missed() -> None:
    lacking: Reading[bool] = Present(False, Source("specimen/cpuinfo"))
    assert only("BOOT013", booted("nogbpages", gbpages=lacking)).state is State.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("line", "online", "state"),
    [
        ("maxcpus=8", "0-7", State.PASS),
        ("maxcpus=4", "0-7", State.PASS),
        ("maxcpus=4", "0-3", State.FAIL),
        ("nosmp", "0", State.FAIL),
        ("maxcpus=0", "0", State.FAIL),
        ("nr_cpus=16", "0-7", State.PASS),
        ("nr_cpus=8", "0-7", State.FAIL),
        ("possible_cpus=x", "0-7", State.FAIL),
    ],
)
def test_cpus_taken_away(line: str, online: str, state: State) -> None:
    topology = replace(specimen_topology(), online=CpuSet.from_list(online))
    assert only("BOOT011", booted(line, topology)).state is state
    declared = wanting({"boot.cpus_capped": True})
    assert only("BOOT011", booted(line, topology), declared).state is State.NOT_APPLICABLE


def test_build_options() -> None:
    bare = specimen_config(b"CONFIG_SMP=y\n")
    found = findings("BOOT014", booted("nohz-full=2 rcu_nocbs=2 irqaffinity=0", kernel_config=bare))
    assert [finding.reason.partition(" and does")[0] for finding in found] == [
        "the kernel is built without CONFIG_NO_HZ_FULL",
        "the kernel is built without CONFIG_RCU_NOCB_CPU",
    ]
    hidden = Absent(Source("/proc/config.gz"), "the kernel does not show it", certain=False)
    assert only("BOOT014", booted("nohz_full=2", kernel_config=hidden)).state is State.UNKNOWN
    assert only("BOOT014", booted("quiet", kernel_config=hidden)).state is State.NOT_APPLICABLE


@pytest.mark.parametrize("word", ["intel_iommu=off", "psi=0", "transparent_hugepage=never", "nosoftlockup"])
def test_what_switches_off_needs_no_support(word: str) -> None:
    bare = specimen_config(b"CONFIG_SMP=y\n")
    assert only("BOOT014", booted(word, kernel_config=bare)).state is State.NOT_APPLICABLE
    (finding,) = unknown_words(word, word)
    assert finding.severity is Severity.INFO


def test_the_preemption_model_is_known_from_what_can_be_read() -> None:
    hidden = Absent(Source("specimen/preempt"), "debugfs is not mounted")
    config = specimen_config(b"CONFIG_PREEMPT_VOLUNTARY=y\n")
    wish = wanting({"boot.preemption": "voluntary"})
    assert only("BOOT015", booted("quiet", preemption=hidden, kernel_config=config), wish).state is State.PASS
    # Without PREEMPT_DYNAMIC the parameter does nothing.
    assert only("BOOT015", booted("preempt=full", preemption=hidden, kernel_config=config), wish).state is State.PASS
    lost = Absent(Source("config"), "not in this capture", certain=False)
    both = booted("quiet", preemption=replace(hidden, certain=False), kernel_config=lost)
    assert only("BOOT015", both, wish).state is State.UNKNOWN


def test_interrupt_threads_of_a_real_time_kernel() -> None:
    realtime: Reading[bool] = Present(True, Source("specimen/realtime"))
    assert only("BOOT016", booted("quiet", realtime=realtime), WISHES).state is State.NOT_APPLICABLE


def test_few_cpus_need_no_skew() -> None:
    assert only("BOOT008", booted("quiet"), WISHES).state is State.NOT_APPLICABLE


LINES = st.lists(
    st.sampled_from(
        ["isolcpus=", "nohz_full=2-", "rcu_nocbs", "2-3", "all", "N", ",", " ", '"', "'", "--", "=", "hugepages=0:1 ",
         "maxcpus=-1 ", "nr_cpus=1 ", "acpi=off ", "preempt=x ", "idle=poll ", "tsc= ", "skew_tick ", "BOOT_IMAGE=) ",
         "\xe0", "\udcff", "init=a "]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(LINES, st.sampled_from(["x86_64", "aarch64", "ppc64le", None]), st.booleans())
def test_no_line_ends_a_rule(line: str, architecture: str | None, known: bool) -> None:
    topology = specimen_topology()
    if not known:
        topology = replace(topology, possible=Absent(Source("possible"), "not in this capture", certain=False))
    boot: Boot = specimen_boot(line, persisted=specimen_persisted("quiet isolcpus=2-N"))
    facts = specimen(topology, boot=boot)
    sections = Sections(boot=boot, topology=topology, isolation=facts.isolation)
    for profile in (DEFAULT, WISHES, wanting(SETTINGS, isolated="2-3")):
        report = run(JUDGES, Facts(HostConstants(architecture=architecture), sections), profile)
        assert [one.reason for one in report.findings if one.state is State.ERROR] == []


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    with Host.open(str(recorded.folder(machine))) as host:
        sections = Sections(boot=host.boot, topology=recorded_topology(machine), isolation=host.isolation)
        report = run(JUDGES, Facts(host.constants, sections), DEFAULT)
        has_line = isinstance(host.boot.cmdline, Present)
    states = {finding.rule.code: finding.state for finding in report.findings}
    assert State.ERROR not in states.values()
    assert states["BOOT001"] is (State.PASS if has_line else State.UNKNOWN)
    assert states["BOOT005"] is State.UNKNOWN, "none of these keeps its log"
    failed = [finding.rule.code for finding in report.findings if finding.state is State.FAIL]
    # Made of parts of several machines: cpu/isolated reads 1-7,9 and no isolcpus= asks for it.
    assert failed == (["ISO002"] if machine == "procfs--fixtures" else [])
