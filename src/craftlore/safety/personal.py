"""Personal data of pupils, taken out of a request before anything reads, stores or logs it, and traits that must not matter.

Names are recognised by what stands around them ("my pupil ...", "... has ADHD", "DOB"), never by a list of names: a list
would take out artists and peoples, and miss most children of the world.
"""

from __future__ import annotations

import re

__all__ = ["strip_personal"]

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = rf"(?:\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH},? \d{{4}}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})"
_NAME = r"[A-ZÀ-Þ][\w'’-]+(?: (?:de |la |van |von |al-|bin |el )?[A-ZÀ-Þ][\w'’.-]*){0,2}"
_CHILD = r"(?:pupil|student|child|kid|boy|girl|son|daughter|nephew|niece|grandson|granddaughter|learner|alumn[oa]|élève|Schüler(?:in)?|alun[oa])"
_NEED = (
    r"(?:adhd|autis(?:m|tic)|asperger'?s?|dyslexi[ac]|dyspraxi[ac]|down'?s? syndrome|tourette'?s?|epilep(?:sy|tic)|diabet(?:es|ic)|bipolar|ptsd|"
    r"asthmatic|cerebral palsy|tdah|trisomie 21|fetal alcohol syndrome)"
)
_PLAN = rf"(?:(?i:iep|504 plan|{_NEED})|ADD)"
_ILL = r"(?i:(?:has|have|diagnosed with|suffers? from) (?:severe |mild )?(?:depression|anorexia|cancer|hiv|leuk(?:a)?emia))"
_WHOSE = r"['’]s (?:mother|father|mum|mom|dad|parents|iep|IEP|birthday|doctor)"
_AFTER_NAME = (
    rf"(?=,? \(?(?i:d\.?o\.?b|aged? \d|born|who (?:has|is) (?:an? )?(?:iep|504|\d|{_NEED})|in my (?:class|group)|and h(?:is|er) (?:mother|father|parents)|"
    rf"is \d{{1,2}}\b|(?:has|with) (?:an? )?(?:iep|504|{_NEED}))|{_WHOSE})"
)
_BORN = r"(?:d\.?o\.?b\.?|date of birth|born(?: on)?|birthday(?: is)?|geb(?:oren)?\.?(?: am)?|nacid[oa] el|née? le)"
_STREET = r"(?:St(?:reet)?|Ave(?:nue)?|R(?:oa)?d|Lane|Ln|Drive|Dr|Court|Ct|Way|Close|Blvd|Place|Terrace)"
_PHONE = r"(?:\+\d{1,3}[ .-]?(?:\d{2,4}[ .-]?){2,4}|\(?\d{3,4}\)?[ .-]\d{3,4}[ .-]\d{3,4}|(?<=call )\d{6,}|(?<=phone )\d{6,})"
_HAVING = r"(?i:has|have|with|and|an?|his|her|severe|mild|diagnosed with|suffers? from|is)"
_RULES: tuple[tuple[str, str, str], ...] = (
    ("an e-mail address", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", ""),
    ("a web address", r"(?i:https?://|www\.)\S+", ""),
    ("a pupil's name", rf"\b((?i:{_CHILD})s?(?:'s name is|,| is| is called| named| called)? ){_NAME}(?=[ ,.;:!?)']|$)", r"\1"),
    ("a pupil's name", rf"\b((?i:name(?: is|:)|named|called|for|little|my|tell) ){_NAME}{_AFTER_NAME}", r"\1"),
    ("a pupil's name", rf"(?:^|(?<=[.;:!?] )){_NAME}{_AFTER_NAME}", "A pupil"),
    ("a date of birth", rf"\b(?i:{_BORN}[: ]*{_DATE})", ""),
    ("a telephone number", rf"(?<![\w.]){_PHONE}(?![\w-])", ""),
    ("an address", rf"\b\d{{1,5}}[a-z]? (?:[A-ZÀ-Þ][\w'’-]+ ){{1,3}}{_STREET}\b\.?", ""),
    ("an address", r"\b(?:lives? (?:at|in|on)|address(?: is)?:?|wohnt in der|vive en la calle) (?:\d+ )?(?:[A-ZÀ-Þ][\w'’-]+ ?)+\d*", ""),
    ("a number of a record", r"\b(?i:(?:student |pupil )?(?:id|ssn|social security(?: number)?)[:.# ]+[a-z]{0,3}-?\d[\d-]{3,})\b", ""),
    ("a pupil's plan or diagnosis", rf"\b(?:{_HAVING} )*{_PLAN}(?: for)?\b(?:,? (?:and|&) {_PLAN})*", ""),
    ("a pupil's plan or diagnosis", rf"\b(?:(?i:who|and) )?{_ILL}\b", ""),
)
_COMPILED = tuple((kind, re.compile(pattern), instead) for kind, pattern, instead in _RULES)
_TRAIT = re.compile(
    r"\b((?:my|the|our|for|some|these|those|few|of|two|three|four|five|and|only|all) (?:\w+ )?)"
    r"(?:black|white|brown|asian|latin[oax]|hispanic|african[- ]american|arab|muslim|jewish|christian|hindu|sikh|catholic|roma|gypsy|traveller|immigrant|"
    r"migrant|refugee|poor|rich|native(?:[- ]american)?|indigenous|aboriginal|mexican|chinese|indian|turkish|syrian|somali|nigerian|polish|overweight|fat) "
    r"((?:pupils?|students?|kids?|children|boys?|girls?|ones|families|parents)\b)",
    re.I,
)
_SEXES = re.compile(
    r"\b(?:an? )?(?:easier|harder|simpler|different|special|separate|pretty|gentle|tough|other)\b[^.;]{0,40}\bfor (?:the |my )?(?:girls|boys)\b[^.;]*", re.I
)


def strip_personal(text: str) -> tuple[str, tuple[str, ...], bool]:
    """The text without personal data; the kinds of data that were taken out; whether a pupil's background was taken out too."""
    kinds: dict[str, None] = {}
    for kind, pattern, instead in _COMPILED:
        text, count = pattern.subn(instead, text)
        if count:
            kinds[kind] = None
    same, traits = _TRAIT.subn(r"\1\2", text)
    same, sexes = _SEXES.subn("for everybody", same)
    tidy = re.sub(r"\s+([,.;:!?])", r"\1", re.sub(r"(?:[,;:]\s*){2,}", ", ", " ".join(same.split())))
    return tidy.strip(" ,;:"), tuple(kinds), bool(traits or sexes)
