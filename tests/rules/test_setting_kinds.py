"""What a profile may want of each setting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import ProfileError
from bedplate.facts.sysctls import CATALOGUE, Kind
from bedplate.policy import Profile
from bedplate.rules.comparison import fits
from bedplate.rules.registry import all_rules, refuse_unknown_settings
from bedplate.rules.rule import Rule
from bedplate.rules.setting_kinds import kind_of
from bedplate.rules.specimen_profile import wanting

SETTINGS = sorted({setting for rule in all_rules() for setting in rule.settings})


def complaints(profile: Profile) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        refuse_unknown_settings(profile)
    return [str(caught.value), *caught.value.more]


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_of_a_rule_has_a_kind(setting: str) -> None:
    kind = kind_of(setting)
    assert kind is not None
    assert kind.accepted
    assert not kind.accepts("no such value, ever")
    assert not kind.accepts("")
    assert not kind.accepts(1.5)


def with_settings(rules: tuple[Rule, ...]) -> list[Rule]:
    return [rule for rule in rules if rule.settings]


@pytest.mark.parametrize("rule", with_settings(all_rules()), ids=lambda rule: rule.code)
def test_the_specimens_of_a_rule_want_what_may_be_wanted(rule: Rule) -> None:
    specimens = rule.specimens()
    for _, profile in (*specimens.passing, *specimens.failing):
        if profile is not None:
            refuse_unknown_settings(profile)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    wrong = wanting(
        {
            "kernel.numa_balancing": "zero",
            "iso.sets_match": "yes",
            "numa.memory_imbalance_percent": -5,
            "boot.clocksource": 7,
            "boot.skew_tick": True,
            "numa.tierring": True,
        },
        isolated="2-99x",
    )
    number = "a whole number from 0 to 4, or a text of such numbers and ranges as in “0,600..”"
    assert complaints(wrong) == [
        "profile specimen isolates: 2-99x: not a number or a range; must be a list such as 2-7, a mask such as 0xfc, "
        "or one of none, all-but-first-core, all-but-first-core-per-node: “2-99x”",
        f"profile specimen expects “zero” of kernel.numa_balancing: must be {number}",
        "profile specimen expects “yes” of iso.sets_match: must be true or false",
        "profile specimen expects -5 of numa.memory_imbalance_percent: must be a whole number from 0 to 100",
        "profile specimen expects 7 of boot.clocksource: must be a name, such as “tsc”",
        "profile specimen expects something of 'numa.tierring', which no rule looks at; did you mean numa.tiering?",
    ]


@pytest.mark.parametrize(
    ("setting", "right", "wrong"),
    [
        ("numa.memory_imbalance_percent", (0, 100), (-1, 101, True, "5")),
        ("numa.remote_allocations", (0,), (1, False, "0")),
        ("boot.hashdist", (0, 1, True, False), (2, -1, "1")),
        ("boot.threadirqs", (True, False), (0, 1, "true")),
        ("boot.idle", ("absent", "poll"), ("pol", 1, True)),
        ("boot.clocksource", ("tsc", "arch_sys_counter"), ("", " ", "tsc hpet", True)),
        ("boot.preemption", ("full", "none,voluntary,lazy", "full, lazy"), ("", ",", "fully", "full,x", True)),
        ("kernel.watchdog_cpumask", ("all", "housekeeping"), ("0-3", 0)),
        ("pci.aspm_policy", ("performance",), ("fast", 1)),
        ("vm.swappiness", (0, 200, "0,10..20", "..60", "10.."), (-1, 201, True, "low", "20..10", "0..201", "..")),
        ("vm.panic_on_oom", (0, 2, "1,2"), (3, True, "0,3")),
        ("vm.numa_stat", (0, 1, True), (2, "2")),
        # The catalogue has their limits on most kernels; some take more.
        ("kernel.shmmni", (32768, 1 << 24), ((1 << 24) + 1,)),
    ],
)
def test_what_is_accepted(setting: str, right: tuple[object, ...], wrong: tuple[object, ...]) -> None:
    kind = kind_of(setting)
    assert kind is not None
    assert [value for value in (*right, *wrong) if kind.accepts(value)] == list(right)


def test_settings_of_the_kernel_need_no_entry() -> None:
    for name, key in CATALOGUE.items():
        kind = kind_of(name)
        assert kind is not None, name
        if key.kind is Kind.INTEGER and isinstance(key.default, int):
            assert kind.accepts(key.default), name
    assert kind_of("kernel.no_such") is None


@given(st.text("0123456789.,- x", max_size=12))
def test_what_is_accepted_can_be_compared(text: str) -> None:
    kind = kind_of("vm.swappiness")
    assert kind is not None
    if kind.accepts(text):
        assert any(fits("equal", text, value) for value in range(201))
