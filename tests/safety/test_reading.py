"""The reading grade rises with longer words and sentences, and counts syllables as people do."""

from __future__ import annotations

import pytest

from craftlore.safety.reading import CAPS, TARGETS, reading_grade, syllables


@pytest.mark.parametrize(
    ("word", "count"),
    [("take", 1), ("table", 2), ("pulled", 1), ("painted", 2), ("boxes", 2), ("lion", 2), ("nation", 2), ("people", 2), ("material", 4), ("little", 2),
     ("string", 1), ("idea", 3), ("measured", 2), ("pieces", 2), ("tied", 1), ("bridge", 1), ("edges", 2), ("the", 1), ("weaver's", 2), ("hmm", 1)],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_the_formula_on_a_sentence_counted_by_hand() -> None:
    assert reading_grade("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 * 6 / 6 - 15.59, abs=0.01)
    assert reading_grade("The weaver pulls the yarn. The shed opens.") == pytest.approx(0.39 * 8 / 2 + 11.8 * 10 / 8 - 15.59, abs=0.01)


def test_longer_sentences_and_words_are_harder() -> None:
    easy, hard = "Fold the card. Press it flat.", "Construct the geometrical arrangement considering proportional relationships throughout."
    assert reading_grade(easy) < TARGETS["K-2"] < CAPS["9-12"] < reading_grade(hard)


def test_names_are_not_counted_against_a_text() -> None:
    text = "The Haudenosaunee plant corn, beans and squash."
    assert reading_grade(text, frozenset({"haudenosaunee"})) < reading_grade(text)


def test_nothing_to_read_is_grade_zero() -> None:
    assert reading_grade(" \n12 ;") == 0.0
