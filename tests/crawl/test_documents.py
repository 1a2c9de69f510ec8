"""A maker's own documents: cleaned and judged as wiki pages are; a bad line is named and costs nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeEncoder
from tiny_wiki import SETTINGS

from craftlore.artifacts import read_jsonl
from craftlore.crawl.documents import documents
from craftlore.crawl.draft import Draft
from craftlore.crawl.ledger import Line
from craftlore.crawl.run import crawl_documents
from craftlore.errors import CrawlError
from craftlore.records import Article, Label

KITE = {
    "title": "Wau bulan", "url": "https://museum.test/wau", "license": "CC BY 4.0", "categories": ["Kites"], "accession": "A 12",
    "sections": [
        {"title": "", "level": 1, "text": "The wau bulan is a _moon_ kite.[1][2]\n\nIt hums () in the wind.[citation needed]"},
        {"title": "Frame", "level": 2, "text": "<p>Split bamboo.<!-- JUNK --></p><table><tr><td>JUNK</td></tr></table><span style='display:none'>JUNK</span>"},
        {"title": "Bow", "level": 3, "text": "A [sic] snake_case_name and 2 * 3 * 4 stay."}, {"title": "See also", "level": 2, "text": "JUNK"},
        {"title": "Use", "level": 2, "text": "Flown c. 1500 at harvest."},
    ],
}  # fmt: skip


def read(tmp_path: Path, *rows: Any) -> list[Draft | Line]:
    path = tmp_path / "museum.jsonl"
    path.write_bytes(b"\n".join(row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows))
    return list(documents(path, lambda done, total: None))


def test_a_document_becomes_sections_of_clean_sentences(tmp_path: Path) -> None:
    (draft,) = read(tmp_path, KITE)
    assert isinstance(draft, Draft) and draft.licence == "CC BY 4.0" and draft.categories == ("Kites",)
    assert draft.sections == (
        ((), ("The wau bulan is a moon kite.", "It hums in the wind.")), (("Frame",), ("Split bamboo.",)),
        (("Frame", "Bow"), ("A [sic] snake_case_name and 2 * 3 * 4 stay.",)), (("Use",), ("Flown c. 1500 at harvest.",)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("left", "text"),
    [
        ("]] A pin of bone.", "A pin of bone."), ("on a loom]] at home, 1993]] A pin of bone.", "A pin of bone."), ("A pin {{}} of bone.", "A pin of bone."),
        ("File:Pin 1.jpg|A pin File:Pin 2.jpg|Two", ""), ("See [[bone]] here.", "See [[bone]] here."),
    ],
)  # fmt: skip
def test_what_a_dump_leaves_of_pictures_goes(tmp_path: Path, left: str, text: str) -> None:
    (draft,) = read(tmp_path, {**KITE, "sections": [{"text": "First.\n" + left}]})
    assert isinstance(draft, Draft) and " ".join(draft.sentences) == f"First. {text}".strip()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b'{"title": "x"', "not valid JSON"), (b"\xff\xfe{}", "not valid UTF-8"), ({**KITE, "license": ""}, "license"), ({**KITE, "title": " "}, "title"),
        ({key: value for key, value in KITE.items() if key != "url"}, "url"), ({**KITE, "sections": []}, "sections"), (b"[1, 2]", ""), (b"null", ""),
        ({**KITE, "sections": [{"title": "x", "level": 0, "text": "y"}]}, "sections.0.level"), (b"[" * 100_000, "not valid JSON"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named_and_the_others_are_read(tmp_path: Path, row: Any, said: str) -> None:
    first, bad, last = read(tmp_path, KITE, row, {**KITE, "title": "Wau kuching"})
    assert isinstance(first, Draft) and isinstance(last, Draft) and isinstance(bad, Line)
    assert (bad.reason, bad.title) == ("bad-line", "line 2") and said in bad.detail


def test_one_title_is_taken_once(tmp_path: Path) -> None:
    twin = read(tmp_path, KITE, KITE)[1]
    assert isinstance(twin, Line) and twin.reason == "duplicate" and "line 1" in twin.detail


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(CrawlError, match="the file is empty"):
        read(tmp_path, content)


def test_documents_become_a_corpus_with_labels_by_the_anchors(tmp_path: Path) -> None:
    read(tmp_path, {**KITE, "title": "Traditional toys: kites and spinning tops"}, b"oops", {**KITE, "title": "Short", "sections": [{"text": "Too short."}]})
    report = crawl_documents(tmp_path / "museum.jsonl", SETTINGS, FakeEncoder(), tmp_path / "out", lambda step, done, total: None)
    (article,) = read_jsonl(tmp_path / "out" / "articles.jsonl", Article)
    assert article.id.startswith("museum:") and article.source == "museum" and article.labels == (Label.PLAY,) and article.url == "https://museum.test/wau"
    assert report.counts.dropped == {"bad-line": 1, "too-short": 1} and report.requests == 0


def test_without_an_encoder_nobody_can_choose_the_labels(tmp_path: Path) -> None:
    read(tmp_path, KITE)
    with pytest.raises(CrawlError, match="needs the sentence encoder"):
        crawl_documents(tmp_path / "museum.jsonl", SETTINGS, None, tmp_path / "out", lambda step, done, total: None)


def test_another_file_does_not_replace_the_corpus(tmp_path: Path) -> None:
    read(tmp_path, KITE)
    quiet = (SETTINGS, FakeEncoder(), tmp_path / "out", lambda step, done, total: None)
    crawl_documents(tmp_path / "museum.jsonl", *quiet)
    crawl_documents(tmp_path / "museum.jsonl", *quiet)
    (tmp_path / "museum.jsonl").rename(tmp_path / "other.jsonl")
    with pytest.raises(CrawlError, match=r"holds the crawl of museum\.jsonl. Give --out"):
        crawl_documents(tmp_path / "other.jsonl", *quiet)
