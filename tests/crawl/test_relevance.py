"""Relevance: kinds of pages by their form, look-alikes that stay, and the figures that must hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import FakeEncoder

from craftlore.config import load_config
from craftlore.crawl.draft import Draft
from craftlore.crawl.relevance import labels_of, off_topic
from craftlore.errors import WeightsError
from craftlore.library import Library
from craftlore.records import Label
from craftlore.suggest.open import open_encoder
from craftlore.verify.relevance import verify_relevance

SAMPLE = Path(__file__).parents[3] / "shared" / "reference" / "wikipedia_sample.jsonl"


def page(title: str, lead: str, *categories: str, headings: tuple[str, ...] = ()) -> Draft:
    sections = (((), (lead,)), *(((heading,), ("One sentence.",)) for heading in headings))
    return Draft(title, "", "en", "1", "1", None, "CC BY-SA 4.0", categories, (), sections)


@pytest.mark.parametrize(
    ("draft", "kind"),
    [
        (page("Anni Albers", "Anni Albers (June 12, 1899 – May 9, 1994) was a German-American textile artist."), "biography"),
        (page("Someone", "The page says little.", headings=("Early life", "Career")), "biography"),
        (page("Kite (album)", "Kite is a studio album."), "music release"),
        (page("Loom (disambiguation)", "Loom may refer to:"), "disambiguation"),
        (page("Red kite", "The red kite is a bird of prey in the family Accipitridae.", "Birds of Europe"), "species or taxon"),
        (page("Wedgwood", "Wedgwood is an English china manufacturer founded in 1759.", "British companies established in 1759"), "company or brand"),
        (page("Blue Boat", "It hangs in a town hall.", "1911 paintings", "Paintings in Bergen"), "single work of art or building"),
        (page("M3", "It has 24 megapixels and a hinge.", "Consumer electronics"), "modern technology"),
        (page("Lute Days 1999", "The fourth edition sold out.", "1999 festivals"), "edition of an event"),
        (page("Longhorn", "They live in dead wood.", "Cerambycidae"), "species or taxon"),
        (page("List of mancala games", "Games of the family by region."), "list"),
    ],
    ids=lambda value: value.title if isinstance(value, Draft) else value,
)  # fmt: skip
def test_a_kind_is_known_by_its_form(draft: Draft, kind: str) -> None:
    drop = off_topic(draft, None)
    assert drop and drop.reason == f"kind: {kind}" and drop.detail


@pytest.mark.parametrize(
    "draft",
    [
        page("Antikythera mechanism", "The mechanism is a hand-driven model of the sky.", "Astronomical instruments"),
        page("Stave church", "A stave church is built of upright planks.", "Churches in Norway", "Timber framing"),
        page("Hina doll", "Hina dolls stand on red steps for a feast.", "Festivals in Japan", "Japanese dolls"),
        page("Rock painting", "Rock painting is the art of painting on stone.", "Folk art", "Painting techniques"),
        page("Abacá", "Abacá is a species of banana grown for its fibre.", "Flora of the Philippines", "Fiber plants"),
        page("Talking drum", "The talking drum is an hourglass-shaped drum of West Africa.", "Drums"),
        page("Stone tools of Karnataka", "Stone mortars stand in many kitchens.", "Karnataka-related lists"),
        page("Oware", "Oware is an abstract strategy game among the mancala family of board games.", headings=("Rules", "Career")),
        page("Qeswachaka", "Qeswachaka is a hanging bridge of grass rope over the Apurímac River in Peru."),
        page("Silbo", "Silbo is a whistled language of the Canary Islands.", "Languages of Spain"),
    ],
    ids=lambda draft: draft.title,
)
def test_a_look_alike_stays(draft: Draft) -> None:
    assert off_topic(draft, None) is None


def test_labels_come_from_the_closest_anchors() -> None:
    draft = page("Board", "Board games, draughts, mancala, dice and dominoes and their rules.")
    assert labels_of(draft, FakeEncoder())[0] is Label.PLAY


def test_recall_and_precision_with_the_real_encoder(library: Library) -> None:
    try:
        encoder = open_encoder(load_config())
    except WeightsError as error:
        pytest.skip(f"{error}")
    report = verify_relevance(library, encoder, extra=SAMPLE if SAMPLE.exists() else None)
    assert report.recall >= 0.95 and report.precision >= 0.9 and report.held_out_precision >= 0.9, report.wrong
    assert report.second_recall >= 0.95 and report.second_precision >= 0.9, "the pages of data/heldout_pages.jsonl"
