"""What a search finds, what it leaves out, and what it says when it cannot search as it should."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeEncoder

from craftlore.config import SearchConfig
from craftlore.errors import IndexUnusable
from craftlore.index.search import Index
from craftlore.library import Library
from craftlore.records import LABELS, Label, Request

SOWING = "sowing seeds in the holes of a board"


@pytest.fixture
def folder(starter_home: Path) -> Path:
    return starter_home / "index"


def opened(folder: Path, library: Library, encoder: FakeEncoder | None = None, **config: Any) -> Index:
    return Index(folder, library.patterns, SearchConfig.model_validate({"floor": 0.1, **config}), encoder)


@pytest.fixture
def index(folder: Path, library: Library) -> Index:
    return opened(folder, library, FakeEncoder())


def ids(index: Index, limit: int = 5, inferred: frozenset[str] = frozenset(), **request: Any) -> list[str]:
    return [hit.article.id.removeprefix("starter:") for hit in index.search(Request.model_validate(request), limit, inferred).hits]


@pytest.mark.parametrize("with_encoder", [True, False])
@pytest.mark.parametrize(
    ("text", "first"),
    [(SOWING, "oware"), ("dots and loops of rice flour on the doorstep", "kolam"), ("woven cloth of Ghana", "kente"), ("steelpan", "steelpan")],
)
def test_the_words_of_an_article_find_it(folder: Path, library: Library, with_encoder: bool, text: str, first: str) -> None:
    assert ids(opened(folder, library, FakeEncoder() if with_encoder else None), text=text)[0] == first


def test_hits_carry_their_passages_word_for_word_and_scores_fall(index: Index) -> None:
    found = index.search(Request(text=SOWING), 5)
    assert len(found.hits) == 5 and not found.nothing_found and not found.degraded
    for hit in found.hits:
        assert 1 <= len(hit.passages) <= 2
        assert all(p.article_id == hit.article.id and p.text == " ".join(hit.article.sentences[p.first - 1 : p.last]) for p in hit.passages)
    assert found.hits[0].score == max(hit.score for hit in found.hits) > 0


def test_below_the_floor_nothing_is_found(folder: Path, library: Library) -> None:
    request = Request(text=SOWING)
    relevance = opened(folder, library, FakeEncoder()).search(request).relevance
    just_under, just_over = (opened(folder, library, FakeEncoder(), floor=relevance + d).search(request) for d in (-1e-6, 1e-6))
    assert just_under.hits and not just_under.nothing_found
    assert just_over.hits == () and just_over.nothing_found


def test_an_errand_is_less_relevant_than_a_class_project(index: Index) -> None:
    texts = ["book a cheap hotel", SOWING]
    assert [index.search(Request(text=text)).relevance for text in texts] == sorted(index.search(Request(text=text)).relevance for text in texts)
    assert index.search(Request(text=SOWING, grade="4", materials=("beans",))).relevance > index.search(Request(text=SOWING)).relevance


def test_what_the_gate_has_changed_and_what_hands_make_meet_a_lower_floor(folder: Path, library: Library) -> None:
    request = Request(text="something for the holes of a board")
    plain = opened(folder, library, FakeEncoder()).search(request).relevance
    strict = opened(folder, library, FakeEncoder(), floor=plain + 0.05)
    assert strict.search(request).nothing_found and not strict.search(request, gated=True).nothing_found
    assert strict.search(Request(text="weave something for the holes of a board")).relevance > plain


def test_without_an_encoder_it_searches_by_words_and_says_so(folder: Path, library: Library) -> None:
    index = opened(folder, library)
    assert index.search(Request(text=SOWING)).degraded == ("no encoder: searched by words alone",)
    assert index.search(Request(text="xyzzy frobnicate")).nothing_found and index.patterns_like(Request(text=SOWING)) == {}


@pytest.mark.parametrize("label", LABELS)
def test_a_typed_label_filters_and_an_inferred_one_only_favours(index: Index, library: Library, label: str) -> None:
    typed = ids(index, 27, text="paper string wood dots", label=label)
    assert set(typed) == {a.id.removeprefix("starter:") for a in library.articles.values() if Label(label) in a.labels}
    assert set(ids(index, 27, frozenset({"label"}), text="paper string wood dots", label=label)) > set(typed)


def test_a_typed_region_filters_and_an_inferred_one_only_favours(index: Index) -> None:
    def rank(**more: Any) -> int:
        return ids(index, 27, text="a game on the ground", **more).index("kolam")

    for region in ("India", "Asia"):
        typed = ids(index, 27, text="a game on the ground", region=region)
        assert "kolam" in typed and "oware" not in typed
    inferred = ids(index, 27, frozenset({"region"}), text="a game on the ground", region="India")
    assert "oware" in inferred and rank(region="India", inferred=frozenset({"region"})) < rank()


def test_filters_that_nothing_meets_find_nothing(index: Index) -> None:
    found = index.search(Request.model_validate({"text": SOWING, "region": "Atlantis"}))
    assert found.nothing_found and not found.hits


def test_the_classes_things_bring_up_what_can_be_made_from_them(index: Index) -> None:
    without, have = (ids(index, 27, text="a game on the ground", materials=things) for things in ((), ("soil", "bean seeds")))
    assert have.index("three-sisters-planting") < without.index("three-sisters-planting")


def test_a_misspelt_word_is_understood(folder: Path, library: Library) -> None:
    assert ids(opened(folder, library), text="stelpan")[0] == "steelpan"


@pytest.mark.parametrize("text", ["", " ", '"', "AND OR NOT", "title:kolam", "a" * 2000, "((((", "*", "kolam^9", "'-'", "中文", "\\"])
@pytest.mark.parametrize("with_encoder", [True, False])
def test_no_text_breaks_the_search(folder: Path, library: Library, text: str, with_encoder: bool) -> None:
    found = opened(folder, library, FakeEncoder() if with_encoder else None).search(Request(text=text))
    assert found.nothing_found is not bool(found.hits)


def test_another_encoders_index_is_refused(folder: Path, library: Library) -> None:
    with pytest.raises(IndexUnusable, match=r"'fake'.*needs other.*craftlore index"):
        opened(folder, library, FakeEncoder("other"))


def test_another_format_is_refused(folder: Path, library: Library, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "index")
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(manifest | {"format": 0}))
    with pytest.raises(IndexUnusable, match=r"format 0.*craftlore index"):
        opened(copy, library)


FILES = [
    "articles.jsonl",
    "passages.jsonl",
    "affinity.json",
    "vectors.npy",
    "patterns.json",
    "patterns.npy",
    "off_topic.npy",
    "manifest.json",
    "bm25/meta.json",
]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["gone", "empty", "half", "binary", "other"])
def test_a_damaged_index_is_refused_with_what_to_do(folder: Path, library: Library, tmp_path: Path, name: str, damage: str) -> None:
    copy = shutil.copytree(folder, tmp_path / "index")
    file = copy / name
    content = file.read_bytes()
    file.unlink()
    if damage == "other" and name.endswith(".npy"):
        np.save(file, np.zeros((3, 5), np.float32))
    elif damage != "gone":
        file.write_bytes({"empty": b"", "half": content[: len(content) // 2], "binary": b"\xff\x00" * 99, "other": b'{"a": 1}'}[damage])
    with pytest.raises(IndexUnusable, match=r"craftlore index") as caught:
        opened(copy, library, FakeEncoder()).search(Request(text=SOWING))
    assert str(copy) in str(caught.value)
