"""From seed categories to the pages below them: breadth first, cycles cut, each page once, always in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from craftlore.crawl.answers import Category, Listing, Overview, Page, Size
from craftlore.crawl.ledger import Line
from craftlore.crawl.seeds import Seed
from craftlore.crawl.wiki import Wiki, category_title
from craftlore.errors import CrawlError
from craftlore.records import LABELS, Label

__all__ = ["Found", "Walk", "remarks", "unchanged", "walk"]


@dataclass(frozen=True)
class Found:
    """A page and the labels of all seeds that lead to it, in the order of the design."""

    page: Page
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Walk:
    """What a walk found: pages in order, seeds and pages left aside, and the size of every category it came through."""

    found: tuple[Found, ...]
    lines: tuple[Line, ...]
    sizes: Mapping[str, Size]


def walk(seeds: Sequence[Seed], now: Overview, wiki: Wiki, depth: int, told: Callable[[int], None] = lambda _: None) -> Walk:
    """The pages of `seeds` and of `depth` levels below, seeds in their order, level by level, pages by title.

    Raises CrawlError if the wiki has none of the seeds.
    """
    pages: dict[int, Page] = {}
    labels: dict[int, set[Label]] = {}
    lines = remarks(seeds, now, wiki)
    sizes: dict[str, Size] = {}
    for seed in seeds:
        category = now.categories[category_title(seed.category)]
        if not category.exists:
            continue
        taken: dict[int, Page] = {}
        for page in _below(category, wiki, depth, sizes):
            taken.setdefault(page.id, page)
            told(len(sizes))
        for place, page in enumerate(taken.values()):
            if seed.most is not None and place >= seed.most:
                lines.append(Line(reason="cap", title=page.title, page=str(page.id), labels=(seed.label,), detail=f"{category.title} is capped at {seed.most}"))
                continue
            pages.setdefault(page.id, page)
            labels.setdefault(page.id, set()).add(seed.label)
    if not sizes:
        raise CrawlError("the wiki has none of the seed categories. `craftlore crawl --check-seeds` shows what it has; check --api and --seeds.")
    lines = [line for line in lines if not line.page or int(line.page) not in pages]  # capped here, taken there
    found = (Found(page, tuple(Label(name) for name in LABELS if name in labels[page.id])) for page in pages.values())
    return Walk(tuple(found), tuple(dict.fromkeys(lines)), sizes)


def unchanged(past: Mapping[str, Listing], sizes: Mapping[str, Size], now: Overview) -> frozenset[str]:
    """The categories of `past` whose listing still holds: as many members as before (`sizes`), each at the revision that was listed."""
    return frozenset(
        title
        for title, listing in past.items()
        if now.categories[title].size == sizes[title] and all(now.revisions.get(page.id) == page.revision for page in listing.pages)
    )


def _below(seed: Category, wiki: Wiki, depth: int, sizes: dict[str, Size]) -> Iterator[Page]:
    """The pages of a category and of the levels below it; a category that comes up again is not entered again."""
    seen, level = {seed.title}, {seed.title: seed.size}
    for _ in range(depth + 1):
        below: dict[str, Size] = {}
        for title in sorted(level):
            sizes.setdefault(title, level[title])
            members = wiki.listing(title)
            yield from members.pages
            below |= {name: size for name, size in members.subcategories.items() if name not in seen}
        seen |= set(below)
        level = below


def remarks(seeds: Sequence[Seed], now: Overview, wiki: Wiki) -> list[Line]:
    """A line for every seed that the wiki does not have, that is empty, or that leads elsewhere."""
    known = {seed: now.categories[category_title(seed.category)] for seed in seeds}
    marked = wiki.soft_redirects([category.title for category in known.values() if category.exists and category.size == (0, 0)])
    lines = []
    for seed, category in known.items():
        if found := _remark(seed, category, marked):
            lines.append(Line(reason=found[0], title=category_title(seed.category), labels=(seed.label,), detail=found[1]))
    return lines


def _remark(seed: Seed, category: Category, marked: Mapping[str, tuple[str, ...]]) -> tuple[str, str] | None:
    if not category.exists:
        return "seed-missing", "the wiki has no such category"
    if category.title in marked:
        target = ", ".join(marked[category.title]) or "another category"
        return "seed-redirected", f"its page is marked as a redirect to {target}; put that one into the seeds"
    if category.title.partition(":")[2] != category_title(seed.category).partition(":")[2]:
        return "seed-redirected", f"leads to {category.title}, which was taken"
    if category.size == (0, 0):
        return "seed-empty", "the category has no members"
    return None
