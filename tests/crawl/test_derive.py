"""Derived values: each with its evidence, nothing where nothing is said, and never an open tag for what is sacred."""

from __future__ import annotations

import pytest

from craftlore.crawl.derive import Derived, derive
from craftlore.crawl.draft import Draft
from craftlore.library import Library
from craftlore.places import place_called
from craftlore.records import Article
from craftlore.words import fold


def draft(*lead: str, title: str = "A craft", categories: tuple[str, ...] = ()) -> Draft:
    return Draft(title, "", "en", "1", "1", None, "CC BY-SA 4.0", categories, (), (((), lead),))


def of(article: Article) -> Derived:
    return derive(draft(*article.sentences, title=article.title))


def called_after(group: str, home: str) -> bool:
    """Whether makers such as "weavers in Ecuador" are called after where the article is at home."""
    capitals = [word for word in group.split() if word[0].isupper()]
    return " " in group and any(word in home or (place_called(word) or "?") in home for word in capitals[-1:])


def test_people_and_place_come_with_the_sentence_that_names_them() -> None:
    found = derive(draft("Adire is a resist-dyed cloth made by Yoruba women in Nigeria."))
    assert (found.people, found.places, found.continent) == (("Yoruba",), ("Nigeria",), "Africa")
    assert "sentence 1" in found.evidence["people: Yoruba"][0] and "Yoruba women" in found.evidence["people: Yoruba"][0]


def test_a_country_a_language_and_what_a_word_means_are_no_people() -> None:
    found = derive(
        draft("Salt flows from hills of the Basque Country.", "The name is from the language of the Aztecs.", "It means knot in Quechua, a language of today.")
    )
    assert found.people == ()


def test_what_nothing_says_stays_empty() -> None:
    found = derive(draft("A knot is a fastening made by tying a rope."))
    assert (found.people, found.places, found.continent, found.access, found.access_reason) == ((), (), None, "open", None)


def test_a_language_is_no_place_and_a_pan_label_no_people() -> None:
    found = derive(draft("The word comes from the French word for basket and is used by Indigenous people and by many African people."))
    assert found.people == () and "France" not in found.places


def test_an_english_word_is_no_people() -> None:
    assert derive(draft("The ewe is shorn in spring, and the crow watches.")).people == ()
    assert derive(draft("Kente is woven by Ewe weavers of Ghana.")).people == ("Ewe",)


@pytest.mark.parametrize(
    ("sentence", "people"),
    [
        ("An azulejo is made by Portuguese tile painters for walls.", ("Portuguese tile painters",)),
        ("Straw hats are plaited by skilled weavers in Ecuador.", ("weavers in Ecuador",)),
        ("Salt is raked by salt makers of Guérande.", ("salt makers of Guérande",)),
        ("The race game that Egyptians played has thirty squares.", ("Egyptians",)),
        ("Shetland knitters use two colours in a row.", ("Shetland knitters",)),
        ("The cloth is dyed by Fante women near the coast.", ("Fante",)),
    ],
)
def test_makers_are_people_where_no_people_is_named(sentence: str, people: tuple[str, ...]) -> None:
    found = derive(draft(sentence))
    assert found.people == people and sentence in found.evidence[f"people: {people[0]}"][0]


@pytest.mark.parametrize(
    "sentence",
    [
        "Skilled weavers finish a mat in a week.", "Victorian women wore it to church.", "Buddhist painters use gold.",
        "Traditional makers in Europe use glue.",
        "It was introduced by Europeans.", "Families in the Indian state of Kerala keep it.", "Two storytellers in January tell it.",
        "The Greek islands have it.",
        "The game was banned under the Romans in many towns.", "Beirut and Cairo have had storytellers.",
    ],
)  # fmt: skip
def test_makers_of_a_time_a_faith_or_anywhere_are_no_people(sentence: str) -> None:
    assert derive(draft(sentence)).people == ()


def test_a_people_that_the_page_comes_back_to_is_its_people() -> None:
    lead = [f"Step {n} is done with a bamboo splint." for n in range(12)]
    named = ["Hmong cloth is blue.", "A Hmong skirt has pleats.", "The Hmong pattern is drawn with wax."]
    assert derive(draft(*lead, *named)).people == ("Hmong",)
    assert derive(draft(*lead, *named[:1])).people == ()


def test_what_only_some_may_make_is_for_studying() -> None:
    found = derive(draft("The mask may only be worn by members of the secret society.", title="Mask"))
    assert found.access == "study_only" and found.access_reason and any(key.startswith("access") for key in found.evidence)


def test_a_single_temple_far_down_a_long_page_is_not_a_religion() -> None:
    lead = tuple(f"Sentence {n} tells how the rope is twisted." for n in range(60))
    assert derive(draft(*lead, "A temple stands nearby.")).access == "open"


def test_the_starter_library_precision_and_no_open_tag_for_what_is_not(library: Library) -> None:
    people = places = wrong_people = wrong_places = empty = 0
    for article in library.articles.values():
        found = of(article)
        gold = [fold(name) for name in article.people]
        known = {place_called(place) or place for place in article.places}
        people, places = people + len(found.people), places + len(found.places)
        home = " ".join([article.title, *article.people, *article.places])
        wrong_people += sum(
            not any(fold(name).rstrip("s") in one or one in fold(name) for one in gold) and not called_after(name, home) for name in found.people
        )
        wrong_places += sum(place not in known for place in found.places)
        assert article.access == "open" or found.access != "open", article.id
        assert article.access != "study_only" or found.access == "study_only", article.id
        assert found.continent in (None, article.continent), article.id
        empty += not found.people
    assert empty <= 45 and people > 75 and wrong_people / people <= 0.1
    assert places > 90 and wrong_places / places <= 0.1
