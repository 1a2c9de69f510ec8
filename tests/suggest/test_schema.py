"""What the decoding schema lets through and what it cannot let through, tried with a real regex engine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from craftlore.library import Library
from craftlore.records import Request
from craftlore.suggest.facts import Facts, beside_steps, with_somebody
from craftlore.suggest.match import fill
from craftlore.suggest.prompt import shown_texts
from craftlore.suggest.schema import agents_in, answer_schema, names_in, own_letters

Matcher = Callable[[str, str], bool]
FACTS: Facts = {3: (15, "A grid can also be a diamond with rows of 1, 3, 5, 3 and 1 dots."), 4: (25, "Skilled drawers enjoy patterns.")}


@pytest.fixture(scope="module")
def matches(library: Library) -> Matcher:
    return matcher(library, trained=False)


@pytest.fixture(scope="module")
def wide(library: Library) -> Matcher:
    return matcher(library, trained=True)


def matcher(library: Library, trained: bool) -> Matcher:
    plan = fill(library.articles["starter:kolam"], library.patterns["dot-grid-loop-drawing"], library.items, Request(), "4")
    assert plan
    schema = answer_schema(plan, FACTS, shown_texts(plan, FACTS), trained=trained)
    return lambda field, text: bool(re.search(schema["properties"][field]["pattern"], text))


GOOD = [
    ("title", "Loops and dots in Kolam"),
    ("title", "Kolam on the playground"),
    ("summary", "Pupils draw loops around a grid of dots, as Tamil families do in Kolam."),
    ("summary", "Pupils draw one hand-made loop around the drawer's dots with chalk, as Tamil families do."),
    ("step_3", "as women lay rows of 1, 3, 5, 3 and 1 dots"),
    ("step_4", "just as the drawers enjoy patterns"),
    ("step_4", "the way people do in Tamil Nadu"),
    ("goal", "Explain how one line can wind around a grid of dots."),
    ("question", "What might drawers notice in your loops of one line?"),
]
WIDE = [
    ("title", "Loops without an end: one line after Kolam"),
    ("title", "Where does the line begin? A Kolam, dot by dot"),
    ("question", "Which loop of yours needs the most dots, and how would a drawer in India close it?"),
    ("question", "Drawers begin with dots: what would go wrong without them?"),
]


@pytest.mark.parametrize(("field", "text"), GOOD)
def test_good_texts_can_be_written(matches: Matcher, field: str, text: str) -> None:
    assert matches(field, text)


@pytest.mark.parametrize(("field", "text"), WIDE)
def test_a_trained_model_may_write_more_freely(matches: Matcher, wide: Matcher, field: str, text: str) -> None:
    assert wide(field, text) and not matches(field, text)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("title", "Loops: dots of Japan"),
        ("title", "Loops of 12 dots: a Kolam"),
        ("summary", "Pupils draw loops around a grid of dots, as Zulu families do in Kolam."),
        ("summary", "Pupils draw loops around a கோலம் grid of dots, as Tamil families do."),
        ("question", "Is your loop closed by one line, or not yet?"),
        ("question", "Which line is like those of Japan in your loops?"),
    ],
)
def test_a_trained_model_has_no_other_names_numbers_or_scripts(wide: Matcher, field: str, text: str) -> None:
    assert not wide(field, text)


def test_every_expression_keeps_to_what_llama_cpp_reads(library: Library) -> None:
    """It answers an escape that it does not know with "accepting any string"; a name with a space was enough."""
    for article in library.articles.values():
        for trained in (False, True):
            found = fill(article, library.patterns["museum-label"], library.items, Request(), "6")
            assert found
            for field in answer_schema(found, FACTS, shown_texts(found, FACTS), trained=trained)["properties"].values():
                assert set(re.findall(r"\\(.)", field["pattern"])) <= set("^$.[]()|{}*+?")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("title", "Loops and dots in Japan"),
        ("title", "Kolam"),
        ("title", "Kolam: loops and dots"),
        ("title", "Loops of 12 dots"),
        ("summary", "Pupils draw loops around a grid of dots, as Zulu families do in Kolam."),
        ("summary", "Pupils draw loops around a grid of 3 dots, as Tamil families do."),
        ("summary", "Pupils draw loops around a grid of dots, as Tamil families do in Kolam"),
        ("summary", "Pupils draw loops around a grid of dots. See http example for more."),
        ("summary", "Pupils draw loops around a கோலம் grid of dots, as Tamil families do."),
        ("summary", "Pupils draw loops around a точка grid of dots, as Tamil families do."),
        ("summary", "Pupils draw loops."),
        ("summary", "Children draw loops around a grid of dots, as Tamil families do in Kolam."),
        ("step_3", "as women lay rows of 7 dots"),
        ("step_4", "just as the drawers enjoy 3 patterns"),
        ("step_4", "as potters enjoy patterns"),
        ("step_4", "as the drawers enjoy patterns."),
        ("step_4", "because the drawers enjoy patterns"),
        ("goal", "Understand how one line can wind around a grid of dots."),
        ("question", "Is your loop closed by one line?"),
        ("question", "How could you close all your loops with one line."),
    ],
)
def test_other_names_numbers_scripts_and_ends_cannot(matches: Matcher, field: str, text: str) -> None:
    assert not matches(field, text)


@pytest.mark.parametrize(("field", "text"), GOOD)
@pytest.mark.parametrize("sign", ["\n", '"', "<", "{", "/", "@", "é", "中", "🎨", "_", "*"])
def test_no_sign_of_markup_script_or_address_fits_anywhere(matches: Matcher, field: str, text: str, sign: str) -> None:
    spaces = [match.start() for match in re.finditer(" ", text)]
    for at in (0, spaces[0], spaces[-1] + 1, len(text) - 1):
        assert not matches(field, text[:at] + sign + text[at:])


def test_letters_of_the_article_are_allowed_and_no_others(library: Library) -> None:
    plan = fill(library.articles["starter:qeswachaka-rope-bridge"], library.patterns["twisted-rope-bridge"], library.items, Request(), "6")
    assert plan
    extra = own_letters(plan)
    assert set(extra) <= set((plan.article.title + plan.article.text).lower()) and extra.isascii() is (not extra)
    title = answer_schema(plan, {}, shown_texts(plan, {}))["properties"]["title"]["pattern"]
    assert not re.search(title, "A rope of ő and more")


def test_names_are_capitalised_words_inside_a_sentence() -> None:
    texts = ("Many weavers of Bonwire's looms met Asante-Mampong kings. The Ewe weave too. Why: Because.", "x Kente")
    assert names_in(texts) == ["Bonwire", "Asante-Mampong", "Ewe", "Kente"]


def test_doers_are_those_of_the_article_and_people_in_any_case(library: Library) -> None:
    assert agents_in(library.articles["starter:kolam"])[:2] == ["people", "makers"]
    assert "drawers" in agents_in(library.articles["starter:kolam"])
    assert "potters" not in agents_in(library.articles["starter:kolam"])


def test_the_seed_draws_the_question_and_nothing_else(library: Library) -> None:
    plan = fill(library.articles["starter:kolam"], library.patterns["dot-grid-loop-drawing"], library.items, Request(), "4")
    assert plan
    schemas = [answer_schema(plan, FACTS, shown_texts(plan, FACTS), seed) for seed in (0, *range(8))]
    questions = [schema["properties"].pop("question") for schema in schemas]
    assert questions[0] == questions[1] and len({q["pattern"] for q in questions}) > 1
    assert all(schema == schemas[0] for schema in schemas)


def test_every_field_is_required_and_no_other_may_come(library: Library) -> None:
    for article in library.articles.values():
        for pattern in list(library.patterns.values())[::4]:
            plan = fill(article, pattern, library.items, Request(), pattern.grades[-1])
            if not plan:
                continue
            facts = with_somebody(beside_steps(plan, None), agents_in(article))
            schema: dict[str, Any] = answer_schema(plan, facts, shown_texts(plan, facts))
            assert schema["required"] == list(schema["properties"]) == ["title", "summary", *(f"step_{n}" for n in facts), "goal", "question"]
            assert schema["additionalProperties"] is False and json.dumps(schema)
            for field in schema["properties"].values():
                assert field["pattern"].startswith("^") and field["pattern"].endswith("$")
                re.compile(field["pattern"])


def test_signs_in_the_name_of_an_own_product_are_no_grammar(library: Library) -> None:
    pattern = library.patterns["dot-grid-loop-drawing"].model_copy(update={"product": "map (one of two) + legend?"})
    plan = fill(library.articles["starter:kolam"], pattern, library.items, Request(), "4")
    assert plan
    question = answer_schema(plan, FACTS, shown_texts(plan, FACTS))["properties"]["question"]["pattern"]
    begins = ("How is your map (one of two) + legend? different from", "What does your map (one of two) + legend? have in common with")
    assert any(re.search(question, f"{begin} the loops of women in the morning?") for begin in begins)
