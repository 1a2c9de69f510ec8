"""A wiki's rendered HTML to sections of sentences: what a reader would read, without the furniture of the page.

The rules for what is no prose are those of MediaWiki's own plain-text extracts (extension TextExtracts) and a few more: whatever
a style or an attribute hides, and sections that only point elsewhere. A ZIM file holds the same HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from craftlore.crawl.draft import Sections
from craftlore.sentences import split_sentences

__all__ = ["POINTERS", "Paragraphs", "read_html", "repaired", "to_sections"]

Paragraphs = list[tuple[tuple[str, ...], list[str]]]
"""Heading path and the paragraphs below it."""

JUNK = ", ".join((
    "table", "figure", "style", "script", "noscript", "template", "link", "meta", "input", "button", "audio", "video", "iframe", "svg", "head", "nav", "footer",
    ".infobox", ".navbox", ".hatnote", ".thumb", ".gallery", ".gallerybox", ".toc", "#toc", "#coordinates", ".metadata", ".ambox", ".sistersitebox",
    ".reference", ".references", ".mw-references-wrap", ".reflist", ".mw-cite-backlink", ".mw-editsection", ".mw-empty-elt", ".catlinks", ".printfooter",
    ".error", ".nomobile", ".noprint", ".noexcerpt", ".sortkey", ".sr-only", ".visually-hidden", ".mw-jump-link", "[hidden]", ".Inline-Template",
))  # fmt: skip
HIDDEN = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|opacity:0(?:\.0+)?(?:;|$|!)|font-size:0(?:\.0+)?(?:px|em|rem|pt|%)?(?:;|$|!)"
    r"|(?:text-indent|left|top):-\d{3,}|color:(?:transparent|white|#fff(?:fff)?)(?:;|$|!)",
    re.I,
)
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
BLOCKS = frozenset(
    {*HEADINGS, "p", "ul", "ol", "li", "dl", "dt", "dd", "div", "section", "details", "summary", "blockquote", "pre", "center", "body", "hr", "main", "article"}
)
# Sections that point elsewhere, in the languages whose Wikipedias are largest.
POINTERS = frozenset(
    {
        "see also", "references", "reference", "references and notes", "notes and references", "notes", "footnotes", "citations", "sources", "bibliography",
        "works cited", "literature", "further reading", "external links", "external link", "links", "gallery", "image gallery", "publications",
        "general references", "general and cited references", "cited sources", "explanatory notes", "contents",
        "siehe auch", "einzelnachweise", "weblinks", "literatur", "anmerkungen", "quellen", "voir aussi", "notes et références", "références", "bibliographie",
        "liens externes", "articles connexes", "annexes", "véase también", "referencias", "enlaces externos", "bibliografía", "notas", "ver também",
        "referências", "ligações externas", "bibliografia", "notas e referências", "note", "voci correlate", "collegamenti esterni", "altri progetti",
        "zie ook", "bronnen", "externe links", "примечания", "ссылки", "литература", "см. также", "zobacz też", "przypisy", "linki zewnętrzne",
        "関連項目", "脚注", "外部リンク", "参考文献", "参见", "参考资料", "外部链接", "注释",
    }
)  # fmt: skip
# Zero-width and direction marks that fonts need and readers never see. What can smuggle text past a reader is left for the article gate.
MARKS = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u2060\ufeff"))
FORMULA = "[formula]"
NESTED = 8  # empty brackets within each other that are cleared; a page of brackets must not cost a round for each


def read_html(html: str) -> Paragraphs:
    """The prose of a page, in order, section by section."""
    tree = LexborHTMLParser(html)
    root = tree.css_first(".mw-parser-output") or tree.css_first("#mw-content-text") or tree.body
    if root is None:
        return []
    skip = {node.mem_id for node in root.css(JUNK)} | {node.mem_id for node in root.css("[style]") if _hides(node)}
    skip |= {node.mem_id for node in root.css("a.new") if _of_a_missing_template(node)}
    skip |= {node.mem_id for node in root.css("div") if not node.css_matches(", ".join(HEADINGS))}  # boxes and columns; one around headings is the page
    return _by_heading(root, skip - {root.mem_id})


def to_sections(paragraphs: Paragraphs, language: str) -> Sections:
    """Paragraphs to sentences; sections that only point elsewhere are left out, with what is below them."""
    kept = []
    for path, texts in paragraphs:
        if any(heading.casefold().strip(" :.") in POINTERS for heading in path):
            continue
        sentences = tuple(sentence for text in texts for sentence in split_sentences(repaired(text), language))
        if sentences:
            kept.append((path, sentences))
    return tuple(kept)


def repaired(text: str) -> str:
    """One line of text; brackets that a template left empty go, and so does the space before a comma or full stop."""
    text = " ".join(text.translate(MARKS).split())
    for _ in range(NESTED):
        text = re.sub(r"\s*[(\[（][\s,;:.·/–-]*[)\]）]", "", text)
        text = re.sub(r"([(（])\s*[,;:·]\s*", r"\1", text)
        text = re.sub(r"\s*[,;:·]\s*([)）])", r"\1", text)
        text = re.sub(r"([(（])\s+|\s+([)）])", r"\1\2", text)
    text = re.sub(r"\s+([,.])(?=\s|$)", r"\1", text)
    return re.sub(r"([,;:])(?:\s*,)+", r"\1", text).strip()


def _by_heading(root: LexborNode, skip: set[int]) -> Paragraphs:
    path: list[tuple[int, str]] = []
    found: Paragraphs = [((), [])]
    for tag, text in _blocks(root, skip):
        if level := HEADINGS.get(tag):
            path = [*((depth, title) for depth, title in path if depth < level), (level, repaired(text))]
            found.append((tuple(title for _, title in path), []))
        elif text.strip() != FORMULA:
            found[-1][1].append(text)
    return found


def _blocks(root: LexborNode, skip: set[int]) -> Iterator[tuple[str, str]]:
    """(tag, text) of each run of text between the edges of blocks, in the order of the page."""
    tag, run = "", ""
    for edge, text in _edges_and_texts(root, skip):
        if edge is None:
            run += text
            continue
        if run.strip():
            yield tag, run
        tag, run = edge, ""


def _edges_and_texts(root: LexborNode, skip: set[int]) -> Iterator[tuple[str | None, str]]:
    """Depth first: (tag, "") where a block begins, ("", "") where it ends, (None, text) for text. Without recursion: pages nest deeply."""
    todo: list[LexborNode | None] = [root]
    while todo:
        node = todo.pop()
        if node is None:
            yield "", ""
        elif node.tag == "-text":
            yield None, node.text_content or ""
        elif node.mem_id not in skip:
            if node.tag == "math" or "mwe-math-element" in (node.attributes.get("class") or ""):
                yield None, FORMULA
                continue
            if node.tag == "br":
                yield None, " "
            if node.tag in BLOCKS:
                yield node.tag or "", ""
                todo.append(None)
            todo.extend(reversed(list(node.iter(include_text=True))))


def _of_a_missing_template(node: LexborNode) -> bool:
    """Where a template does not exist, a wiki shows a red link with the template's whole name: "Template:Convert" is no prose."""
    text = node.text()
    return re.match(r"[^\W\d_]+:\S", text) is not None and (node.attributes.get("title") or "").startswith(f"{text} (")


def _hides(node: LexborNode) -> bool:
    style = re.sub(r"\s", "", node.attributes.get("style") or "")
    found = HIDDEN.search(style)
    return found is not None and not (found[0].lower().startswith("color") and "background" in style)
