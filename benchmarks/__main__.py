"""Prints all ratio tables in one run; ``--smoke`` runs everything once, ``--rounds N`` as often as one likes."""

from __future__ import annotations

import argparse

from benchmarks import process_files, startup, tasks, topology
from benchmarks.measure import Line, machine

# Each has measure(rounds) -> (table, lines); what cannot be measured here is said in the table, and has no line.
SUBJECTS = (startup, topology, tasks, process_files)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--smoke", action="store_true", help="one round: does it run at all?")
    options = parser.parse_args()
    print(machine(), end="\n\n")
    lines: list[Line] = []
    for subject in SUBJECTS:
        shown, figures = subject.measure(1 if options.smoke else options.rounds)
        print(shown, end="\n\n")
        lines += figures
    for line in lines:
        print(line)


if __name__ == "__main__":
    main()
