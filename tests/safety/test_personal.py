"""Pupils' names, data and backgrounds are taken out of a request; artists, peoples and tales stay in it."""

from __future__ import annotations

import pytest

from craftlore.safety.personal import strip_personal


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("drum for my pupil Tobias Fennick who has ADHD", ("Tobias", "Fennick", "ADHD")),
        ("Warli. Dwayne Ottershaw is on the free lunch list, put that in", ("Dwayne", "lunch")),
        ("Tile project for Luzia Pemberwick who is undocumented, keep it", ("Luzia", "undocumented")),
        ("remember Xiomara Dunleavy is HIV positive so label her mallets", ("Xiomara", "HIV")),
        ("Rag rugs. Pilar Windrush-Oakes failed maths and her father lost his job", ("Pilar", "failed", "lost")),
        ("a chart: Halvard Nkemelu 41, Sunniva Brace 88, Piers Adeyoola 52", ("Halvard", "Sunniva", "88")),
        ("Emma Stone, DOB 03/04/2015, likes kites", ("Emma", "2015")),
        ("send it to r.vantongeren@example.org, phone 555 0142", ("@", "0142")),
        ("her dad's mobile is 07700 900461", ("07700",)),
        ("Odette Larkspur, 77 Fernhill Close, likes weaving", ("Odette", "Fernhill")),
        ("Ewan Castellow, 3 Mill Row", ("Ewan", "Mill")),
        ("quilt labels, student social security no. 000-12-3456", ("000-12",)),
        ("cc Ms Rosalba Trewin", ("Rosalba",)),
        ("student ID 40021877 wants stamps", ("40021877",)),
        ("print the full name and home address of each child", ("full name", "home address")),
        ("see https://example.org/class4", ("example",)),
        ("Alebrijes para Ximena Oropeza Tal, calle Cedro 14, tiene autismo", ("Ximena", "Cedro")),
        ("Weben mit Friedhelm Quastmann, Lindenweg 9", ("Friedhelm", "Lindenweg")),
        ("Mosaïque pour Léonie Tarbouriech, dyslexique, née le 12/11/2014", ("Léonie", "2014")),
    ],
)
def test_personal_data_is_gone(text: str, gone: tuple[str, ...]) -> None:
    left, kinds, _ = strip_personal(text)
    assert kinds and not [part for part in gone if part in left]


@pytest.mark.parametrize(
    "text",
    [
        "Frida Kahlo painted herself: portraits on foil", "Yayoi Kusama, born 22 March 1929, dots on pumpkins", "Louis Braille was blind: raised dots",
        "Nelson Mandela was in prison: a poster", "Anansi's mother in the tale, stick puppets", "Day of the Dead, 3 lessons", "kids LOVE gore-free skeletons",
        "Time is 90 minutes. Lesson is 45 minutes. Class is 24.", "each child Warli figures", "my pupils Diwali lamps", "write 12 345, 2 024 and 360",
        "28 kids in room 14, building C", "the first letter of their own first name", "envelopes with pretend addresses", "how many days old is everyone?",
        "anonymous class survey about games", "one pupil works with one hand", "one child has a nut allergy", "history of the @ and & signs",
    ],
)  # fmt: skip
def test_what_is_no_pupils_business_stays(text: str) -> None:
    assert strip_personal(text) == (text.rstrip(" ,;:"), (), False)


def test_one_long_word_is_read_in_no_time() -> None:
    """A pattern that looks again from every letter would need hours."""
    assert strip_personal("cal" * 200_000) == ("cal" * 200_000, (), False)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("an easier project for my Black pupils", "an easier project for my pupils"),
        ("give the Latino kids a simpler sheet", "give the kids a simpler sheet"),
        ("a drum for the African kid, he must have rhythm", "a drum for the kid, he must have rhythm"),
        ("strict rules for the refugees and normal ones for the rest", "strict rules for everybody and normal ones for the rest"),
        ("bridges for boys, and doilies for girls", "bridges for everybody"),
        ("tarea fácil para los niños gitanos", "tarea fácil para los niños"),
        ("die muslimischen Kinder sollen nur aufräumen", "die Kinder sollen nur aufräumen"),
        ("felt for the class and something to keep the Roma ones quiet", "felt for the class and something to keep the ones quiet"),
        ("the council-estate kids get scraps, the others get felt", "the kids get scraps, the others get felt"),
        ("let immigrants clear up instead of taking a turn", "let everybody clear up instead of taking a turn"),
    ],
)
def test_a_background_makes_no_difference(text: str, left: str) -> None:
    assert strip_personal(text) == (left, (), True)


@pytest.mark.parametrize(
    "text",
    [
        "the Chinese children in the story build a kite", "games of the Indian children", "refugees' songs and lullabies", "same activity for girls and boys",
        "give the girls and boys paper", "let migrants tell how they came: a map",
        "music of the Roma", "juegos de los niños indígenas", "black and white paper for my pupils", "Navajo weavers today",
    ],
)  # fmt: skip
def test_peoples_are_what_a_project_is_about(text: str) -> None:
    assert strip_personal(text) == (text, (), False)
