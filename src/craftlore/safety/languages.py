"""Which language a request is written in, as far as a few function words and the script tell: English in doubt.

The gates' words are English first. Spanish, French, German and Portuguese have words of their own in most rules, so requests in
them are served with a note; in any other language almost nothing would hold, and a plain message answers (docs/safety.md has the figures).
"""

from __future__ import annotations

import re
import unicodedata

from craftlore.words import fold

__all__ = ["THIN", "language_of"]

THIN = frozenset(("es", "fr", "de", "pt"))  # the gates hold in part: measured in verify/data/languages.toml
_FUNCTION_WORDS = {
    "en": "the a an and of to in for with is are we my our i you can they it on from how what make please pls grade gr kids pupils students without not some",
    "es": "el la los las un una de del y para con mis nuestro que en por como hacer queremos quiero clase ninos sin se es tu alumnos todos",
    "fr": "le la les un une des du et pour avec mes nos que en dans comment faire nous je classe eleves sans est sur au ce ne plus ton chaque",
    "de": "der die das ein eine einen dem den und fur mit wir ich meine klasse kinder wie aus ohne ist sind von im zum auf nicht mehr basteln jedes wird",
    "pt": "os um uma da para com meus nossa que em por como fazer queremos quero turma criancas sem na ao nao mais um tudo seu meu aula alunos",
    "it": "il lo gli un una di del della e per con i miei che in come fare vogliamo classe bambini senza",
    "nl": "de het een en van voor met wij mijn klas kinderen hoe zonder is zijn op maken",
    "sw": "na ya wa kwa za la watoto darasa jinsi bila ni katika kutengeneza",
    "tr": "bir ve icin ile sinif cocuklar nasil olmadan bu yapmak istiyoruz",
    "pl": "i w z na dla klasa dzieci jak bez jest zrobic chcemy moja",
    "id": "dan yang untuk dengan kelas anak cara tanpa dari membuat kami",
}
_WORDS = {language: frozenset(words.split()) for language, words in _FUNCTION_WORDS.items()}
_SURE = 2  # function words that another language must have, and more of them than English; at least one word in six


def language_of(text: str) -> str:
    """The ISO 639-1 code of a Latin-script language, "und" for another script, "en" in doubt."""
    letters = [c for c in text if c.isalpha()]
    if sum("LATIN" in unicodedata.name(c, "") for c in letters) < len(letters) / 2:
        return "und"
    said = re.findall(r"[a-z]+", fold(text))
    hits = {language: sum(word in words for word in said) for language, words in _WORDS.items()}
    best = max(hits, key=lambda language: (hits[language], language == "en"))
    return best if hits[best] >= max(_SURE, len(said) / 6) and hits[best] > hits["en"] else "en"
