"""Parses /proc/<pid>/status: a task's state, memory, credentials, signals and where it may run, a line each.

Sources: proc_pid_status() of fs/proc/array.c, task_mem() of fs/proc/task_mmu.c, proc_pid_status(5).

Only the first line holds what a task chose, its name, and there a newline is escaped: no task can forge a line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar, overload

from bedplate.errors import ParseError
from bedplate.parse.comm import unescape_name
from bedplate.parse.decimal import hexadecimal, unsigned
from bedplate.parse.memory_sizes import kib
from bedplate.parse.raw_record import RawRecord, check_lines
from bedplate.values.idset import CpuSet, NodeSet

if TYPE_CHECKING:
    from collections.abc import Callable

# A user may be in 65,536 groups of up to 11 characters; masks of nodes have 2.3 kB.
_LIMIT_BYTES = 1 << 20
_LINE = re.compile(rb"^([A-Za-z_0-9]+):[ \t]*([^\n]*)", re.ASCII | re.MULTILINE)
T = TypeVar("T")


def _key(name: str) -> bytes:
    return b"\n%b:\t" % name.encode("ascii", "replace")


_NAME = _key("Name")


class Ids(NamedTuple):
    """The four ids of one kind that a task acts with, in the user namespace of the reader."""

    real: int
    effective: int
    saved: int
    filesystem: int


class SigQ(NamedTuple):
    """Signals queued for the task's real user, and how many may be."""

    queued: int
    limit: int


class _Line(Generic[T]):
    """What one line says; None where it is not there, as the field's text says why."""

    def __init__(self, name: str, read: Callable[[bytes, str], T]) -> None:
        self.name = name
        self._key = _key(name)
        self._read = read

    @overload
    def __get__(self, status: None, owner: object) -> _Line[T]: ...
    @overload
    def __get__(self, status: PidStatus, owner: object) -> T | None: ...
    def __get__(self, status: PidStatus | None, owner: object) -> _Line[T] | T | None:
        if status is None:
            return self
        text = status.by_key(self._key)
        return None if text is None else self._read(text, self.name)


class _EveryLine(_Line[T]):
    """What a line says that every kernel writes of every task; ParseError where it is not there."""

    @overload
    def __get__(self, status: None, owner: object) -> _Line[T]: ...
    @overload
    def __get__(self, status: PidStatus, owner: object) -> T: ...
    def __get__(self, status: PidStatus | None, owner: object) -> _Line[T] | T:
        if status is None:
            return self
        text = status.by_key(self._key)
        if text is None:
            raise ParseError("no such line", field=self.name, text=status.raw[:100])
        return self._read(text, self.name)


def _ids(text: bytes, field: str) -> Ids:
    words = text.split()
    if len(words) != 4:
        raise ParseError("not four ids", field=field, text=text)
    return Ids(*(unsigned(word, field, 1 << 32) for word in words))


def _numbers(text: bytes, field: str) -> tuple[int, ...]:
    return tuple(unsigned(word, field, 1 << 32) for word in text.split())


def _octal(text: bytes, field: str) -> int:
    if not text.isdigit() or len(text) > 6 or text.strip(b"01234567"):
        raise ParseError("not an octal number", field=field, text=text)
    return int(text, 8)


def _boolean(text: bytes, field: str) -> bool:
    return unsigned(text, field, 2) != 0


def _letter(text: bytes, field: str) -> str:
    if not text[:1].isalpha():
        raise ParseError("not a letter", field=field, text=text)
    return text[:1].decode("ascii")


def _words(text: bytes, _: str) -> str:
    return text.decode("latin-1")


def _sigq(text: bytes, field: str) -> SigQ:
    queued, _, limit = text.partition(b"/")
    return SigQ(unsigned(queued, field), unsigned(limit, field))


def _hexadecimal(text: bytes, field: str) -> int:
    return hexadecimal(text.removeprefix(b"0x"), field)


class PidStatus(RawRecord):
    """One task, or the first of a process; each line is found and read when it is asked for.

    Sizes are in bytes.  Those of memory, Vm and Rss, are None where the task has no address space.
    """

    __slots__ = ()

    name = _EveryLine("Name", lambda text, _: unescape_name(text))
    """As the task gave it to itself: untrusted bytes, without the escapes of this file."""
    umask = _Line("Umask", _octal)
    """None for a task that has ended, and before Linux 4.7."""
    state = _EveryLine("State", _letter)
    """One letter; see :data:`~bedplate.parse.task_state.STATES`."""
    tgid = _EveryLine("Tgid", unsigned)
    """The pid of the process; ``pid`` is that of the thread."""
    ngid = _Line("Ngid", unsigned)
    """The group of tasks that automatic NUMA balancing moves together; 0 is none.  Since Linux 3.13."""
    pid = _EveryLine("Pid", unsigned)
    ppid = _EveryLine("PPid", unsigned)
    tracer_pid = _EveryLine("TracerPid", unsigned)
    """0 where nobody traces it."""
    uid = _EveryLine("Uid", _ids)
    gid = _EveryLine("Gid", _ids)
    fdsize = _EveryLine("FDSize", unsigned)
    groups = _EveryLine("Groups", _numbers)
    nstgid = _Line("NStgid", _numbers)
    """The number in each pid namespace from the reader's own inwards, as nspid, nspgid and nssid; since Linux 4.1."""
    nspid = _Line("NSpid", _numbers)
    nspgid = _Line("NSpgid", _numbers)
    nssid = _Line("NSsid", _numbers)
    kthread = _Line("Kthread", _boolean)
    """Since Linux 6.8."""
    vm_peak = _Line("VmPeak", kib)
    vm_size = _Line("VmSize", kib)
    vm_lck = _Line("VmLck", kib)
    vm_pin = _Line("VmPin", kib)
    vm_hwm = _Line("VmHWM", kib)
    vm_rss = _Line("VmRSS", kib)
    """The sum of the three Rss sizes.  The counters are per CPU: not exact."""
    rss_anon = _Line("RssAnon", kib)
    rss_file = _Line("RssFile", kib)
    rss_shmem = _Line("RssShmem", kib)
    vm_data = _Line("VmData", kib)
    vm_stk = _Line("VmStk", kib)
    vm_exe = _Line("VmExe", kib)
    vm_lib = _Line("VmLib", kib)
    vm_pte = _Line("VmPTE", kib)
    vm_pmd = _Line("VmPMD", kib)
    """Linux 4.0 to 4.14 alone."""
    vm_swap = _Line("VmSwap", kib)
    """Without what shared memory has swapped out."""
    hugetlb_pages = _Line("HugetlbPages", kib)
    """Not within VmRSS."""
    core_dumping = _Line("CoreDumping", _boolean)
    thp_enabled = _Line("THP_enabled", _boolean)
    untag_mask = _Line("untag_mask", _hexadecimal)
    threads = _EveryLine("Threads", unsigned)
    sig_q = _EveryLine("SigQ", _sigq)
    sig_pnd = _EveryLine("SigPnd", hexadecimal)
    """A mask: bit n - 1 is signal n."""
    shd_pnd = _EveryLine("ShdPnd", hexadecimal)
    sig_blk = _EveryLine("SigBlk", hexadecimal)
    sig_ign = _EveryLine("SigIgn", hexadecimal)
    sig_cgt = _EveryLine("SigCgt", hexadecimal)
    cap_inh = _EveryLine("CapInh", hexadecimal)
    """A mask: bit n is capability n of capabilities(7)."""
    cap_prm = _EveryLine("CapPrm", hexadecimal)
    cap_eff = _EveryLine("CapEff", hexadecimal)
    cap_bnd = _EveryLine("CapBnd", hexadecimal)
    cap_amb = _Line("CapAmb", hexadecimal)
    """Since Linux 4.3."""
    no_new_privs = _Line("NoNewPrivs", _boolean)
    seccomp = _Line("Seccomp", unsigned)
    """0 off, 1 strict, 2 filter."""
    seccomp_filters = _Line("Seccomp_filters", unsigned)
    speculation_store_bypass = _Line("Speculation_Store_Bypass", _words)
    speculation_indirect_branch = _Line("SpeculationIndirectBranch", _words)
    x86_thread_features = _Line("x86_Thread_features", _words)
    x86_thread_features_locked = _Line("x86_Thread_features_locked", _words)
    cpus_allowed = _EveryLine("Cpus_allowed", lambda text, _: CpuSet.from_mask(text))
    """Where the task may run; offline CPUs may be in it, and CPUs that its cpuset forbids may not."""
    cpus_allowed_list = _EveryLine("Cpus_allowed_list", lambda text, _: CpuSet.from_list(text))
    mems_allowed = _Line("Mems_allowed", lambda text, _: NodeSet.from_mask(text))
    """The nodes that it may have memory from, by its cpuset; None without CONFIG_CPUSETS."""
    mems_allowed_list = _Line("Mems_allowed_list", lambda text, _: NodeSet.from_list(text))
    voluntary_ctxt_switches = _EveryLine("voluntary_ctxt_switches", unsigned)
    nonvoluntary_ctxt_switches = _EveryLine("nonvoluntary_ctxt_switches", unsigned)

    @property
    def has_address_space(self) -> bool:
        """Whether the task has memory of its own: kernel threads and zombies have none, which is not 0 bytes of it."""
        return self.text("VmSize") is not None

    @property
    def unknown(self) -> dict[str, bytes]:
        """What stands behind each name that has no field here."""
        known = {line.name for line in vars(PidStatus).values() if isinstance(line, _Line)}
        found = {name.decode("ascii"): text.rstrip() for name, text in _LINE.findall(self.raw)}
        return {name: text for name, text in found.items() if name not in known}

    def text(self, name: str) -> bytes | None:
        """Return what stands behind a name, such as ``VmRSS``; None where there is no such line."""
        return self.by_key(_key(name))

    def by_key(self, key: bytes) -> bytes | None:
        """Return what stands behind ``key``: a newline, a name, a colon and a tab; None where there is no such line."""
        raw = self.raw
        at = raw.find(key)
        if at < 0 and not raw.startswith(key[1:]):
            return None
        start = at + len(key)
        text = raw[start : raw.find(b"\n", start)]
        # Sizes are padded with spaces in front, and a list of groups ends with one; a name may do so too, and is kept.
        return text if key == _NAME else text.strip(b" \t")


def parse_pid_status(raw: bytes) -> PidStatus:
    """Return what a status file tells; a line that cannot be read raises ParseError when it is asked for."""
    check_lines(raw, _LIMIT_BYTES, "status")
    if not raw.startswith(b"Name:\t") and b"\nName:\t" not in raw:
        raise ParseError("no name: not the status of a task", field="Name", text=raw[:100])
    return PidStatus(raw)
