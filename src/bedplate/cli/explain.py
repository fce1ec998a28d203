"""``bedplate explain``: a rule in words."""

from __future__ import annotations

import click

from bedplate.cli.output import print_lines


@click.command()
@click.argument("rule", required=False)
def explain(rule: str | None) -> None:
    """Say what RULE (a code such as NUMA003, or a name) checks, why, and what to do; without RULE, list all rules."""
    from bedplate.render.rule_text import rule_lines, rule_list_lines
    from bedplate.rules.registry import all_rules, find_rule

    print_lines(rule_list_lines(all_rules()) if rule is None else rule_lines(find_rule(rule)))
