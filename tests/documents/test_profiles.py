"""Profiles say what is wrong with them: all of it, each with its place."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from bedplate.documents.profiles import named_profile, shipped_profiles
from bedplate.errors import ProfileError
from bedplate.policy import DEFAULT, Expectation
from bedplate.rules.registry import all_rules, refuse_unknown_settings
from bedplate.values.idset import CpuSet

HEAD = 'schema = "bedplate/profile/1"\nname = "mine"\n'


def written(folder: Path, text: str, name: str = "mine.toml") -> str:
    file = folder / name
    file.write_text(text)
    return str(file)


def complaints(folder: Path, text: str) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        named_profile(written(folder, text))
    lines = [str(caught.value), *caught.value.more]
    return [line.removeprefix(f"{folder}/mine.toml:") for line in lines]


def test_none_is_the_default_without_a_file() -> None:
    assert named_profile(None) is DEFAULT
    assert named_profile("default") is DEFAULT


def test_a_profile_is_what_its_file_says(tmp_path: Path) -> None:
    text = (
        HEAD + 'description = "d"\n[cpus]\nisolated = "2-3"\n'
        '[expect]\n"kernel.numa_balancing" = { value = 0, reason = "r", reference = "f" }\n'
        '[[workload]]\nname = "w"\ncpus = "2"\ndevices = ["0000:41:00.0"]\n'
    )
    profile = named_profile(written(tmp_path, text))
    assert profile.name == "mine"
    assert profile.isolated == "2-3"
    assert profile.expects("kernel.numa_balancing") == Expectation(0, "r", "f")
    assert profile.expects("other") is None
    assert profile.workloads[0].cpus == CpuSet([2])


def test_a_profile_extends_another(tmp_path: Path) -> None:
    written(tmp_path, HEAD + '[expect]\na = {value = 1, reason = "r"}\nb = {value = 2, reason = "r"}\n', "base.toml")
    child = HEAD + f'extends = "{tmp_path}/base.toml"\n[expect]\na = {{value = 3, reason = "s"}}\n'
    profile = named_profile(written(tmp_path, child))
    assert {key: one.value for key, one in profile.expectations.items()} == {"a": 3, "b": 2}


def test_a_circle_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + f'extends = "{tmp_path}/mine.toml"\n')
    with pytest.raises(ProfileError, match="circle"):
        named_profile(path)


def test_all_faults_at_once_each_with_its_place(tmp_path: Path) -> None:
    text = HEAD + 'expct = 3\n[cpus]\nisolated = 5\n[expect.a]\nvalu = 3\nreason = "r"\n'
    assert complaints(tmp_path, text) == [
        "3:1: expct: no such key; did you mean 'expect'?",
        "5:1: cpus.isolated: must be a text, is 5",
        "6:2: expect.a: 'value' is missing",
        "7:1: expect.a.valu: no such key; did you mean 'value'?",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2-99x", "2-99x: not a number or a range; must be a list such as 2-7, a mask such as 0xfc, or one of none, "),
        ("all-but-first-cor", "did you mean all-but-first-core?"),
        ("non", "did you mean none?"),
        ("5-2", "ends before it begins"),
        ("0xzz", "not a mask"),
        ("", "names no CPU; where none is meant, it must be none"),
        ("0x0", "names no CPU"),
        ("70000", "a number of 65536 or more"),
    ],
)
def test_isolated_cpus_that_are_none_are_refused(tmp_path: Path, text: str, says: str) -> None:
    (line,) = complaints(tmp_path, HEAD + f'[cpus]\nisolated = "{text}"\n')
    assert line.startswith("4:1: cpus.isolated: ")
    assert says in line


def test_isolated_cpus_are_told_with_the_other_faults(tmp_path: Path) -> None:
    text = HEAD + '[cpus]\nisolated = "x"\n[[workload]]\nname = "w"\ncpus = "y"\n'
    assert [line.split(":")[0] for line in complaints(tmp_path, text)] == ["4", "7"]


@pytest.mark.parametrize("text", ["2-7", "2-N", "all", "0xfc", " none ", "all-but-first-core-per-node", "2-99"])
def test_isolated_cpus_in_every_spelling(tmp_path: Path, text: str) -> None:
    assert named_profile(written(tmp_path, HEAD + f'[cpus]\nisolated = "{text}"\n')).isolated == text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("name = \n", "line 1, column 8"),
        ('schema = "other/1"\nname = "x"\n', "1:1: schema: must be 'bedplate/profile/1'"),
        ('name = "x"\n', "'schema' is missing"),
        (HEAD + "workload = [3]\n", "workload.[0]: must be a table, is 3"),
        (HEAD + 'workload = [{name = "w", cpus = "3-1"}]\n', "ends before it begins"),
        (HEAD + 'expect.a = {value = 1.5, reason = "r"}\n', "must be a number, a text or true/false, is 1.5"),
        (HEAD + 'extends = "low-latenci"\n', "no such profile"),
    ],
)
def test_bad_profiles(tmp_path: Path, text: str, names: str) -> None:
    assert names in complaints(tmp_path, text)[0]


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="No such file"):
        named_profile(str(tmp_path / "none.toml"))
    with pytest.raises(ProfileError, match="Is a directory"):
        named_profile(f"{tmp_path}/")
    (tmp_path / "raw.toml").write_bytes(b"\xff")
    with pytest.raises(ProfileError, match="not UTF-8"):
        named_profile(str(tmp_path / "raw.toml"))


def test_the_error_pickles_with_all_its_lines() -> None:
    error = pickle.loads(pickle.dumps(ProfileError.of_lines(["a", "b"])))
    assert (str(error), error.more) == ("a", ("b",))


@pytest.mark.parametrize("name", shipped_profiles())
def test_shipped_profiles_load_and_give_reasons(name: str) -> None:
    profile = named_profile(name)
    assert profile.name == name
    assert profile.description
    for setting, expectation in profile.expectations.items():
        assert expectation.reason, setting
        assert expectation.reference, setting


def test_the_reference_names_every_setting_that_a_rule_asks_for() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/profiles.md").read_text()
    rows = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    assert rows == {setting for rule in all_rules() for setting in rule.settings}


@pytest.mark.parametrize("name", shipped_profiles())
def test_shipped_profiles_expect_what_rules_look_at(name: str) -> None:
    refuse_unknown_settings(named_profile(name))
