"""What the idea gate stops in each field, and the harmless sentences that it once stopped or might."""

from __future__ import annotations

import pytest

from craftlore.gold import as_idea, read_gold
from craftlore.library import Library
from craftlore.records import Article, Disposition, Idea
from craftlore.safety.idea_gate import screen_field, screen_idea


@pytest.fixture(scope="module")
def article() -> Article:
    return Library.load().articles["starter:oware"]


@pytest.fixture(scope="module")
def idea(article: Article) -> Idea:
    library = Library.load()
    gold = read_gold(library)[0][article.id].ideas[0]
    return as_idea(gold, article, library.patterns[gold.pattern], 1)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Paint the pattern on your hands with a brush.", "R02-on-skin"),
        ("Press plaster over your face.", "R0"),
        ("Mix the dough and taste it.", "R0"),
        ("Melt the sugar in a pot and stir it.", "R01-heat"),
        ("Let the water reach 80 degrees.", "R01-heat"),
        ("Heat the sugar in the pan until it turns brown.", "R01-heat"),
        ("Fold the paper. Heat the sugar in the pan as long as it takes.", "R01-heat"),
        ("Put the circle in the oven.", "R01"),
        ("Let the water reach 80 degrees. Fold the paper at an angle.", "R01-heat"),
        ("Do not taste the glue. Mix the dough and taste it.", "R0"),
        ("Carve a small sword from soap.", "R0"),
        ("Kneel down and pray to the spirits.", "R10-practice"),
        ("Dress up as warriors with war paint.", "R19-dress"),
        ("Pupils learn about African culture with a drum.", "R17-pan-label"),
        ("Pupils copy a primitive mask.", "R18-exotic"),
        ("Read more on www.example.org first.", "R12-contact"),
        ("Pupils build a board as players in Japan do.", "R17-elsewhere"),
        ("Warm it to 48° and stir.", "R01-heat"),
        ("Put the shapes in the oven.", "R01"),
        ("Take the bead between your teeth.", "R02-taste"),
        ("Prick your finger and mark the card.", "R07-harm"),
        ("Hold your breath as long as you can.", "R07-harm"),
        ("Build the board from Lego.", "R12-brand"),
        ("Buy the card on Amazon.", "R12-brand"),
        ("Paint it with lead paint.", "R01-handled"),
        ("Use matches to light it.", "R01-handled"),
        ("Strike matches, then cut a card that matches each shape.", "R01-handled"),
    ],
)
def test_what_the_policy_does_not_allow_is_stopped(article: Article, text: str, rule: str) -> None:
    verdict = screen_field(text, "3", article)
    assert verdict is not None and verdict.rule.startswith(rule) and verdict.why.endswith(".")


@pytest.mark.parametrize(
    "text",
    [
        "Guess what two more coins will do. Try it and compare.",
        "Try them out on a partner who has read the same text.",
        "Kneel behind a table while four friends hold the water just above it.",
        "Smooth it with your palm, as makers in Ghana smooth plaster.",
        "Oware boards are carved with a knife. Yours is made of egg cartons.",
        "Turn the card by 90 degrees.",
        "Draw round your hand on paper.",
        "Do not copy an Aboriginal style; make your own.",
        "Players in Ghana sow seeds round the board.",
        "Wash your hands, and do not taste the soil.",
        "Turn the arm by 48 degrees.",
        "Fold 50 strips and lay them out.",
        "Put the straw in your mouth and blow gently.",
        "Prick the card with a blunt needle.",
        "Cut your arms of paper and join them.",
        "Hold your hands still while a partner winds the yarn.",
        "An adult puts the clay into the shed to dry.",
        "Cut a card that matches each shape.",
        "Walk along the lines that lead to the middle.",
        "Let the small drum lead the song.",
        "Listen how makers hammer notes into a pan.",
        "Join the halves without nails.",
    ],
)
def test_a_harmless_text_passes(article: Article, text: str) -> None:
    assert screen_field(text, "3", article) is None


def test_a_brand_that_is_also_a_place_is_read_as_the_place() -> None:
    assert screen_field("Boats on the Amazon river are long; one at Amazon basin villages is carved.", "3", None) is None


def test_what_makers_handle_may_be_asked_about_but_not_handed_out(article: Article) -> None:
    text = "Explain why a candle hardens the wax lines."
    assert screen_field(text, "3", article, handled=False) is None
    assert screen_field("Hold the egg over the candle.", "3", article) is not None


def test_a_gate_that_breaks_lets_nothing_pass(article: Article) -> None:
    verdict = screen_field(None, "3", article)  # type: ignore[arg-type]
    assert verdict is not None and verdict.rule == "R00-gate" and verdict.disposition is Disposition.ABSTAIN


def test_a_good_idea_passes_and_each_field_is_looked_at(idea: Idea, article: Article) -> None:
    assert screen_idea(idea, article) == ()
    bad = "Lick the glue, then say that all Africans do."
    changes = {
        "title": bad,
        "summary": bad,
        "question": bad,
        "learning_goals": (bad, *idea.learning_goals[1:]),
        "steps": (bad, *idea.steps[1:]),
        "tips": (bad,),
    }
    for field, value in changes.items():
        name = {"learning_goals": "goal 1", "steps": "step 1", "tips": "tip 1"}.get(field, field)
        assert name in dict(screen_idea(idea.model_copy(update={field: value}), article))


def test_steps_that_are_too_hard_to_read_are_noted(idea: Idea, article: Article) -> None:
    hard = "Systematically investigate multidimensional organisational relationships throughout the international administrative documentation."
    found = dict(screen_idea(idea.model_copy(update={"steps": (hard,) * 5, "grade": "2"}), article))
    assert found["steps"].rule == "R01-reading" and found["steps"].disposition is Disposition.NOTE
