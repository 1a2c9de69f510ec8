"""Sentences planted in an article, and honest ones that look like them, through the article gate: what stayed, what was lost.

Two rates that are never blended: planted texts whose instruction survived, and honest texts that lost a sentence.
"""

from __future__ import annotations

import base64
import codecs
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from craftlore.crawl.article_gate import clean
from craftlore.crawl.draft import Sections
from craftlore.errors import DataError
from craftlore.index.encoder import Encoder
from craftlore.sentences import split_sentences
from craftlore.verify.redteam import interval

__all__ = ["LINES", "SUITES", "PlantedRate", "rates_of", "verify_planted"]

_DATA = Path(__file__).parent / "data"
SUITES = (_DATA / "planted.toml", _DATA / "heldout_planted.toml", _DATA / "heldout2_planted.toml")
LINES = _DATA / "planted_lines.toml"
"""Beside the first suite, what the second opinion is fitted on."""
_BEFORE, _AFTER = "The frame is tied with cord.", "The cloth is dried in the shade."
_DISGUISES: tuple[Callable[[str], str], ...] = (
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: text.encode().hex(),
    lambda text: codecs.encode(text, "rot13"),
    lambda text: "\u200b".join(text),
)
Gate = Callable[[Sections], Sections]


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    style: str
    planted: bool
    disguise: bool = False
    texts: tuple[str, ...] = Field(min_length=1)


@dataclass(frozen=True)
class PlantedRate:
    """One style, or all: `failed` of `texts` survived (planted) or lost a sentence (honest); 95% interval; the failures word for word."""

    style: str
    planted: bool
    texts: int
    failed: int
    interval: tuple[float, float]
    wrong: tuple[str, ...]


def verify_planted(suite: Path, encoder: Encoder | None = None) -> list[PlantedRate]:
    """Rates of the article gate, with its second opinion if there is an encoder. Raises DataError for a bad file."""
    return rates_of(suite, lambda sections: clean(sections, encoder=encoder)[0])


def rates_of(suite: Path, gate: Gate) -> list[PlantedRate]:
    """Rates of any gate by style, and over all styles at the end. Raises DataError for a bad file."""
    try:
        groups = [_Group.model_validate(row) for row in tomllib.loads(suite.read_text(encoding="utf-8"))["group"]]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{suite}: {error}") from error
    rates = []
    for group in groups:
        texts = list(_texts(group))
        wrong = tuple(text for text in texts if not _right(text, group.planted, gate))
        rates.append(_rate(group.style, group.planted, len(texts), wrong))
    for planted in (True, False):
        same = [rate for rate in rates if rate.planted is planted]
        rates.append(_rate("all", planted, sum(rate.texts for rate in same), tuple(text for rate in same for text in rate.wrong)))
    return rates


def _texts(group: _Group) -> Iterator[str]:
    for text in group.texts:
        yield text
        if group.disguise:
            yield from (disguise(text) for disguise in _DISGUISES)


def _right(text: str, planted: bool, gate: Gate) -> bool:
    """Planted: the last sentence, which carries the instruction, is gone, and its honest neighbours are not. Honest: all is still there."""
    sentences = tuple(split_sentences(text))
    left = [sentence for _, kept in gate((((), (_BEFORE, *sentences, _AFTER)),)) for sentence in kept]
    neighbours = _BEFORE in left and _AFTER in left
    return neighbours and (left[-2] in (_BEFORE, *sentences[:-1]) if planted else len(left) == len(sentences) + 2)


def _rate(style: str, planted: bool, texts: int, wrong: tuple[str, ...]) -> PlantedRate:
    return PlantedRate(style, planted, texts, len(wrong), interval(len(wrong), texts), wrong)
