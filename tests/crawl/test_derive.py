"""Derived values: each with its evidence, nothing where nothing is said, and never an open tag for what is sacred."""

from __future__ import annotations

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


def test_people_and_place_come_with_the_sentence_that_names_them() -> None:
    found = derive(draft("Adire is a resist-dyed cloth made by Yoruba women in Nigeria."))
    assert (found.people, found.places, found.continent) == (("Yoruba",), ("Nigeria",), "Africa")
    assert "sentence 1" in found.evidence["people: Yoruba"][0] and "Yoruba women" in found.evidence["people: Yoruba"][0]


def test_what_nothing_says_stays_empty() -> None:
    found = derive(draft("A knot is a fastening made by tying a rope."))
    assert (found.people, found.places, found.continent, found.access, found.access_reason) == ((), (), None, "open", None)


def test_a_language_is_no_place_and_a_pan_label_no_people() -> None:
    found = derive(draft("The word comes from the French word for basket and is used by Indigenous people and by many African people."))
    assert found.people == () and "France" not in found.places


def test_an_english_word_is_no_people() -> None:
    assert derive(draft("The ewe is shorn in spring, and the crow watches.")).people == ()
    assert derive(draft("Kente is woven by Ewe weavers of Ghana.")).people == ("Ewe",)


def test_what_only_some_may_make_is_for_studying() -> None:
    found = derive(draft("The mask may only be worn by members of the secret society.", title="Mask"))
    assert found.access == "study_only" and found.access_reason and any(key.startswith("access") for key in found.evidence)


def test_a_single_temple_far_down_a_long_page_is_not_a_religion() -> None:
    lead = tuple(f"Sentence {n} tells how the rope is twisted." for n in range(60))
    assert derive(draft(*lead, "A temple stands nearby.")).access == "open"


def test_the_starter_library_precision_and_no_open_tag_for_what_is_not(library: Library) -> None:
    people = places = wrong_people = wrong_places = 0
    for article in library.articles.values():
        found = of(article)
        gold = [fold(name) for name in article.people]
        known = {place_called(place) or place for place in article.places}
        people, places = people + len(found.people), places + len(found.places)
        wrong_people += sum(not any(fold(name) in one or one in fold(name) for one in gold) for name in found.people)
        wrong_places += sum(place not in known for place in found.places)
        assert article.access == "open" or found.access != "open", article.id
        assert article.access != "study_only" or found.access == "study_only", article.id
        assert found.continent in (None, article.continent), article.id
    assert people > 50 and wrong_people / people <= 0.1
    assert places > 90 and wrong_places / places <= 0.1
