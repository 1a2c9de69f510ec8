"""The starter library, written as wikitext, imported, crawled back and indexed, is found as well as the original."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from crawling import Crawler

from craftlore.library import Library
from craftlore.verify.retrieval import CASES

pytestmark = pytest.mark.real
TOLERANCE = 0.03
"""Of a recall near 0.9 over 80 requests, whose standard error is 0.03: access, people and techniques are derived anew, not copied."""


def craftlore(crawler: Crawler, *arguments: str) -> str:
    """Any other command of Craftlore on the crawler's data folder; what it wrote on standard output."""
    crawler.command()
    done = subprocess.run([sys.executable, "-m", "craftlore", *arguments], env=crawler.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def retrieval(crawler: Crawler, cases: Path, *corpus: str) -> dict[str, Any]:
    """The figures of `verify retrieval` on an index made anew."""
    craftlore(crawler, "index", *corpus)
    found: dict[str, Any] = json.loads(craftlore(crawler, "verify", "retrieval", "--cases", str(cases), "--json"))
    return found


def test_the_corpus_crawled_back_answers_as_well_as_the_original(sifted: Crawler, library: Library, tmp_path: Path) -> None:
    original = Crawler(tmp_path / "original", "")
    original.borrow_weights()
    ids = {article.id: sifted.articles[article.title].id for article in library.articles.values() if article.title in sifted.articles}
    rows = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    cases = tmp_path / "cases.jsonl"
    cases.write_text("\n".join(json.dumps({**row, "fits": [ids.get(name, name) for name in row["fits"]]}) for row in rows))
    before = retrieval(original, CASES)
    after = retrieval(sifted, cases, "--corpus", str(sifted.folder / "articles.jsonl"))
    assert (after["requests"], after["off_topic"]) == (before["requests"], before["off_topic"])
    assert after["recall_at_5"] >= before["recall_at_5"] - TOLERANCE and after["off_topic_empty"] >= before["off_topic_empty"], after["wrong"]
