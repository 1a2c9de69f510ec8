"""How much of a page's prose a record holds, and how much it holds besides: against the wiki's own plain text (TextExtracts)."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from mediawiki import MediaWiki

from craftlore.crawl.draft import Sections
from craftlore.crawl.prose import POINTERS


def overlap(ours: Iterable[str], theirs: str) -> float:
    """Shared tokens by the tokens of the longer side: 1 if both say the same words, less for anything lost or added."""
    mine, wanted = tokens(" ".join(ours)), tokens(theirs)
    return (mine & wanted).total() / max(mine.total(), wanted.total(), 1)


def tokens(text: str) -> Counter[str]:
    """Words and numbers, each as often as it occurs; punctuation set aside, words with a `Junk` mark left out."""
    return Counter(word for word in re.findall(r"[^\W_]+", text) if not word.startswith("Junk"))


def told(sections: Sections) -> Iterator[str]:
    """What a record says: every heading once, and every sentence."""
    last: tuple[str, ...] = ()
    for path, sentences in sections:
        shared = next((depth for depth, pair in enumerate(zip(path, last, strict=False)) if pair[0] != pair[1]), min(len(path), len(last)))
        yield from path[shared:]
        yield from sentences
        last = path


def plain_text(wiki: MediaWiki, title: str) -> str:
    """The wiki's own plain text of a page as a record can hold it: without sections that only point elsewhere or hold no prose."""
    extract = wiki.ask(action="query", titles=title, prop="extracts", explaintext=1, exsectionformat="wiki")["query"]["pages"][0]["extract"]
    missing = [one["title"] for one in wiki.ask(action="parse", page=title, prop="templates")["parse"]["templates"] if not one["exists"]]
    for name in sorted(missing, key=len, reverse=True):
        extract = extract.replace(name, " ")  # the red link in the place of a template that the wiki lacks
    lines = [section["line"] for section in wiki.ask(action="parse", page=title, prop="sections")["parse"]["sections"]]
    titles = sorted({re.escape(" ".join(html.unescape(re.sub(r"<[^>]*>", "", line)).split())) for line in lines}, key=len, reverse=True)
    # TextExtracts sometimes runs a heading into the text below it, so headings are known by their titles.
    pieces = re.split(rf"^(={{2,6}}) ({'|'.join(titles)})(?: =+$)?", extract, flags=re.M) if titles else [extract]
    kept, headings = [pieces[0]], [(1, "", False)]  # level, title while it waits for prose, whether the section is left out
    for level, heading, text in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        headings = [above for above in headings if above[0] < len(level)]
        headings.append((len(level), heading, heading.casefold().strip(" :.") in POINTERS or any(aside for _, _, aside in headings)))
        if text.strip() and not headings[-1][2]:
            kept += [*(waiting for _, waiting, _ in headings), text]
            headings = [(depth, "", aside) for depth, _, aside in headings]
    return "\n".join(kept)
