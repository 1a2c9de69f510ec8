"""Sentences end where a reader would end them, and no word is lost."""

from __future__ import annotations

import pytest

from craftlore.library import STARTER
from craftlore.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It is 3.5 cm long. It is ca. 1900 in age.", 2), ("See fig. 3. Then go on.", 2), ("Dr. Ali came. He left.", 2), ("Vol. 2, pp. 3 to 5.", 1),
        ("Really? Yes! It costs $5.00.", 3), ("No. 5 is here.", 1), ("St. Louis is big.", 1), ("日本の紙。手で折る。", 2),
    ],
)  # fmt: skip
def test_abbreviations_and_decimals_end_no_sentence(text: str, count: int) -> None:
    assert len(split_sentences(text)) == count


@pytest.mark.parametrize("text", ["", "   ", "\n\t\n"])
def test_nothing_has_no_sentences(text: str) -> None:
    assert split_sentences(text) == []


def test_line_breaks_are_spaces() -> None:
    assert split_sentences("One\nline. Two\t\tlines.") == ["One line.", "Two lines."]


@pytest.mark.parametrize("text", ["a" * 100_000, "Word " * 20_000, "No. " * 500, "🎨" * 500, "A\u200bB. C\u00a0D. E."])
def test_odd_text_loses_no_character(text: str) -> None:
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize("name", ["kubb", "kolam", "kente"])
def test_a_real_article_loses_no_word(name: str) -> None:
    text = (STARTER / "articles" / f"{name}.md").read_text(encoding="utf-8").split("+++")[2]
    sentences = split_sentences(text)
    assert " ".join(sentences).split() == text.split()
    assert len(sentences) > 15
    assert all(sentence == sentence.strip() != "" for sentence in sentences)
