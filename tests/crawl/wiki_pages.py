"""The pages of the test wiki: the starter library in wikitext, dressed in all that a crawl has to take off again.

So the truth is known to the letter: what comes back has to be the articles' own sentences. Whatever must not come back
carries the mark `Junk`. Beside them stand pages for one difficulty each (`wiki/pages.wiki`), in words of our own.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from mediawiki import Page

from craftlore.records import Article, Label

MANY = 640
"""Members of the category that takes more than one answer to list."""
LONG, LEAVES, DEEP = "Loom of two megabytes", "Loom that is about to leave", "Loom in the depths"
ELSEWHERE = " elsewhere"
FORMS = ("[[@]]", "[[Some page|@]]", "'''@'''", "''@''", "{{Lang|en|@}}", "{{Nowrap|@}}", "<b>@</b>", "{{Abbr|@}}")
"""What is done to one word of every sentence; the word stays."""
MARKS = ("", "<ref>JunkReference, page 7.</ref>", '<ref name="again">JunkAgain.</ref><ref group=note>JunkNote.</ref>', "{{Citation needed}}")
CLUTTER = (
    "{{Main|JunkMainPage}}",
    '{| class="wikitable"\n|+ JunkTableCaption\n! JunkHead !! JunkHead2\n|-\n| JunkCell || 12\n|}',
    "<gallery>\nFile:JunkA.jpg|JunkGallery one\nFile:JunkB.jpg|JunkGallery two\n</gallery>",
    "[[File:JunkSide.jpg|thumb|left|200px|JunkSideCaption]]",
    '<div style="display:none">JunkBlock</div>',
    '<p style="visibility: hidden">JunkInvisible</p>',
)
"""What stands between a heading and its prose."""
HEAD = """{{Short description|JunkShort}}
{{About|JunkOther}}
{{Ambox}}
{{Infobox craft|name=JunkName|where=JunkPlace}}{{Coord}}
{{Sidebar}}
[[File:JunkPicture.jpg|thumb|alt=JunkAlt|JunkCaption of a picture]]
<!-- JunkComment -->"""
TAIL = """== See also ==
* [[JunkSee]]
== Notes ==
<references group=note />
== References ==
{{Reflist}}
== Further reading ==
* JunkBook, a book about nothing
== External links ==
* [http://junk.test JunkSite]
{{Navbox}}
{{Authority control}}
{{Portal bar}}
{{Stub}}"""


def every_page(articles: Sequence[Article]) -> list[Page]:
    """All of the test wiki, in the order in which it is imported."""
    templates = [Page(f"Template:{title}", text) for title, text, _ in written("templates")]
    oddities = [Page(title, text) for title, text, _ in written("pages")]
    return [*templates, *tree(), *(dressed(article) for article in articles), *oddities, long_page(), *many()]


def written(name: str) -> Iterator[tuple[str, str, list[str]]]:
    """The blocks of `wiki/NAME.wiki`: title after `@@`, wikitext, and after `=>` the sentences that have to come back first."""
    text = (Path(__file__).parent / "wiki" / f"{name}.wiki").read_text(encoding="utf-8")
    for block in re.split(r"^@@ ", text, flags=re.M)[1:]:
        title, _, body = block.partition("\n")
        text, *sentences = body.split("\n=> ")
        yield title, text.strip(), [sentence.strip() for sentence in sentences]


def dressed(article: Article) -> Page:
    """An article as a page: its sentences untouched, everything else marked."""
    body = [HEAD]
    for section in article.sections:
        if section.path:  # the starter library has one level of headings
            chance = zlib.crc32(f"{article.title}/{section.path[-1]}".encode())
            clutter = (CLUTTER[chance % len(CLUTTER)], CLUTTER[chance // 7 % len(CLUTTER)]) if chance % 3 else ()
            body += [f"== {section.path[-1]} ==", *clutter]
        body.append(" ".join(_sentence(sentence, article.title) for sentence in section.sentences))
    return Page(article.title, "\n\n".join([*body, TAIL, *(f"[[Category:{name}]]" for name in (*homes(article), *subjects(article)))]))


def _sentence(sentence: str, title: str) -> str:
    """One sentence with links, emphasis, references and hidden text: chosen by its checksum, so the same in every run."""
    chance = zlib.crc32(sentence.encode())
    words = sentence.split(" ")
    at = 1 + chance % max(len(words) - 2, 1)
    word = re.match(r"[^\W_]+", words[at])
    if word:
        words[at] = FORMS[chance // 7 % len(FORMS)].replace("@", word[0]) + words[at][word.end() :]
    text = " ".join(words)
    if chance % 5 == 0:
        text = text.replace(" ", ' <!-- JunkInside --><span style="display:none">JunkHidden</span> ', 1)
    if chance % 7 == 0:
        text = text.replace(title, f"{title} ({{{{Void}}}}; {{{{Void}}}})", 1)
    return text + MARKS[chance // 11 % len(MARKS)]


def seed_of(label: Label) -> str:
    """The seed category of a label; its name says nothing that a filter could take for a fact about the page."""
    return f"Seed {label.name.title()}"


def homes(article: Article) -> list[str]:
    """The categories of an article: for every label the seed itself, or one level below it."""
    below = ("", " in Asia" if article.continent == "Asia" else ELSEWHERE)[zlib.crc32(article.id.encode()) % 2]
    return [f"{seed_of(label)}{below}" for label in article.labels]


def subjects(article: Article) -> list[str]:
    """What the library knows of an article beside its text, in the only words that wikitext has for it: categories.

    The word behind keeps a tag such as "two players" from reading like a category of people.
    """
    people = [f"{name} culture" for name in article.people]
    places = [f"Culture of {place}" for place in article.places]
    return [*people, *places, *(f"{name} (subject)" for name in (*article.techniques, *article.tags))]


def tree() -> Iterator[Page]:
    """The category pages: seeds, two sub-categories each of which leads back to its seed, and a level that is too deep."""
    for label in Label:
        yield Page(f"Category:{seed_of(label)}", f"A seed.\n[[Category:{seed_of(label)}{ELSEWHERE}]]\n[[Category:Everything]]")
        for below in (" in Asia", ELSEWHERE):
            yield Page(f"Category:{seed_of(label)}{below}", f"[[Category:{seed_of(label)}]]")
            yield Page(f"Category:Depths of {seed_of(label)}{below}", f"[[Category:{seed_of(label)}{below}]]")
    yield Page(DEEP, "{{Prose}}" + f"\n[[Category:Depths of {seed_of(Label.CRAFTS)}{ELSEWHERE}]]")


def long_page() -> Page:
    """A page of two megabytes: one paragraph of prose, over and over, in 240 sections."""
    prose = next(text for title, text, _ in written("templates") if title == "Prose").split("<noinclude>")[0]
    days = (f"== Day {day} of the work ==\n" + " ".join([prose] * 11) for day in range(1, 241))
    return Page(LONG, "\n\n".join(["A '''long loom''' has a long page.", *days, f"[[Category:{seed_of(Label.CRAFTS)}]]"]))


def many() -> Iterator[Page]:
    """More members of one category than one answer lists."""
    yield from (Page(f"Small loom {number:03}", f"Small loom number {number} stands in a row of looms.\n[[Category:Many looms]]") for number in range(MANY))
