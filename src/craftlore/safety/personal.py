"""Personal data of pupils, taken out of a request before anything reads, stores or logs it, and traits that must not matter.

Names are recognised by what stands around them ("my pupil ...", "... has ADHD", "DOB"), never by a list of names: a list
would take out artists and peoples, and miss most children of the world.
"""

from __future__ import annotations

import re

__all__ = ["strip_personal"]

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = rf"(?:\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH},? \d{{4}}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})"
_UP = r"[A-ZÀ-Þ](?=[\w'’-]*[a-zß-ÿ])[\w'’-]+"  # a capital and small letters: "LOVE" is loud, not a name
_NAME = rf"{_UP}(?: (?:de |la |van |von |al-|bin |el )?{_UP}){{0,2}}"
_FULL = rf"{_UP}(?: (?:de |la |van |von |al-|bin |el )?{_UP}){{1,2}}"
_CHILD = r"(?:pupil|student|child|kid|boy|girl|son|daughter|nephew|niece|grandson|granddaughter|learner|alumn[oa]|élève|Schüler(?:in)?|alun[oa])"
_CALLED = rf"{_CHILD}(?:(?:'s name is|,| is| is called| named| called)?|s (?:named|called|are))"
_NEED = (
    r"(?:adhd|autis(?:m|tic)|asperger'?s?|dyslexi[ac]|dyspraxi[ac]|down'?s? syndrome|tourette'?s?|epilep(?:sy|tic)|diabet(?:es|ic)|bipolar|ptsd|"
    r"asthmatic|cerebral palsy|tdah|adhs|hyperaktiv|hiperactiv[oa]|trisomie 21|fetal alcohol syndrome)"
)
_PLAN = rf"(?:(?i:iep|504 plan|{_NEED})|ADD)"
_ILL = r"(?i:(?:has|have|diagnosed with|suffers? from) (?:severe |mild )?(?:depression|anorexia|cancer|hiv|leuk(?:a)?emia))"
_WHOSE = (
    r"['’]s (?:mum|mom|dad|parents|iep|IEP|birthday|doctor|therapist|social worker|grades|marks|diagnosis|medication|illness|"
    r"(?:mother|father|mum|mom|dad|parents) (?:died|drinks?|left|passed away)|(?:mother|father)(?= (?:is|has|was|said|wants|works|lost)))"
)
_AFTER_NAME = (
    rf"(?=,? \(?(?i:d\.?o\.?b|aged? \d|born(?! (?:in )?[^.;]{{0,20}}\b1\d{{3}})|who (?:has|is) (?:an? )?(?:iep|504|\d|{_NEED})|in my (?:class|group)|"
    rf"and h(?:is|er) (?:mother|father|parents)|"
    rf"is (?:[4-9]|1\d)(?: years?\b| and\b|,|\.|$)|(?:has|with) (?:an? )?(?:iep|504|{_NEED}))|{_WHOSE})"
)
_NOBODY = r"(?:Time|Lesson|Grade|Class|Group|Age|Year|Room|Budget|Level|The|It|This|That|He|She|Each|Every|One|My|Our|Everyone|Nobody|Half|School|Today)"
_BORN = r"(?:d\.?o\.?b\.?|date of birth|born(?: on)?|birthday(?: is)?|geb(?:oren)?\.?(?: am)?|nacid[oa] el|née? le)"
# What is nobody's business, said in the present tense of a named person: what somebody "was" is history.
_PRIVATE = (
    r"(?i:undocumented|hiv|free (?:school )?(?:lunch|meals?)|pupil premium|foster|in care\b|adopted|suspended|expelled|excluded|"
    r"failed|fails|failing|reading level|therap\w+|counsell?or|social worker|custody|probation|arrest\w*|prison|jail\w*|deport\w*|asylum|homeless|"
    r"shelter|medication|ritalin|valproate|insulin|"
    r"inhaler|bed.?wet\w*|pregnant|overweight|obese|iq of|special needs|ehcp|truan\w+|detention|behind in|income|unemployed|"
    r"lost h(?:is|er) job|divorc\w+|abus\w+|bull(?:y|ied|ies)|two years behind|tiene (?:autismo|tdah|diabetes|epilepsia|dislexia)|está pres[oa]|"
    r"hat (?:autismus|diabetes|epilepsie|asthma|adhs)|"
    r"dyslexique|épileptique|diabétique|autiste|handicapée?|tem (?:autismo|tdah|diabetes|epilepsia))"
)
_STREET = r"(?:St(?:reet)?|Ave(?:nue)?|R(?:oa)?d|Lane|Ln|Drive|Dr|Court|Ct|Way|Close|Blvd|Place|Terrace|Row|Gardens|Crescent|Grove|Mews)"
_PHONE = r"(?:\+\d{1,3}[ .-]?(?:\d{2,4}[ .-]?){2,4}|\(?\d{3,4}\)?[ .-]\d{3,4}[ .-]\d{3,4}|\b0\d{4} ?\d{6})"
_MARK = r"\d{1,3}(?:[./-]\d{1,2}[./-]\d{2,4}|%|/\d+)?"
_DATA = r"full names?|home address(?:es)?|family income|parents['’]? (?:jobs?|income)|immigration status|medical (?:details|history|conditions?)"
_LISTS = (
    r"(?:test )?(?:marks|scores|grades|results) by (?:first |full )?name|"
    r"(?:each|every) (?:kid|pupil|child|student)['’]s (?:photo|weight|diagnosis|religion)"
)
_CALL = r"(?:phone|tel|mobile|cell|call|whatsapp|tel[eé]fono|m[oó]vil|handy|portable|celular)(?: is|:| number|\.)*"
_HAVING = r"(?i:has|have|with|and|an?|his|her|severe|mild|diagnosed with|suffers? from|is)"
_RULES: tuple[tuple[str, str, str], ...] = (
    ("an e-mail address", r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+", ""),
    ("a web address", r"(?i:https?://|www\.)\S+", ""),
    ("a pupil's name", rf"\b(?<!each )(?<!every )(?<!per )((?i:{_CALLED}) ){_NAME}(?=[ ,.;:!?)']|$)", r"\1"),
    ("a pupil's name", rf"\b((?i:name(?: is|:)|named|called|for|little|my|tell|to|about|with|and) ){_NAME}{_AFTER_NAME}", r"\1"),
    ("a pupil's name", rf"(?:^|(?<=[.;:!?] ))(?!{_NOBODY}\b){_NAME}{_AFTER_NAME}", "A pupil"),
    ("a pupil's name", rf"\b{_FULL}(?=(?:,|['’]s| is| has| gets| takes| keeps| failed| who| and|,? \()[^.;]{{0,45}}\b{_PRIVATE})", "a pupil"),
    ("a pupil's name", rf"\b((?i:para|für|pour|mit|avec|con|com|for|with|about|regarding) ){_FULL}(?=,[^.]{{0,60}}(?:\d|{_PRIVATE}|{_NEED}))", r"\1a pupil"),
    ("a pupil's name", rf"\b{_FULL}(?=, \d{{1,4}}[a-z]? [A-ZÀ-Þ])", "a pupil"),
    ("pupils' names and marks", rf"(?:{_FULL}[ :=,]+{_MARK}(?: (?:low|high|medium|pass|fail|ok))?[,;) .]*){{2,}}", ""),
    ("pupils' names", rf"(?<=(?:list|name|upil|kids|dren|dent|lass)[s:, ]) ?(?:{_FULL},? (?:and )?){{2,}}{_FULL}", ""),
    ("a pupil's name", rf"\b{_FULL}(?= (?:aus der|from (?:class|room|grade|year)|in (?:my|class|room|year)|de la clase) )", "a pupil"),
    ("a school", r"\b(?:(?i:goes to|attends|is at)) (?:[A-ZÀ-Þ][\w'’.-]+ ){1,3}(?:School|Academy|Primary|Elementary|College)\b", ""),
    ("an address", rf"\b(?:[A-ZÀ-Þ][\w'’-]+ ){{1,2}}{_STREET} \d{{1,4}}\b", ""),
    ("somebody's name", rf"\b(?:Ms|Mrs|Mr|Miss|Frau|Herr|Mme|Sra|Sr)\.? {_FULL}", ""),
    ("what is private", rf"(?<=pupil)(?:,|['’]s| is| has| gets| takes| keeps| failed| who| and)? ?[^.;,]{{0,45}}\b{_PRIVATE}[^.;,]*", ""),
    (
        "pupils' data",
        rf"\b(?i:which|whose|what|whether|who) (?:(?i:famil(?:y|ies)|pupils?|students?|kids?|children|parents?) )?"
        rf"(?i:are|is|has|have|gets?|lives?|comes?)\b(?: (?:on|in|at|an?|the|from))*(?=[^.;,]{{0,40}}\b{_PRIVATE})[^.;,]*",
        "",
    ),
    ("pupils' data", rf"\b(?i:{_DATA}|{_LISTS})\b", ""),
    ("a date of birth", rf"\b(?i:{_BORN}[: ]*(?![^.;]{{0,15}}\b1\d{{3}}\b){_DATE})", ""),
    ("a telephone number", rf"\b(?i:{_CALL}) ?[\d(+][\d ()+-]{{5,}}", ""),
    ("a telephone number", rf"(?<![\w.]){_PHONE}(?![\w-])", ""),
    ("an address", rf"\b\d{{1,5}}[a-z]? (?:[A-ZÀ-Þ][\w'’-]+ ){{1,3}}{_STREET}\b\.?", ""),
    ("an address", r"\b(?:(?:calle|rua|avenida|rue(?: des?| du| de la)?) [A-ZÀ-Þ][\w'’-]+,? \d+|\d+,? rue(?: des?| du| de la)? [A-ZÀ-Þ][\w'’-]+)", ""),
    ("an address", r"\b[A-ZÀ-Þ]\w+(?:weg|stra(?:ß|ss)e|gasse|platz|allee) \d+[a-z]?\b", ""),
    ("an address", r"\b(?:lives? (?:at|in|on)|address(?: is)?:?|wohnt in der|vive en la calle) (?:\d+ )?(?:[A-ZÀ-Þ][\w'’-]+ ?)+\d*", ""),
    (
        "a number of a record",
        r"\b(?i:(?:student |pupil )?(?:id|ssn|social security(?: (?:number|no|nr))?|national insurance(?: (?:number|no))?)[:.# ]+[a-z]{0,3}-?\d[\d-]{3,})\b",
        "",
    ),
    ("a pupil's plan or diagnosis", rf"\b(?:{_HAVING} )*{_PLAN}(?: for)?\b(?:,? (?:and|&) {_PLAN})*", ""),
    ("a pupil's plan or diagnosis", rf"\b(?:(?i:who|and) )?{_ILL}\b", ""),
)
_COMPILED = tuple((kind, re.compile(pattern), instead) for kind, pattern, instead in _RULES)
_PUPILS = r"(?:pupils?|students?|kids?|child(?:ren)?|boys?|girls?|ones|families|parents|learners|lads?)"
_TRAITS = (
    r"(?:black|white|brown|asian|latin[oax]|hispanic|african[- ]american|african|arab|muslim|jewish|christian|hindu|sikh|catholic|roma|gypsy|traveller|"
    r"immigrant|migrant|refugee|poor|rich|native(?:[- ]american)?|indigenous|aboriginal|mexican|chinese|indian|turkish|syrian|somali|nigerian|polish|"
    r"pakistani|romanian|vietnamese|bangladeshi|filipin[oa]|brazilian|kurdish|iraqi|albanian|bulgarian|moroccan|ghanaian|congolese|eritrean|ethiopian|haitian|"
    r"colombian|venezuelan|korean|japanese|irish|russian|hungarian|undocumented|buddhist|orthodox|"
    r"ukrainian|afghan|foreign|low[- ]income|dalit|low(?:er)?[- ]caste|upper[- ]caste|tribal|nomad|bedouin|yazidi|rohingya|uyghur|tibetan|"
    r"hmong|tamil|nepali|burmese|inuit|m[aā]ori|samoan|tongan|sami|cuban|puerto rican|dominican|jamaican|caribbean|kenyan|sudanese|egyptian|tunisian|algerian|"
    r"senegalese|cameroonian|cambodian|laotian|thai|indonesian|lebanese|palestinian|iranian|armenian|georgian|kazakh|mongolian|"
    r"working[- ]class|council[- ]estate|housing[- ]project|low[- ]income|overweight|fat|gay|trans)"
)
_TRAIT = re.compile(rf"\b((?:my|our|these|those|few|two|three|four|five) (?:(?!of\b)\w+ )?){_TRAITS} ({_PUPILS}\b)", re.I)
# "The Chinese children" may be those of a tale: it counts only where somebody is to be treated in another way.
_APART = re.compile(
    r"\b(?:rules?|simpler|easier|harder|extra|only|strict\w*|rest|others?|less|more|different|separate|basic|normal|special|must have|never finish|"
    r"full|suits?|scraps|leftovers|left-overs|worse|cheaper|quiet|clear(?:s|ing)? up|clean(?:s|ing)? up|tidy(?:ing)? up|stays? behind|at the back|"
    r"instead|f[aá]cil\w*|simple|completa|dem[aá]s|s[oó]lo|solamente|einfach\w*|nur|sollen|leicht\w*|[uü]brigen|anderen|facile|seulement|autres|"
    r"apenas|outros|resto|versions?|one for|for them)\b",
    re.I,
)
_TRAIT_APART = re.compile(rf"\b((?:the|for|some|and|only|all|any|one|a|an|give|of) (?:(?!of\b)\w+ )?){_TRAITS} ({_PUPILS}\b)", re.I)
_REASON = re.compile(
    rf"\b(?:since|because|as) (?:s?he|they|the kid|this boy|this girl)(?: is| are|'s|'re) (?:an? )?{_TRAITS}(?: (?:girl|boy|kid)s?)?"
    r"(?:,|(?= (?:so|and|s?he|they)\b))",
    re.I,
)
_CHILDREN = r"niñ[oa]s?|alumn[oa]s?|chic[oa]s?|estudiantes?|élèves?|enfants?|garçons?|filles?|alun[oa]s?|crianças?|menin[oa]s?"
_TRAIT_AFTER = (
    r"gitan|negr|musulm|marroqu|inmigrant|indígen|pobre|extranjer|chin[oa]|latin|noir|arabe|rom[s]?\b|immigr|étrang|pauvre|africain|juif|juiv|cigan|imigrant|"
    r"muçulman|bolivian|venezolan|venezuelan|ecuatorian|turc"
)
_TRAIT_BEFORE = r"muslimisch|türkisch|arabisch|schwarz|ausländisch|jüdisch|geflüchtet|arm|syrisch|polnisch|afrikanisch|rumänisch|ukrainisch"
_TRAIT_ELSEWHERE = re.compile(
    rf"\b({_CHILDREN}) (?:{_TRAIT_AFTER})\w*|\b(?:{_TRAIT_BEFORE})e[nrms]? (kinder|schüler\w*|mädchen|jungen)"
    r"|\b(?:flüchtlings|ausländer|migranten|roma|zigeuner|türken)(kinder)",
    re.I,
)
# A group as such ("strict rules for the refugees").
_GROUP = re.compile(
    r"\b(for|give|with|to|from|let|keep|make|have|put) (?:(?:the|my|our) )?"
    r"(?:refugees|immigrants|migrants|foreigners|muslims|jews|gypsies|travellers|blacks|asians|latinos|mexicans|somalis|poles|turks|roma(?: ones)?)\b",
    re.I,
)
_EASIER = r"(?:an? )?(?:easier|harder|simpler|different|special|separate|pretty|gentle|tough|other|extra)"
_BOTH = r"(?:the |my )?(?:girls|boys)\b"
_SEX_ELSEWHERE = r"(?:para|für|pour) (?:los |las |die |les |os |as )?(?:niñas|niños|mädchen|jungen|jungs|filles|garçons|meninas|meninos)\b"
_SEXES = re.compile(
    rf"\b{_EASIER}\b[^.;]{{0,40}}\bfor {_BOTH}[^.;]*|(?<=\bfor ){_BOTH}[^.;]{{2,80}}\bfor {_BOTH}[^.;]*"
    rf"|(?<=\bgive ){_BOTH} (?!and\b|or\b)[^.;]{{2,60}}\b(?:and|but|while) {_BOTH} (?:the|a|an|do|get|have|can)\b[^.;]*"
    rf"|\b(?:because|since|as) (?:that|it|this) suits (?:girls|boys|them) better\b|\b{_SEX_ELSEWHERE}[^.;]{{2,80}}\b{_SEX_ELSEWHERE}",
    re.I,
)

# Work shared out by sex: the work stays, the sexes go.
_BY_SEX = re.compile(
    r"\b(?:the |my )?(?:boys|girls) (?:build|do|get|make|can|should|work|design|decorate|sew|knit|paint)\b[^.;]{0,60}"
    r"(?:\b(?:and|but|while)|,) ?(?:the |my )?(?:boys|girls)\b"
    r"|\bfor (?:the |my )?(?:girls|boys) and [^.;]{2,40} for (?:the |my )?(?:girls|boys)\b",
    re.I,
)


def strip_personal(text: str) -> tuple[str, tuple[str, ...], bool]:
    """The text without personal data; the kinds of data that were taken out; whether a pupil's background was taken out too."""
    kinds: dict[str, None] = {}
    for kind, pattern, instead in _COMPILED:
        text, count = pattern.subn(instead, text)
        if count:
            kinds[kind] = None
    same, traits = _TRAIT.subn(r"\1\2", text)
    same, reasons = _REASON.subn("", same)
    traits += reasons
    if _APART.search(same):
        same, apart = _TRAIT_APART.subn(r"\1\2", same)
        same, elsewhere = _TRAIT_ELSEWHERE.subn(lambda m: m[1] or m[2] or m[3], same)
        same, groups = _GROUP.subn(r"\1 everybody", same)
        traits += apart + elsewhere + groups
    same, sexes = _SEXES.subn("everybody", same)
    same, shared = _BY_SEX.subn(lambda m: re.sub(r"\b(?:boys|girls)\b", "pupils", m[0], flags=re.I), same)
    tidy = re.sub(r"\s+([,.;:!?])", r"\1", re.sub(r"(?:[,;:]\s*){2,}", ", ", " ".join(same.split())))
    return tidy.strip(" ,;:"), tuple(kinds), bool(traits or sexes or shared)
