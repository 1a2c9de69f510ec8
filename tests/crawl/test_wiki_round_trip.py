"""The starter library, written as wikitext, imported, crawled back and indexed, is found as well as the original."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from crawling import Crawler

from craftlore.config import Config
from craftlore.index.build import build
from craftlore.index.encoder import Encoder
from craftlore.index.search import Index
from craftlore.library import Library
from craftlore.records import Article
from craftlore.suggest.open import open_encoder
from craftlore.verify.retrieval import CASES, RetrievalReport, verify_retrieval

TOLERANCE = 0.03
"""Of a recall near 0.9 over 80 requests, whose standard error is 0.03: access, people and techniques are derived anew, not copied."""


class Remembering(Encoder):
    """The real encoder, asked once for each text: both corpora hold the same passages."""

    def __init__(self, real: Encoder) -> None:
        self.name, self._real, self._known = real.name, real, dict[str, Any]()

    def encode(self, texts: Sequence[str]) -> Any:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known |= zip(new, self._real.encode(new), strict=True)
        return np.stack([self._known[text] for text in texts]) if texts else self._real.encode([])


@pytest.mark.real
def test_the_corpus_crawled_back_answers_as_well_as_the_original(sifted: Crawler, library: Library, tmp_path: Path) -> None:
    config = Config(home=sifted.home)
    encoder = Remembering(open_encoder(config))

    def retrieval(articles: Sequence[Article], cases: Path) -> RetrievalReport:
        build(articles, library.patterns, encoder, tmp_path / "index", passage_words=config.search.passage_words)
        return verify_retrieval(Index(tmp_path / "index", library.patterns, config.search, encoder), library, cases)

    back = sifted.articles
    ids = {article.id: back[article.title].id for article in library.articles.values() if article.title in back}
    rows = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    cases = tmp_path / "cases.jsonl"
    cases.write_text("\n".join(json.dumps({**row, "fits": [ids.get(name, name) for name in row["fits"]]}) for row in rows))
    before, after = retrieval(list(library.articles.values()), CASES), retrieval(list(back.values()), cases)
    print(f"recall@5 {before.recall_at_5:.3f} -> {after.recall_at_5:.3f}, nothing found rightly {before.off_topic_empty:.3f} -> {after.off_topic_empty:.3f}")
    assert (after.requests, after.off_topic) == (before.requests, before.off_topic)
    assert after.recall_at_5 >= before.recall_at_5 - TOLERANCE and after.off_topic_empty >= before.off_topic_empty, after.wrong
