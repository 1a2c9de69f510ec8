"""HTML to sentences: what a reader reads stays, word for word; the furniture of a page goes."""

from __future__ import annotations

import pytest

from craftlore.crawl.prose import NESTED, read_html, repaired, to_sections


def prose(html: str) -> str:
    """All sentences of a page whose own text is `html`."""
    page = f'<div class="mw-parser-output">{html}</div>'
    return " ".join(sentence for _, sentences in to_sections(read_html(page), "en") for sentence in sentences)


JUNK = {
    "table": "<table class='wikitable'><tr><td>JUNK</td></tr></table>", "infobox": "<table class='infobox'><tr><td><p>JUNK</p></td></tr></table>",
    "navbox": "<div class='navbox'><ul><li>JUNK</li></ul></div>", "hatnote": "<div role='note' class='hatnote'>JUNK</div>",
    "caption": "<div class='thumb'><div class='thumbcaption'>JUNK</div></div>", "figure": "<figure><img><figcaption>JUNK</figcaption></figure>",
    "gallery": "<ul class='gallery'><li class='gallerybox'><div><p>JUNK</p></div></li></ul>", "mark": "<sup class='reference'><a href='#1'>[JUNK]</a></sup>",
    "references": "<div class='mw-references-wrap'><ol class='references'><li>JUNK</li></ol></div>", "edit": "<span class='mw-editsection'>[JUNK]</span>",
    "style": "<style>.JUNK{}</style>", "script": "<script>JUNK</script>", "comment": "<!-- JUNK -->",
    "needed": "<sup class='noprint Inline-Template'>[JUNK]</sup>",
    "contents": "<div id='toc' class='toc'><h2>Contents</h2><ul><li>JUNK</li></ul></div>", "sort key": "<span class='sortkey'>JUNK</span>",
    "none": "<span style='display: none'>JUNK</span>", "NONE": "<span style='color:red; DISPLAY:NONE !important'>JUNK</span>",
    "invisible": "<p style='visibility:hidden'>JUNK</p>", "clear": "<span style='opacity: 0'>JUNK</span>", "tiny": "<span style='font-size:0px'>JUNK</span>",
    "far away": "<span style='position:absolute; left:-9999px'>JUNK</span>", "white": "<span style='color:#FFF'>JUNK</span>",
    "attribute": "<p hidden>JUNK</p>", "nested": "<span style='display:none'><b>JU<i>NK</i></b></span>", "box": "<div style='float:right'>JUNK</div>",
    "no template": "<a href='/w/index.php' class='new' title='Template:JUNK (page does not exist)'>Template:JUNK</a>",
    "no module": "<strong class='error'><span class='scribunto-error'>JUNK: No such module</span></strong>",
    "coordinates": "<span id='coordinates'>JUNK</span>", "template": "<template><p>JUNK</p></template>",
}  # fmt: skip


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_what_is_no_prose_goes_and_what_stands_around_it_stays(junk: str) -> None:
    assert prose(f"<p>Reed is cut in autumn.</p>{junk}<p>It dries in the sun.</p>") == "Reed is cut in autumn. It dries in the sun."


@pytest.mark.parametrize(
    "name", ["mark", "comment", "needed", "none", "NONE", "clear", "tiny", "white", "nested", "far away", "sort key", "no template", "no module"]
)
def test_it_goes_from_within_a_sentence_too(name: str) -> None:
    assert prose(f"<p>Reed is cut{JUNK[name]} in autumn.{JUNK[name]} It dries.</p>") == "Reed is cut in autumn. It dries."


TEXT = {
    "converted": ("<p>It is 15 centimetres (<span>5.9</span>&#160;in) wide.</p>", "It is 15 centimetres (5.9 in) wide."),
    "language": ("<p>The <i lang='mi'>whāriki</i> and <span lang='ja'>折り紙</span> and <bdi lang='ar'>خط</bdi>.</p>", "The whāriki and 折り紙 and خط."),
    "entities": ("<p>Tom &amp; Jerry&#39;s &lt;knot&gt;.</p>", "Tom & Jerry's <knot>."),
    "raised": ("<p>10 m<sup>2</sup> of H<sub>2</sub>O.</p>", "10 m2 of H2O."),
    "break": ("<p>First line<br>second line.</p>", "First line second line."),
    "quote": ("<blockquote><p>Twist, then pull.</p></blockquote>", "Twist, then pull."),
    "list": ("<ul><li>reed<ul><li>split reed</li></ul></li><li>bark</li></ul>", "reed split reed bark"),
    "term": ("<dl><dt>Warp</dt><dd>Long threads.</dd></dl>", "Warp Long threads."),
    "red link": ("<p>A <a class='new' title='Red loom (page does not exist)'>red loom</a> at 3:4.</p>", "A red loom at 3:4."),
    "loose": ("Loose text.<p>And more.</p>", "Loose text. And more."), "formula": ("<p>So <math><mi>x</mi></math> is even.</p>", "So [formula] is even."),
    "white on dark": ("<p style='background:#000; color:white'>Shown.</p>", "Shown."),
    "half": ("<p style='opacity:0.5'>Faint <span style='font-size:0.9em'>and small</span>.</p>", "Faint and small."),
    "soft": ("<p>Bas\u00adket\u200b-making\u200e.</p>", "Basket-making."), "joiner": ("<p>می\u200cخواهم</p>", "می\u200cخواهم"),
}  # fmt: skip


@pytest.mark.parametrize(("html", "text"), TEXT.values(), ids=TEXT)
def test_what_a_reader_reads_stays(html: str, text: str) -> None:
    assert prose(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Kites (; <i>tako</i>) fly.", "Kites (tako) fly."), ("Kites () fly.", "Kites fly."), ("Kites ( , ) fly.", "Kites fly."),
            ("Kites [ ] fly.", "Kites fly."),
        ("Kites (Japanese: , <i>tako</i>; ) fly.", "Kites (Japanese: tako) fly."), ("Kites ((;)) fly.", "Kites fly."), ("Kites , fly .", "Kites, fly."),
        ("It costs (about) 3.5 , or .5 m.", "It costs (about) 3.5, or .5 m."), ("A ratio 3 : 4 : 5 holds.", "A ratio 3 : 4 : 5 holds."),
    ],
)  # fmt: skip
def test_what_templates_leave_behind_is_repaired(html: str, text: str) -> None:
    assert prose(f"<p>{html}</p>") == text


def test_brackets_without_end_cost_no_time() -> None:
    """A round for each pair would need hours."""
    assert repaired("(" * 300_000 + ")" * 300_000) == "(" * (300_000 - NESTED) + ")" * (300_000 - NESTED)


def test_headings_make_paths_in_every_skin() -> None:
    page = """<div class="mw-parser-output"><p>Lead.</p><h2><span class="mw-headline">Making</span></h2><p>One.</p>
    <div class="mw-heading mw-heading3"><h3>Clay <i>body</i></h3></div><p>Two.</p><h4>Firing</h4><p>Three.</p><h3>Glaze</h3><p>Four.</p>
    <section><h2>Use</h2><details><summary><h3>At home</h3></summary><p>Five.</p></details></section></div>"""
    assert to_sections(read_html(page), "en") == (
        ((), ("Lead.",)), (("Making",), ("One.",)), (("Making", "Clay body"), ("Two.",)), (("Making", "Clay body", "Firing"), ("Three.",)),
        (("Making", "Glaze"), ("Four.",)), (("Use", "At home"), ("Five.",)),
    )  # fmt: skip


@pytest.mark.parametrize("heading", ["See also", "References", "External links", "Notes", "FURTHER READING", "Einzelnachweise", "Liens externes"])
def test_sections_that_only_point_elsewhere_go_with_what_is_below_them(heading: str) -> None:
    html = f"<p>Lead.</p><h2>{heading}</h2><p>JUNK</p><h3>Books</h3><p>JUNK</p><h2>Legacy</h2><p>Kept.</p>"
    assert prose(html) == "Lead. Kept."


def test_a_block_ends_a_sentence_and_an_abbreviation_does_not() -> None:
    html = (
        "<ul><li>first item</li><li>second item</li></ul><p>Dr. Ito of St. Ives made it c. 1680. It weighs 3.5 kg, i.e. more than vol. 2, no. 5, of 1.2 kg.</p>"
    )
    (_, sentences), = to_sections(read_html(html), "en")  # fmt: skip
    assert sentences == (
        "first item", "second item", "Dr. Ito of St. Ives made it c. 1680.", "It weighs 3.5 kg, i.e. more than vol. 2, no. 5, of 1.2 kg.",
    )  # fmt: skip


@pytest.mark.parametrize(
    "html", ["", "<html></html>", "plain", "<p>", "</div></div>", "<div>" * 3000 + "<h2>x</h2><p>y</p>", "<i>" * 3000 + "deep", "\x00\ufffd"]
)
def test_odd_html_is_no_error(html: str) -> None:
    to_sections(read_html(html), "en")
    assert repaired(html) is not None
