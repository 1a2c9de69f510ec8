"""A maker's own documents, one JSON object a line, as drafts: museum texts, or an existing dump of a wiki.

Fields: `title`, `url`, `license`, `categories`, `sections` (each `title`, `level`, `text`); `language` if it is not English. Text may be
plain, with reference marks, or HTML. Anything else in a line is ignored; a line that cannot be used becomes a line of the ledger.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from craftlore.crawl.draft import Draft
from craftlore.crawl.ledger import Line
from craftlore.crawl.prose import Paragraphs, read_html, to_sections
from craftlore.errors import CrawlError
from craftlore.handwritten import first_problem
from craftlore.vocabulary import Text

__all__ = ["documents"]

MARKUP = re.compile(r"<!--|</?[a-zA-Z][^<>]*>")
MARKS = re.compile(r"\[(?:\d{1,3}|[a-z]|(?:note|nb|n) \d+|(?:citation|clarification|page) needed|(?:who|when|which|where|by whom|according to whom)\?)\]", re.I)
EMPHASIS = re.compile(r"(?<!\w)(_{1,2}|\*{1,2})(?=\S)([^_*\n]+?)(?<=\S)\1(?!\w)")

# What dumps leave of pictures: the end of a caption (they are short) in front of a paragraph, gallery lines, empty templates.
CAPTION_END = re.compile(r"^(?:(?!\[\[).){0,300}?\]\]\s*")
PICTURE = re.compile(r"\s*(?:File|Image):\S")


class _Part(BaseModel):
    title: str = ""
    level: int = Field(default=1, ge=1, le=9)
    text: str = ""


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore")
    title: Text
    url: Text
    license: Text
    categories: tuple[str, ...] = ()
    language: str = "en"
    sections: tuple[_Part, ...] = Field(min_length=1)


def documents(path: Path, told: Callable[[int, int], None]) -> Iterator[Draft | Line]:
    """The documents of a file in its order. Raises CrawlError if the file cannot be read or holds nothing."""
    try:
        rows = path.read_bytes().split(b"\n")
    except OSError as error:
        raise CrawlError(f"{path}: cannot be read: {error.strerror}") from error
    if not any(row.strip() for row in rows):
        raise CrawlError(f"{path}: the file is empty; it takes one JSON object a line with title, url, license, categories and sections")
    lines_by_title: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        told(number, len(rows))
        if not row.strip():
            continue
        try:
            document = _Document.model_validate(json.loads(row.decode()))
        except UnicodeDecodeError as error:
            yield Line(reason="bad-line", title=f"line {number}", detail=f"not valid UTF-8: {error}")
            continue
        except (ValidationError, ValueError, RecursionError) as error:
            detail = first_problem(error) if isinstance(error, ValidationError) else f"not valid JSON: {error}"
            yield Line(reason="bad-line", title=f"line {number}", detail=detail)
            continue
        first = lines_by_title.setdefault(document.title, number)
        if first != number:
            yield Line(reason="duplicate", title=document.title, detail=f"line {number} has the title of line {first}")
            continue
        yield _draft(document, row)


def _draft(document: _Document, row: bytes) -> Draft:
    return Draft(
        title=document.title, url=document.url, language=document.language, page_id=hashlib.sha256(document.title.encode()).hexdigest()[:12],
        revision=hashlib.sha256(row).hexdigest()[:12], timestamp=None, licence=document.license, categories=document.categories, labels=(),
        sections=to_sections(_paragraphs(document.sections), document.language),
    )  # fmt: skip


def _paragraphs(parts: tuple[_Part, ...]) -> Paragraphs:
    path: list[tuple[int, str]] = []
    found: Paragraphs = []
    for part in parts:
        path = [(level, title) for level, title in path if level < part.level]
        if title := " ".join(part.title.split()):
            path.append((part.level, title))
        found.append((tuple(title for _, title in path), [_plain(text) for text in _texts(part.text)]))
    return found


def _texts(text: str) -> list[str]:
    if MARKUP.search(text):
        return [inner for _, inners in read_html(text) for inner in inners]
    return [line for line in text.split("\n") if not PICTURE.match(line)]


def _plain(text: str) -> str:
    while (rest := CAPTION_END.sub("", text)) != text:
        text = rest
    return EMPHASIS.sub(r"\2", MARKS.sub("", text.replace("{{}}", "")))
