"""Names: what a tradition is called, rightly or wrongly spelt, and words that are no names."""

from __future__ import annotations

import pytest

from craftlore.index.names import Names
from craftlore.library import Library


@pytest.fixture(scope="module")
def names() -> Names:
    library = Library.load()
    return Names(library.articles.values(), library.patterns.values())


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("dougong brackets out of popsicle sticks", "starter:dougong"),
        ("5th grade, poles like the Haida made", "starter:haida-poles"),
        ("gr4 zellige star, coloured paper", "starter:zellige"),
        ("what is a lukasa?", "starter:lukasa"),
    ],
)
def test_an_article_is_called_by_its_name(names: Names, text: str, article: str) -> None:
    assert article in names.called(text)


@pytest.mark.parametrize("text", ["paper, string and glue", "a mask for a play", "paint a picture of a house", ""])
def test_what_patterns_are_made_of_is_no_name(names: Names, text: str) -> None:
    assert not names.called(text)


def test_a_misspelt_name_is_understood_and_the_word_stays(names: Names) -> None:
    assert names.spelled("an oragami crane") == "an oragami origami crane"
    assert names.spelled("paper and glue") == "paper and glue"
    assert "starter:zellige" in names.called(names.spelled("zelige tiles"))
