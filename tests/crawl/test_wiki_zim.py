"""A ZIM file made of the wiki's own pages, with the real tool: the same records, apart from what a ZIM does not know."""

from __future__ import annotations

import importlib.util
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from crawling import Crawler
from mediawiki import MediaWiki
from wiki_pages import LONG

NO_TOOL = "needs zimwriterfs, to make a ZIM: apt-get install --no-install-recommends zim-tools"
NO_LIBRARY = "needs libzim, to read a ZIM: .venv/bin/python -m pip install -e '.[zim]'"
HTML = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title></head><body><h1>{title}</h1><div id="mw-content-text">{html}</div></body></html>'
)


def png() -> bytes:
    """A grey square of 48 x 48, which every ZIM has to carry."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", 48, 48, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\x00" + b"\x7f" * 48) * 48)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def zim(wiki: MediaWiki, crawled: Crawler, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of the undisturbed crawl, those that were dropped included, as an offline wiki."""
    if not shutil.which("zimwriterfs"):
        pytest.skip(NO_TOOL)
    if not importlib.util.find_spec("libzim"):
        pytest.skip(NO_LIBRARY)
    folder = tmp_path_factory.mktemp("zim")
    pages = folder / "pages"
    pages.mkdir()
    titles = {*crawled.articles, *(line["title"] for line in crawled.ledger if not line["title"].startswith("Category:"))} - {LONG}
    for title in titles:
        parsed = wiki.ask(action="parse", page=title, prop="text", disableeditsection=1, disabletoc=1)["parse"]
        (pages / f"{title}.html").write_text(HTML.format(title=title, html=parsed["text"]), encoding="utf-8")
    (pages / "index.html").write_text(HTML.format(title="Crafts", html="<p>Welcome.</p>"), encoding="utf-8")
    (pages / "icon.png").write_bytes(png())
    (pages / "Awale.html").write_text('<html><head><meta http-equiv="refresh" content="0;url=Oware.html"></head></html>')  # becomes a redirect
    made = folder / "crafts.zim"
    about = ["-w", "index.html", "-I", "icon.png", "-l", "eng", "-t", "Crafts", "-d", "Crafts", "-c", "Keeper", "-p", "Craftlore", "-n", "crafts"]
    done = subprocess.run(["zimwriterfs", *about, "-j", str(pages), str(made)], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and made.exists(), done.stdout + done.stderr
    return made


@pytest.mark.real
def test_a_zim_gives_the_same_records_and_a_damaged_one_leaves_them(zim: Path, sifted: Crawler, tmp_path: Path) -> None:
    offline = Crawler(tmp_path / "home", "")
    offline.borrow_weights()
    offline.bare("--zim", str(zim))
    ours, theirs = offline.articles, sifted.articles
    by_category = {line["title"] for line in sifted.ledger if line["detail"].startswith("category ")}  # which a ZIM does not know
    assert set(ours) - by_category == set(theirs)
    assert [title for title in theirs if ours[title].sections != theirs[title].sections] == []
    assert all(article.labels and not article.categories and article.timestamp is None for article in ours.values())
    assert any(line["title"] == "Short loom" and line["reason"] == "too-short" for line in offline.ledger)
    before = offline.files
    cut = tmp_path / zim.name
    cut.write_bytes(zim.read_bytes()[:-5000])
    offline.bare("--zim", str(cut), succeeds=False)
    assert offline.files == before


def test_a_zim_without_an_encoder_says_what_is_missing(zim: Path, tmp_path: Path) -> None:
    said = Crawler(tmp_path / "home", "").bare("--zim", str(zim), succeeds=False)
    assert "encoder" in said and "models pull" in said


@pytest.mark.parametrize("harm", ["cut", "bits", "no ZIM"])
def test_a_damaged_zim_is_a_clear_error(zim: Path, tmp_path: Path, harm: str) -> None:
    whole = zim.read_bytes()
    middle = len(whole) // 2
    flipped = bytes(byte ^ 0x55 for byte in whole[middle : middle + 64])
    harmed = {"cut": whole[:middle], "bits": whole[:middle] + flipped + whole[middle + 64 :], "no ZIM": b"<html>404</html>" * 99}
    (tmp_path / "harmed.zim").write_bytes(harmed[harm])
    said = Crawler(tmp_path / "home", "").bare("--zim", str(tmp_path / "harmed.zim"), succeeds=False)
    assert "harmed.zim" in said and "encoder" not in said.split("Error")[-1]
