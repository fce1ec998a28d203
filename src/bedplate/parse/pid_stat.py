"""Parses /proc/<pid>/stat: one line of a task's numbers behind its name.

Sources: do_task_stat() of fs/proc/array.c, proc_pid_stat(5), whose names the fields have.

The name stands second, in parentheses and as it is: ``)``, spaces, newlines and terminal sequences may be in it.  All
that stands behind it is one letter, digits, signs and spaces.  So the LAST ``)`` of the text closes the name whatever
the name holds, and no task can forge a field.  The text is one record and maybe several lines: never read it by lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from bedplate.errors import ParseError
from bedplate.parse.decimal import S64_LEAST, U64_LIMIT, unsigned
from bedplate.parse.task_state import Addresses, TaskFlag

if TYPE_CHECKING:
    from bedplate.values.constants import HostConstants

# Linux 2.2 wrote 37 fields and 7.2 writes 52; a hundred more would fit.
_LIMIT_BYTES = 4096
_LEAST_FIELDS = 37
_KNOWN_FIELDS = 52
_FIRST_NUMBER = 4
# What stands for startcode and endcode of a task that the reader may not look into.
_HIDDEN = 1


class _Field:
    """A number that every kernel writes; ``position`` is that of proc_pid_stat(5)."""

    def __init__(self, position: int) -> None:
        self._at = position - _FIRST_NUMBER

    @overload
    def __get__(self, stat: None, owner: object) -> _Field: ...
    @overload
    def __get__(self, stat: PidStat, owner: object) -> int: ...
    def __get__(self, stat: PidStat | None, owner: object) -> _Field | int:
        return self if stat is None else stat.numbers[self._at]


class _LaterField:
    """A number that older kernels do not write: None then."""

    def __init__(self, position: int) -> None:
        self._at = position - _FIRST_NUMBER

    @overload
    def __get__(self, stat: None, owner: object) -> _LaterField: ...
    @overload
    def __get__(self, stat: PidStat, owner: object) -> int | None: ...
    def __get__(self, stat: PidStat | None, owner: object) -> _LaterField | int | None:
        if stat is None:
            return self
        return stat.numbers[self._at] if len(stat.numbers) > self._at else None


class _AddressField(_LaterField):
    """An address: None where the reader may not see it, and where the task has no address space."""

    @overload
    def __get__(self, stat: None, owner: object) -> _AddressField: ...
    @overload
    def __get__(self, stat: PidStat, owner: object) -> int | None: ...
    def __get__(self, stat: PidStat | None, owner: object) -> _LaterField | int | None:
        if stat is None:
            return self
        return super().__get__(stat, owner) if stat.addresses is Addresses.VISIBLE else None


@dataclass(frozen=True, slots=True)
class PidStat:
    """One task, or one process with the sums of its threads, as /proc/<pid>/stat tells of it."""

    pid: int
    comm: bytes
    """The name as the task gave it to itself: untrusted bytes; 15 of a user's task, more of a kernel worker."""
    state: str
    """One letter; :data:`~bedplate.parse.task_state.STATES` says what it means, and may not know a later one."""
    numbers: tuple[int, ...]
    """Fields 4 and on as they stand, 34 at least."""

    ppid = _Field(4)
    pgrp = _Field(5)
    session = _Field(6)
    tty_nr = _Field(7)
    tpgid = _Field(8)
    """-1 where there is no terminal."""
    minflt = _Field(10)
    cminflt = _Field(11)
    majflt = _Field(12)
    cmajflt = _Field(13)
    utime = _Field(14)
    """Ticks in user mode; HostConstants.ticks_per_second tells how many make a second."""
    stime = _Field(15)
    cutime = _Field(16)
    """Signed, as cstime is: both ends of 64 bits have been seen."""
    cstime = _Field(17)
    priority = _Field(18)
    """20 + nice for ordinary tasks, -1 - rt_priority for real-time ones."""
    nice = _Field(19)
    num_threads = _Field(20)
    """0 of a task that has been reaped."""
    itrealvalue = _Field(21)
    """Always 0 since Linux 2.6.17."""
    starttime = _Field(22)
    """Ticks since boot; with the pid, what tells a task from a later one of the same pid."""
    vsize = _Field(23)
    """Bytes; 0 where there is no address space."""
    rsslim = _Field(25)
    """Bytes; 18446744073709551615 is no limit."""
    startcode = _AddressField(26)
    endcode = _AddressField(27)
    startstack = _AddressField(28)
    kstkesp = _AddressField(29)
    """0 since Linux 4.11 unless the task is dumping core; kstkeip too."""
    kstkeip = _AddressField(30)
    signal = _Field(31)
    """The signals 1 to 31 alone, as are blocked, sigignore and sigcatch; status has all of them."""
    blocked = _Field(32)
    sigignore = _Field(33)
    sigcatch = _Field(34)
    wchan = _AddressField(35)
    """Whether the task waits in the kernel, 0 or 1, since Linux 4.4; an address before."""
    nswap = _Field(36)
    """Always 0."""
    cnswap = _Field(37)
    """Always 0."""
    exit_signal = _LaterField(38)
    processor = _LaterField(39)
    rt_priority = _LaterField(40)
    """1 to 99 for real-time tasks, 0 for others."""
    policy = _LaterField(41)
    delayacct_blkio_ticks = _LaterField(42)
    """0 also where delays are not counted (kernel.task_delayacct)."""
    guest_time = _LaterField(43)
    cguest_time = _LaterField(44)
    start_data = _AddressField(45)
    end_data = _AddressField(46)
    start_brk = _AddressField(47)
    arg_start = _AddressField(48)
    arg_end = _AddressField(49)
    env_start = _AddressField(50)
    env_end = _AddressField(51)

    @property
    def flags(self) -> TaskFlag:
        """The PF_ flags of the task, field 9."""
        return TaskFlag(self.numbers[9 - _FIRST_NUMBER])

    @property
    def last_cpu(self) -> int | None:
        """The CPU that the task ran on last, field 39; None before Linux 2.2.8."""
        return self.processor

    @property
    def has_address_space(self) -> bool:
        """Whether the task has memory of its own: kernel threads and zombies have none, which is not 0 bytes of it."""
        # get_task_mm() decides both fields; an address space without one mapping cannot return from its system call.
        return self.numbers[23 - _FIRST_NUMBER] != 0 or self.numbers[26 - _FIRST_NUMBER] != 0

    @property
    def addresses(self) -> Addresses:
        """Whether the reader was shown the addresses of the task; ptrace(2) says who may see them."""
        if not self.has_address_space:
            return Addresses.NONE
        start, end = self.numbers[26 - _FIRST_NUMBER], self.numbers[27 - _FIRST_NUMBER]
        return Addresses.HIDDEN if start == end == _HIDDEN else Addresses.VISIBLE

    @property
    def rss(self) -> int | None:
        """Resident pages, field 24; None where there is no address space.

        Each CPU keeps some dozens of pages that it has not added up: a small task may read 0.  Since Linux 6.16 statm
        and status add them up, stat does not.
        """
        return self.numbers[24 - _FIRST_NUMBER] if self.has_address_space else None

    def rss_bytes(self, constants: HostConstants) -> int | None:
        """Return resident bytes; None without an address space, and where the host's page size is not known."""
        page = constants.page_size_bytes
        return None if page is None or self.rss is None else self.rss * page

    def cpu_seconds(self, constants: HostConstants) -> float | None:
        """Return seconds in user and kernel mode; None where the host's ticks per second are not known."""
        ticks = constants.ticks_per_second
        return None if ticks is None else (self.utime + self.stime) / ticks

    @property
    def exit_code(self) -> int | None:
        """What waitpid(2) would tell, field 52; None before Linux 3.5, and where it cannot be known.

        Of a stopped task it is the signal that stopped it.
        A reader who may not look into the task is shown 0.  Of a task without an address space nothing else tells
        whether he may, so there a 0 is not taken for a success.
        """
        shown = self.numbers[52 - _FIRST_NUMBER] if len(self.numbers) > 52 - _FIRST_NUMBER else None
        return shown if shown or self.addresses is Addresses.VISIBLE else None

    @property
    def unknown(self) -> tuple[int, ...]:
        """The fields behind the 52 that are known here."""
        return self.numbers[_KNOWN_FIELDS - _FIRST_NUMBER + 1 :]


def parse_pid_stat(raw: bytes) -> PidStat:
    """Return what a stat file tells; 37 fields at least, and each number one of 64 bits, signed or unsigned."""
    pid, comm, tail = _opened(raw)
    state, _, text = tail.partition(b" ")
    # int() would take underscores and tabs as well; what is left without all that may stand here must be nothing.
    if len(state) != 1 or not state.isalpha() or text.translate(None, b"0123456789 -"):
        raise ParseError("not a letter and numbers behind the name", field="state", text=tail)
    try:
        numbers = tuple(map(int, text.split(b" ")))
    except ValueError:
        raise ParseError("not numbers with a space between them", text=text) from None
    if len(numbers) < _LEAST_FIELDS - _FIRST_NUMBER + 1:
        raise ParseError(f"cut off: {len(numbers) + 3} fields, {_LEAST_FIELDS} at least are written", text=text)
    if max(numbers) >= U64_LIMIT or min(numbers) < S64_LEAST:
        raise ParseError("a number of more than 64 bits", text=text)
    return PidStat(pid, comm, state.decode("ascii"), numbers)


def _opened(raw: bytes) -> tuple[int, bytes, bytes]:
    """Return the pid, the name, and what stands behind it without the last newline."""
    end = raw.rfind(b")", 0, _LIMIT_BYTES + 1)
    start = raw.find(b" (", 0, end)
    if len(raw) > _LIMIT_BYTES or start < 0 or raw[end + 1 : end + 2] != b" " or raw[-1:] != b"\n":
        raise ParseError("not one task: a pid, a name in parentheses and fields up to a newline", text=raw[:400])
    return unsigned(raw[:start], "pid"), raw[start + 2 : end], raw[end + 2 : -1]
