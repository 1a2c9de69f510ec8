"""The table of rules: every gate speaks from it, it is whole, and a mistake in a policy file is named with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from craftlore.errors import ConfigError
from craftlore.safety.meaning import load_model
from craftlore.safety.policy import hazards, read_hazards
from craftlore.safety.rules import read_rules, rules, sentences, verdict

HOME = Path(__file__).parents[2]
SAFETY = HOME / "src" / "craftlore" / "safety"
RULE = '[[rule]]\nid = "R01"\nname = "n"\ncovers = "c"\nmisses = "m"\nsigns = "s"\nbasis = "J"\nstatus = "draft"\n'
SAYS = '[[rule.says]]\nid = "R01-x"\ndisposition = "note"\nwhy = "Well."\n'
HAZARD = '[[hazard]]\nid = "x"\nwords = ["x"]\nlevels = "XXX TTT SSS AAAA"\nsubstitute = "card"\nnote = "n"\nbasis = "J"\n'


def test_the_table_has_every_rule() -> None:
    assert list(rules()) == [f"R{n:02}" for n in range(23)]


def test_every_verdict_that_the_code_makes_is_in_the_table() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (HOME / "src" / "craftlore").rglob("*.py"))
    made = set(re.findall(r"verdict\(\s*\"(R\d\d-[a-z-]+)\"", code)) | set(load_model().rules[1:])
    for name in ("screen", "idea"):
        made |= set(re.findall(r"^id = \"(.+)\"", (SAFETY / f"{name}.toml").read_text(encoding="utf-8"), re.M))
    assert made <= set(sentences())
    assert set(sentences()) - made <= {"R13-thin", "R13-language"}, "a sentence that nothing says"


def test_no_sentence_of_a_gate_stands_anywhere_else() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (HOME / "src" / "craftlore").rglob("*.py"))
    assert not [s.id for s in sentences().values() if s.why in code]
    assert "why =" not in (SAFETY / "screen.toml").read_text(encoding="utf-8")


def test_words_are_filled_in() -> None:
    assert verdict("R17-elsewhere", name="Ghana").why == "Ghana is not of this tradition."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RULE + SAYS.replace('"note"', '"forbid"'), "line 2.*says"), (RULE + SAYS + RULE, "line 14.*two rules"), (RULE + SAYS + SAYS, "line 14.*two of this"),
        (RULE + SAYS.replace("R01-x", "R02-x"), "line 10.*stands under R01"), (RULE.replace('basis = "J"\n', ""), "line 2.*basis"),
        ("a = = 1", "line 1"), ("a = 1", "no .*rule"),
    ],
)  # fmt: skip
def test_a_wrong_table_of_rules_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"rules\.toml.*{said}"):
        read_rules(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HAZARD.replace("AAAA", "AAA"), "line 2: x: levels.*13 letters"), (HAZARD.replace("SSS", "SSQ"), "line 2: x: levels.*13 letters"),
        (HAZARD + HAZARD, "line 9: x: there are two"), (HAZARD.replace("XXX TTT", "TTT XXX"), "line 2: x: levels.*stricter"),
        (HAZARD + HAZARD.replace('id = "x"', 'id = "y"'), "line 9: y: the name 'x' already stands under x"),
    ],
)  # fmt: skip
def test_a_wrong_table_of_hazards_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "hazards.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"hazards\.toml, {said}"):
        read_hazards(path)


def test_every_rule_is_explained_to_people() -> None:
    page = (HOME / "docs" / "safety.md").read_text(encoding="utf-8")
    assert [rule for rule in rules().values() if f"| {rule.id} | {rule.name} |" not in page] == []


def test_one_name_has_one_hazard() -> None:
    words = [word.casefold() for hazard in hazards().values() for word in hazard.words]
    assert len(words) == len(set(words))
