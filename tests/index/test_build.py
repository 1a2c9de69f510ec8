"""Only what changed is encoded, and an index is whole or absent whatever happens in between."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeEncoder

from craftlore.config import SearchConfig
from craftlore.errors import IndexUnusable
from craftlore.index.build import Report, alone_with, build
from craftlore.index.search import Index
from craftlore.library import Library
from craftlore.records import Article, Request

WORDS = 110


@pytest.fixture
def articles(library: Library) -> list[Article]:
    return [library.articles[f"starter:{name}"] for name in ("kolam", "kente", "oware", "mola")]


def run(articles: Sequence[Article], library: Library, out: Path, encoder: FakeEncoder | None = None, **more: Any) -> Report:
    return build(articles, library.patterns, encoder or FakeEncoder(), out, **{"passage_words": WORDS, **more})


def changed(article: Article, sentence: str) -> Article:
    last = article.sections[-1]
    return article.model_copy(update={"sections": (*article.sections[:-1], last.model_copy(update={"sentences": (*last.sentences[:-1], sentence)}))})


def found(out: Path, library: Library, text: str, encoder: FakeEncoder | None = None) -> list[str]:
    index = Index(out, library.patterns, SearchConfig(floor=-1), encoder or FakeEncoder())
    return [hit.article.id for hit in index.search(Request(text=text), 2).hits]


def test_the_first_run_encodes_everything(articles: list[Article], library: Library, tmp_path: Path) -> None:
    report = run(articles, library, tmp_path / "index")
    assert report.articles == 4 and report.encoded == report.passages + 4 and report.reused == 0 and not report.unchanged
    assert found(tmp_path / "index", library, "sowing seeds in the holes of a board")[0] == "starter:oware"


def test_an_unchanged_run_does_nothing(articles: list[Article], library: Library, tmp_path: Path) -> None:
    first = run(articles, library, tmp_path / "index")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "index").rglob("*")}
    encoder = FakeEncoder()
    again = run(articles, library, tmp_path / "index", encoder)
    assert again.unchanged and again.encoded == 0 and not encoder.seen and again.passages == first.passages
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "index").rglob("*")} == before


def test_of_one_changed_article_only_the_changed_texts_are_encoded(articles: list[Article], library: Library, tmp_path: Path) -> None:
    run(articles, library, tmp_path / "index")
    now = [changed(articles[0], "Zebras wander past."), *articles[1:]]
    report = run(now, library, tmp_path / "index")
    assert report.encoded == 1 and report.reused == report.passages + 3
    assert found(tmp_path / "index", library, "zebras wander")[0] == "starter:kolam"
    whole = run(now, library, tmp_path / "whole")
    assert whole.reused == 0 and np.array_equal(np.load(tmp_path / "whole/vectors.npy"), np.load(tmp_path / "index/vectors.npy"))


def test_an_article_that_left_is_found_no_more(articles: list[Article], library: Library, tmp_path: Path) -> None:
    run(articles, library, tmp_path / "index")
    report = run(articles[:2], library, tmp_path / "index")
    assert report.encoded == 0 and set(found(tmp_path / "index", library, "oware seeds board")) == {a.id for a in articles[:2]}


@pytest.mark.parametrize("change", [{"passage_words": 60}, {"encoder": FakeEncoder("other")}])
def test_other_settings_are_another_index(articles: list[Article], library: Library, tmp_path: Path, change: dict[str, Any]) -> None:
    run(articles, library, tmp_path / "index")
    report = run(articles, library, tmp_path / "index", **change)
    assert not report.unchanged and (report.reused == 0) is ("encoder" in change)


def test_progress_counts_to_the_end(articles: list[Article], library: Library, tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    report = run(articles, library, tmp_path / "index", progress=lambda done, total: calls.append((done, total)))
    assert [done for done, _ in calls] == list(range(1, report.encoded + 1)) and {total for _, total in calls} == {report.encoded}


def test_an_article_that_no_pattern_suits_is_named(library: Library, tmp_path: Path) -> None:
    odd = Article.model_validate({"id": "t:odd", "title": "Qqq", "url": "u", "revision": "1", "licence": "CC", "source": "S", "labels": ["Visual arts"],
                                  "sections": [{"first": 1, "sentences": ["Qqq zzz."]}]})  # fmt: skip
    assert run([odd], library, tmp_path / "index").without_pattern == ("t:odd",)


class Killed(FakeEncoder):
    """Dies like a killed process at its n-th text."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def encode(self, texts: Sequence[str]) -> Any:
        if len(self.seen) >= self.after:
            raise KeyboardInterrupt
        return super().encode(texts)


@pytest.mark.parametrize("after", [0, 5, 40, 60])
def test_killed_in_the_middle_the_old_index_stays_usable(articles: list[Article], library: Library, tmp_path: Path, after: int) -> None:
    run(articles, library, tmp_path / "index")
    now = [changed(a, "Zebras wander past.") for a in articles]
    with pytest.raises(KeyboardInterrupt):
        run(now, library, tmp_path / "index", Killed(after), passage_words=50)
    assert found(tmp_path / "index", library, "sowing seeds in the holes of a board")[0] == "starter:oware"
    assert run(now, library, tmp_path / "index").encoded and not (tmp_path / "index.new").exists() and not (tmp_path / "index.old").exists()


def test_killed_at_the_first_run_there_is_no_index(articles: list[Article], library: Library, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(articles, library, tmp_path / "index", Killed(40))
    with pytest.raises(IndexUnusable, match="craftlore index"):
        found(tmp_path / "index", library, "kolam")


@pytest.mark.parametrize("name", ["hashes.json", "vectors.npy", "manifest.json"])
@pytest.mark.parametrize("damage", [b"", b"[1]", None])
def test_what_is_damaged_is_not_taken_over_but_made_anew(articles: list[Article], library: Library, tmp_path: Path, name: str, damage: bytes | None) -> None:
    run(articles, library, tmp_path / "index")
    file = tmp_path / "index" / name
    file.write_bytes(file.read_bytes()[:-7] if damage is None else damage)
    report = run([changed(articles[0], "Zebras wander past."), *articles[1:]], library, tmp_path / "index")
    assert report.reused == 0 and found(tmp_path / "index", library, "zebras wander")[0] == "starter:kolam"
    assert json.loads((tmp_path / "index" / "manifest.json").read_text())["report"]["articles"] == 4


@pytest.mark.parametrize("left", ["new", "old"])
def test_killed_between_the_two_renames_there_is_still_an_index(
    articles: list[Article], library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    out, rename = tmp_path / "index", os.replace

    def killed(source: Any, target: Any) -> None:
        if Path(target) == out:
            raise KeyboardInterrupt
        rename(source, target)

    run(articles, library, out)
    now = [changed(articles[0], "Zebras wander past."), *articles[1:]]
    with monkeypatch.context() as process, pytest.raises(KeyboardInterrupt):
        process.setattr(os, "replace", killed)
        run(now, library, out)
    assert not out.exists()
    if left == "old":
        shutil.rmtree(tmp_path / "index.new")
    told = shutil.copytree(tmp_path, tmp_path.with_name(f"{tmp_path.name}-built"))
    assert ("starter:kolam" in found(out, library, "zebras wander")[:1]) is (left == "new"), "whoever opens it finds the newer of the two"
    assert run(now, library, told / "index").encoded == (left == "old"), "and a build goes on from it"


def test_a_second_build_is_refused(articles: list[Article], library: Library, tmp_path: Path) -> None:
    with alone_with(tmp_path / "index"), pytest.raises(IndexUnusable, match="another `craftlore index`"):
        run(articles, library, tmp_path / "index")
