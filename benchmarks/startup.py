"""How long the command line takes to say its help, and to check a small host."""

from __future__ import annotations

from benchmarks.measure import BARE, BEDPLATE, Command, Line, costs, table

FINDINGS = frozenset({0, 1, 3})
COMMANDS = (
    Command("python -c pass", BARE),
    Command("bedplate --help", (BEDPLATE, "--help")),
    Command("bedplate explain NUMA001", (BEDPLATE, "explain", "NUMA001")),
    Command("bedplate check", (BEDPLATE, "check"), codes=FINDINGS),
    Command("bedplate check --format json", (BEDPLATE, "check", "--format", "json"), codes=FINDINGS),
)


def measure(rounds: int) -> tuple[str, list[Line]]:
    """Return the table of this subject, and its figures with their targets."""
    measured = costs(COMMANDS, rounds)
    bare, shown_help, _, check, _ = measured
    peak = max(cost.peak_rss_bytes for cost in measured)
    return table("Start-up, on this host", measured, bare.name), [
        Line("bedplate --help, to a bare interpreter start", shown_help.median_s / bare.median_s, 6),
        Line("bedplate check of this host, to a bare interpreter start", check.median_s / bare.median_s, 20),
        Line("peak memory of bedplate check", peak / 1e6, 80, "MB"),
    ]
