"""A name that no source knows is said; a name that one of them knows, and words that only look like names, are not."""

from __future__ import annotations

import pytest

from craftlore.library import Library
from craftlore.records import Article
from craftlore.suggest.strangers import strange_names


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    library = Library.load()
    return [library.articles["starter:oware"], library.articles["starter:azulejo"]]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("the moon basket of the Zorvani people, for my class", ("Zorvani",)),
        ("lace as it is made on the island of Vornholm", ("Vornholm",)),
        ("lace from Vornholm for my class in Estonia", ("Vornholm", "Estonia")),
    ],
)
def test_a_name_that_no_article_knows_is_said(articles: list[Article], text: str, names: tuple[str, ...]) -> None:
    assert strange_names(text, articles) == names


@pytest.mark.parametrize(
    "text",
    [
        "a board game from Ghana for grade 4",
        "Zorvani beans on a board as in Ghana",  # one name is known: the article is the one that was meant
        "tiles as the Portuguese paint them",
        "we have Art on Monday in Year 4",
        "Board Game For Thirty Kids With Beans",
        "BOARD GAME FROM VORNHOLM",
        "Die Kinder wollen mit der Klasse ein Brettspiel aus Vornholm basteln",
        "a board game with beans",
        "",
    ],
)
def test_what_is_known_or_no_name_of_a_tradition_is_not(articles: list[Article], text: str) -> None:
    assert strange_names(text, articles) == ()
