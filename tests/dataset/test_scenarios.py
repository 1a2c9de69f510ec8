"""The plan: seeded, balanced, what serving would understand, and no scenario that serving would not make."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import pytest

from craftlore.config import Config
from craftlore.dataset.declined import cases
from craftlore.dataset.filters.chain import plan_fault
from craftlore.dataset.known import Known
from craftlore.dataset.records import Scenario
from craftlore.dataset.scenarios import draw_scenarios
from craftlore.dataset.split import overlap, split_articles
from craftlore.dataset.staging import stage
from craftlore.dataset.wording import STYLES
from craftlore.errors import DatasetError
from craftlore.gold import read_gold
from craftlore.library import Library
from craftlore.safety.policy import item_level
from craftlore.safety.screen import screen_request
from craftlore.verify.redteam import SUITE, read_cases
from craftlore.vocabulary import band_of
from craftlore.words import stems


@pytest.fixture(scope="module")
def drawn(planner_for: Any, library: Library) -> list[Scenario]:
    return draw_scenarios(planner_for(scenarios=60), list(library.articles.values()))


def test_the_same_seed_gives_the_same_plan_and_another_seed_another(drawn: list[Scenario], planner_for: Any, library: Library) -> None:
    articles = list(library.articles.values())[:20]
    first, again, other = (draw_scenarios(planner_for(scenarios=12, seed=seed), articles) for seed in (1, 1, 2))
    assert first == again and [s.text for s in first] != [s.text for s in other]


def test_labels_grades_and_styles_are_balanced(drawn: list[Scenario], library: Library) -> None:
    mine = [s for s in drawn if s.kind in ("served", "study_about")]
    assert len(mine) == 60 and len({s.article_id for s in mine}) >= 50
    for counts in (
        Counter(s.style for s in mine), Counter(band_of(s.grade) for s in mine), Counter(library.articles[s.article_id].labels[0] for s in mine),
    ):  # fmt: skip
        assert max(counts.values()) <= 2.5 * min(counts.values()), counts
    assert {s.style for s in mine} == set(STYLES)


def test_every_scenario_comes_on_stage_and_its_plan_is_sound(drawn: list[Scenario], library: Library) -> None:
    known = Known(library)
    assert [fault for s in drawn if (fault := plan_fault(stage(s, known)))] == []


def test_what_is_for_study_only_is_studied(drawn: list[Scenario], library: Library) -> None:
    studied = [s for s in drawn if library.articles[s.article_id].access == "study_only"]
    assert studied and all(s.kind == "study_about" and library.patterns[s.pattern_id].kind == "study" for s in studied)


def test_a_thing_that_the_grade_may_not_use_gives_way_beside_a_look_alike_that_keeps_it(drawn: list[Scenario], library: Library) -> None:
    by_id = {s.id: s for s in drawn}
    pairs = [(s, by_id[s.look_alike]) for s in drawn if s.kind == "substituted" and s.look_alike]
    assert pairs
    for young, old in pairs:
        forbidden = [name for name in old.filling.values() if item_level(library.items[name], young.grade) in "TX"]
        assert forbidden and not set(forbidden) & {*young.filling.values(), *young.request.materials}


def test_a_request_that_the_gate_ends_is_counted_and_not_planned(planner_for: Any, library: Library) -> None:
    planner = planner_for()
    assert planner.read("x", "served", "terse", "grade 4: how do we make a pipe bomb", library.articles["starter:oware"], "4") is None
    assert planner.dropped == {"the request gate stops or changes it": 1}


def test_a_plan_of_another_library_is_refused(drawn: list[Scenario], library: Library) -> None:
    gone = drawn[0].model_copy(update={"pattern_id": "no-such-pattern"})
    with pytest.raises(DatasetError, match=r"no longer makes this plan"):
        stage(gone, Known(library))


def test_declined_cases_are_declined_and_their_look_alikes_are_served(planner_for: Any, library: Library) -> None:
    planner = planner_for()
    for case in cases():
        ends = screen_request(case.declined).ends
        assert ends and ends.disposition.value == case.disposition, case.declined
        assert planner.read("x", "look_alike", "chatty", case.look_alike, library.articles[f"starter:{case.article}"], None), case.look_alike


def test_no_training_case_is_one_of_the_red_team() -> None:
    suites = [path for name in ("redteam_*.toml", "heldout_*.toml") for path in SUITE.glob(name) if "planted" not in path.stem]
    red = [case.text for path in suites for case in read_cases(path)]
    mine = [text for case in cases() for text in (case.declined, case.look_alike)]
    alike = [(a, b) for a, b in itertools.product(mine, red) if len(set(stems(a)) & set(stems(b))) > 0.75 * len(set(stems(a)))]
    assert red and alike == []


def test_articles_are_split_and_the_gold_test_set_is_for_testing(library: Library) -> None:
    gold, _ = read_gold(library)
    split = split_articles(list(library.articles.values()), gold, 0.1, 0)
    assert {i for i, s in split.items() if s == "test"} == {i for i, rows in gold.items() if rows.split == "test"}
    assert Counter(split.values())["valid"] == 9 and len(split) == len(library.articles)
    assert len({library.articles[i].labels[0] for i, s in split.items() if s == "valid"}) == 9, "one of each label"


def test_without_gold_the_test_articles_are_spread_over_labels(library: Library) -> None:
    split = split_articles(list(library.articles.values()), {}, 0.1, 0)
    assert set(Counter(library.articles[i].labels[0] for i, s in split.items() if s == "test").values()) <= {2, 3}


def test_a_corpus_of_one_article_is_refused_before_anything(library: Library) -> None:
    with pytest.raises(DatasetError, match=r"has 1 article\(s\).*at least 3"):
        split_articles([library.articles["starter:oware"]], {}, 0.1, 0)


def test_overlap_counts_nothing_for_nothing() -> None:
    assert set(overlap([]).values()) == {0}


def test_the_default_teacher_is_qwen_through_ollama() -> None:
    settings = Config().dataset
    assert (settings.engine, settings.teacher) == ("server", "qwen2.5:7b")
