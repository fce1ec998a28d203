"""Reads how a host was booted: its command line, its kernel's configuration and log, and what they led to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.errors import ParseError
from bedplate.facts.boot import Boot, Preemption
from bedplate.host.idle import read_idle
from bedplate.host.persisted_cmdline import read_persisted
from bedplate.host.root import CPUINFO_LIMIT_BYTES
from bedplate.parse.cmdline import parse_cmdline
from bedplate.parse.kernel_config import CONFIG_LIMIT_BYTES, parse_kernel_config
from bedplate.parse.kernel_log import WANTED, parse_boot_log
from bedplate.parse.word import parse_truth, parse_word, parse_words
from bedplate.values.reading import Absent, Malformed, Present, Source

if TYPE_CHECKING:
    from bedplate.host.root import Root
    from bedplate.parse.cmdline import Cmdline
    from bedplate.parse.kernel_config import KernelConfig
    from bedplate.parse.kernel_log import BootLog
    from bedplate.values.constants import HostConstants
    from bedplate.values.reading import Reading

_CLOCK = "/sys/devices/system/clocksource/clocksource0"
_KMSG = "/dev/kmsg"
_LOG_FILE = "/var/log/dmesg"


def read_boot(root: Root, constants: HostConstants) -> Boot:
    """Return how the host was booted; a file that is missing or malformed leaves the rest as it is."""
    cmdline = root.reading("/proc/cmdline", parse_cmdline)
    return Boot(
        cmdline=cmdline,
        kernel_config=read_kernel_config(root, constants),
        log=read_boot_log(root),
        clocksource=root.reading(f"{_CLOCK}/current_clocksource", parse_word),
        clocksources=root.reading(f"{_CLOCK}/available_clocksource", parse_words),
        idle=read_idle(root, constants),
        realtime=root.reading(
            "/sys/kernel/realtime", parse_truth, absent="the kernel is built without CONFIG_PREEMPT_RT"
        ),
        preemption=root.reading(
            "/sys/kernel/debug/sched/preempt",
            _preemption,
            needs="root (debugfs)",
            absent="debugfs is not mounted, or the kernel is built without CONFIG_PREEMPT_DYNAMIC",
        ),
        rcu_normal=root.reading(
            "/sys/kernel/rcu_normal", parse_truth, absent="the kernel is built without it (TINY_RCU)"
        ),
        gbpages=_gbpages(root, cmdline),
        persisted=read_persisted(root),
    )


def _preemption(data: bytes) -> Preemption:
    """Return what ``none voluntary (full) lazy`` says: the one in parentheses is in force."""
    words = parse_words(data)
    chosen = [one.strip("()") for one in words if one.startswith("(") and one.endswith(")")]
    if len(chosen) != 1:
        raise ParseError("not a list of preemption models with one in parentheses", text=data)
    return Preemption(chosen[0], tuple(one.strip("()") for one in words))


def read_kernel_config(root: Root, constants: HostConstants) -> Reading[KernelConfig]:
    """Return the configuration of the running kernel; where there are several files, the first that can be read."""
    release = constants.kernel_release
    places = ["/proc/config.gz"]
    # The release is text of the capture; one with a slash or only dots would lead somewhere else.
    if release and "/" not in release and release.strip("."):
        places += [f"/boot/config-{release}", f"/lib/modules/{release}/config", f"/usr/lib/modules/{release}/config"]
    first: Reading[KernelConfig] | None = None
    for place in places:
        reading = root.reading(place, parse_kernel_config, limit=CONFIG_LIMIT_BYTES)
        if not isinstance(reading, Absent):
            return reading
        first = first or reading
    assert isinstance(first, Absent)
    if not first.certain:
        return first
    reason = "the kernel does not show it (CONFIG_IKCONFIG_PROC), and no config file of its release is installed"
    return Absent(first.source, reason, certain=False)


def read_boot_log(root: Root) -> Reading[BootLog]:
    """Return what the kernel log says of the command line; a capture may have it as dmesg printed it."""
    try:
        text, path = root.lines_with(_KMSG, WANTED), _KMSG
    except OSError as error:
        try:
            text, path = root.lines_with(_LOG_FILE, WANTED), _LOG_FILE
        except OSError:
            # kernel.dmesg_restrict: EPERM at open() for whoever has not CAP_SYSLOG, whatever the file's mode.
            return root.missing(_KMSG, error, needs="CAP_SYSLOG (kernel.dmesg_restrict)")
    try:
        return Present(parse_boot_log(text), Source(path))
    except ParseError as error:
        return Malformed(Source(path), text, error.problem, error.text)


def _gbpages(root: Root, cmdline: Reading[Cmdline]) -> Reading[bool] | None:
    """Return whether the CPU has 1 GiB pages.  /proc/cpuinfo asks every CPU its frequency: only where it matters."""
    if not isinstance(cmdline, Present) or not cmdline.value.has("nogbpages"):
        return None
    return root.reading("/proc/cpuinfo", _has_gbpages, limit=CPUINFO_LIMIT_BYTES)


def _has_gbpages(data: bytes) -> bool:
    for line in data.splitlines():
        name, colon, flags = line.partition(b":")
        if colon and name.strip() == b"flags":
            return b"pdpe1gb" in flags.split()
    raise ParseError("no line with the CPU's flags")
