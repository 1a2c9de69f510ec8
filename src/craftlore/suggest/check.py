"""What the model wrote, field by field: sound, grounded, its own, and finished; else the reason in one line.

Code owns steps, materials and facts, so the checks guard five short texts. They compare words, not meaning: a clause may
use only what its source sentence says, a summary may not hand pupils a thing that the plan does not have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from craftlore.errors import SchemaIgnored
from craftlore.places import find_place
from craftlore.safety.screen import hazards_meant
from craftlore.suggest.facts import Facts
from craftlore.suggest.match import Plan
from craftlore.suggest.prompt import examples, shown_texts
from craftlore.suggest.schema import CLAUSE_STARTS, GOAL_VERBS, QUESTION_WORDS, agents_in, names_in, own_letters
from craftlore.words import STOP, stems, tokens

__all__ = ["Answer", "about_pupils", "check_answer", "check_field", "check_text", "own_spelling", "parse_answer"]

GROUNDED = 0.75  # share of a clause's content words that its source sentence (or the tradition's names) must have
NEW = 2  # content words that a clause must add to its step
_UNFINISHED = re.compile(
    r"\b(?:a|an|the|of|to|and|or|with|for|in|on|at|by|from|as|like|that|which|is|are|was|were|into|than|so|because|when|where|how|their|its|such|also|they|it)[.?]?$"
)
_UNFINISHED_QUESTION = re.compile(r"\b(?:a|an|the|of|to|and|or|with|for|that|which|their|its|because|so|such)\?$")
_SINGULAR = re.compile(
    r"(?:,| and) (?!its|this|always|sometimes|perhaps|besides|as)\w+[^su]s (?:the|a|an|them|it|its|their)\b"
    r"|\band (?:sewn|woven|drawn|sown|worn|taken|shown|thrown|driven|hung|wound|bound)\b"
)
_ABOUT_OTHERS = re.compile(  # here a summary turns from the pupils' work to the tradition
    r",? (?:as|like|just as|the way|which|where|the idea|an idea|a way|the art|inspired|based|following|used|after|how|why|what"
    r"|(?:and |to )?(?:learn|find out|explain|compare|tell|trace|see|understand))\b"
)
_TURNS = re.compile(r"(?<!such)(?<!same)(?<!well),? as (?!\w+ as\b|long\b|far\b|soon\b|well\b|wide\b|if\b)")
_OPEN = re.compile(rf"^(?:{'|'.join(QUESTION_WORDS)})\b|[:;] (?:{'|'.join(QUESTION_WORDS)})\b".lower(), re.I)
_REPEATED = re.compile(r"\b((?:[\w’'-]+ ){4}[\w’'-]+)\b.*\b\1\b", re.I)  # five words in a row, a second time: a small model going round in circles
_SECOND_QUESTION = re.compile(r",? and (?:what|which|how|where|when|who) (?:do|does|did|would|will|can|could|might|is|are|was|were|else)\b", re.I)
LONGEST_QUESTION = 28  # words
_ACTED_ON = re.compile(r"(?:are|were) (?:\w+ly )?\w+(?:ed|en|wn|nt|ught)\b")  # "as players are captured": the source's "they" were the pieces
_STYLE = re.compile(r"\b(?:ancient|primitive|exotic|mystical|magical|tribal|tribe|superstition|natives|savage|always|never|typical|unique|famous)\b", re.I)
_LIGHT = (
    "people maker makers tradition traditional craft work use uses used using make makes made do does done way like just same own put "
    "place set one piece pieces"
)
_MAKERS = frozenset(stems(_LIGHT))


@dataclass(frozen=True)
class Answer:
    """The model's texts: `clauses` maps a step number to the clause that joins it to the tradition."""

    title: str
    summary: str
    clauses: Mapping[int, str]
    goal: str
    question: str
    faults: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, str]:
        """The texts by the names that the schema gives them."""
        clauses = {f"step_{step}": clause for step, clause in self.clauses.items()}
        return {"title": self.title, "summary": self.summary, "goal": self.goal, "question": self.question, **clauses}


def parse_answer(text: str, facts: Facts) -> Answer:
    """The JSON that the model wrote. Raises SchemaIgnored if it is not what the schema demands."""
    try:
        data = json.loads(text)
        clauses = {step: data[f"step_{step}"] for step in facts}
        answer = Answer(data["title"], data["summary"], clauses, data["goal"], data["question"])
    except (ValueError, KeyError, TypeError) as error:
        raise SchemaIgnored(
            f"the answer is not the JSON that was asked for ({type(error).__name__}: {error}): this engine seems to ignore the schema"
        ) from error
    if not all(isinstance(value, str) for value in (answer.title, answer.summary, answer.goal, answer.question, *clauses.values())):
        raise SchemaIgnored("a field of the answer is no text: this engine seems to ignore the schema")
    return answer


def own_spelling(text: str, plan: Plan) -> str:
    """The text with the names of the article's title, people and places in the article's own capitals.

    The first letter of a title stays as it was written: there it may have a capital for being the first.
    """
    for name in (n for n in (*plan.article.people, *plan.article.places) if " " in n):
        text = re.sub(rf"\b{re.escape(name)}\b", name, text, flags=re.I)
    title = plan.article.title
    return re.sub(rf"\b{re.escape(title)}\b", lambda match: match[0][0] + title[1:], text, flags=re.I) if " " in title else text


def check_answer(answer: Answer, plan: Plan, facts: Facts) -> dict[str, str]:
    """Every field that must not be used, with the reason; empty if all is well."""
    return {name: fault for name, text in answer.fields.items() if (fault := check_field(name, text, plan, facts))}


def check_field(name: str, text: str, plan: Plan, facts: Facts) -> str | None:
    """Why one field that a model wrote must not be used, or None."""
    return check_text(name, text, plan, facts) or _circles(name, text)


def _circles(name: str, text: str) -> str | None:
    """What a small model writes when it has nothing to say; a teacher's question may have two parts, but a model seldom joins two well."""
    if _REPEATED.search(text):
        return "it says the same thing twice"
    if name == "question" and (_SECOND_QUESTION.search(text) or len(text.split()) > LONGEST_QUESTION):
        return "it asks more than one thing"
    return None


def check_text(name: str, text: str, plan: Plan, facts: Facts) -> str | None:
    """Why one text must not be used, whoever wrote it, or None: what holds for every text first, then what holds for this field."""
    if fault := _plain_fault(text, plan, facts):
        return fault
    if name == "title":
        return _title_fault(text, plan)
    if name == "summary":
        return _summary_fault(text, plan)
    if name == "goal":
        return _goal_fault(text, plan, facts)
    if name == "question":
        return _question_fault(text, plan, facts)
    step = int(name.removeprefix("step_"))
    return _clause_fault(text, plan, plan.steps[step - 1], facts[step][1])


def _plain_fault(text: str, plan: Plan, facts: Facts) -> str | None:
    """What must not be in any field: unfinished ends, foreign script or names, digits, hazards, loaded words, run-on words."""
    letters = own_letters(plan)
    if (_UNFINISHED_QUESTION if text.endswith("?") else _UNFINISHED).search(text.strip()):
        return "it stops in the middle of a sentence"
    if re.search(rf"[^A-Za-z0-9{letters}{letters.upper()} ,.?:;'’-]", text):
        return "it has signs that do not belong there"
    numbers = set(re.findall(r"\d+(?:[.,]\d+)?", " ".join(source for _, source in facts.values())))
    if set(re.findall(r"\d+(?:[.,]\d+)?", text)) - numbers:
        return "it has a number that the source does not have"
    known = {name.casefold() for name in names_in((*shown_texts(plan, facts), plan.pattern.name))}
    stranger = next((name for name in names_in([f"x {text[:1].lower()}{text[1:]}"]) if name.casefold() not in known), None)
    if stranger:
        return f"{stranger!r} is a name that the source does not have"
    vocabulary = {word for source in (plan.article.text, " ".join(plan.steps), " ".join(plan.filling.values())) for word in tokens(source)}
    run_on = next((word for word in tokens(text) if len(word) > 16 and word not in vocabulary and "-" not in word), None)
    if run_on:
        return f"{run_on!r} is no word"
    if _STYLE.search(text):
        return f"the word {_STYLE.search(text)[0]!r} does not belong here"  # type: ignore[index]
    dangers = hazards_meant(text, plan.grade)
    return f"it speaks of {dangers[0].words[0]}, which this grade does not use" if dangers else None


def about_pupils(summary: str) -> str:
    """The part of a summary that tells what the pupils do, in front of what it says of the tradition."""
    return _ABOUT_OTHERS.split(summary, maxsplit=1)[0]


def _title_fault(title: str, plan: Plan) -> str | None:
    said = set(stems(title))
    about = set(stems(" ".join((plan.article.title, *plan.article.people, *plan.article.places, plan.pattern.name, plan.pattern.product, *plan.article.tags))))
    if not said & about:
        return "it names neither the tradition nor what is made"
    if place := _foreign_place(title.split()[0], plan):
        return f"{place!r} is a place that the source does not have"
    return "it is too long" if len(title.split()) > 13 else None


def _foreign_place(word: str, plan: Plan) -> str | None:
    """The place that a title's first word means, unless the article has it: in front even a plain word has a capital."""
    article, place = plan.article, find_place(word)
    own = {article.continent, *map(find_place, (article.title, *article.people, *article.places))}
    return None if place in own or set(tokens(word)) & set(tokens(article.text)) else place


def _summary_fault(summary: str, plan: Plan) -> str | None:
    """The part about pupils may use only what the plan has: other nouns of the article are not in their hands, unless they study it."""
    pupils = "" if plan.pattern.kind == "study" else about_pupils(summary)
    own = " ".join((plan.article.title, *plan.article.people, *plan.article.places))
    article, plans = set(stems(plan.article.text)), set(stems(f"{_plan_words(plan)} {own}"))
    foreign = [word for word in tokens(pupils) if word not in STOP and set(stems(word)) & (article - plans) and set(stems(word)) - _MAKERS]
    if len(foreign) > 1:
        return "it must say what the class makes with the things of the project"
    title = re.escape(plan.article.title.split()[0])
    doing = re.search(rf",? as (?:the |an? )?({title}\b[^,]*?) (?:do|does|is|are)\b", summary)
    somebody = {*agents_in(plan.article), *(word for who in plan.article.people for word in tokens(who))}
    if (doing and not somebody & set(tokens(doing[1]))) or re.search(r"\bas they do\b|\bproject\b", summary):
        return "it must end with who in the tradition does this"
    if len(_TURNS.findall(summary)) > 1:
        return "it turns to the tradition twice"
    names = {name.casefold() for n in (plan.article.title, *plan.article.people, *plan.article.places) for name in tokens(n)}
    return None if set(tokens(summary)) & names else "it does not name the tradition, its people or its place"


def _goal_fault(goal: str, plan: Plan, facts: Facts) -> str | None:
    if not goal.startswith(tuple(f"{verb} " for verb in GOAL_VERBS)):
        return "it does not start with what pupils can be seen to do"
    return _borrowed(goal) or _unrelated(goal, plan, facts)


def _question_fault(question: str, plan: Plan, facts: Facts) -> str | None:
    if not _OPEN.search(question) or not question.endswith("?"):
        return "it is not an open question"
    return _borrowed(question) or _unrelated(question, plan, facts, plan.article.text)


def _clause_fault(clause: str, plan: Plan, step: str, source: str) -> str | None:
    words = [s for s in stems(clause) if s not in _MAKERS]
    known = set(stems(" ".join((source, plan.article.title, *plan.article.people, *plan.article.places))))
    verb = re.match(rf"(?:{'|'.join(CLAUSE_STARTS)}) (?:the |many |some )?(?:{'|'.join(agents_in(plan.article))}) (\w+)", clause)
    if _SINGULAR.search(clause) or (verb and re.search(r"[^s]s$", verb[1]) and verb[1] not in ("always", "sometimes", "across", "towards")):
        return "its verbs do not fit its subject"
    if verb and _ACTED_ON.match(clause, verb.start(1)):
        return "something is done to its people, who should do it"
    if len(set(words) - set(stems(step))) < NEW:
        return "it says nothing that the step does not say"
    if sum(word in known for word in words) / len(words) < GROUNDED:
        return "it says more than its source sentence"
    return None


def _borrowed(text: str) -> str | None:
    for example in examples():
        if _longest_run(tokens(text), tokens(example)) >= 6:
            return "it repeats the worked example"
    return None


def _unrelated(text: str, plan: Plan, facts: Facts, more: str = "") -> str | None:
    known = set(stems(" ".join((_plan_words(plan), plan.article.title, *plan.article.people, *(source for _, source in facts.values()), more))))
    words = stems(text)
    return None if words and sum(word in known for word in words) >= 2 else "it has little to do with this project"


def _plan_words(plan: Plan) -> str:
    pattern = plan.pattern
    return " ".join((*plan.steps, *plan.filling.values(), pattern.name, pattern.product, pattern.summary, *pattern.tags, *pattern.techniques))


def _longest_run(left: list[str], right: list[str]) -> int:
    """Length of the longest run of words that both have, in order."""
    best, previous = 0, [0] * (len(right) + 1)
    for word in left:
        current = [0] * (len(right) + 1)
        for at, other in enumerate(right, 1):
            if word == other:
                current[at] = previous[at - 1] + 1
                best = max(best, current[at])
        previous = current
    return best
