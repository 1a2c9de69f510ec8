"""The control of `bench/ideas.py`: the article alone, no making pattern; the model chooses materials and invents the steps."""

from __future__ import annotations

import json
import re
from typing import Any

from craftlore.engines.seam import Chat, complete
from craftlore.safety.policy import hazards_in, item_level
from craftlore.suggest.parse import understand
from craftlore.suggest.pipeline import Suggester
from craftlore.verify.ideas import _OPEN_END, _mentioned, _names, _numbers
from craftlore.words import tokens

SYSTEM = "You plan a hands-on class project about one real tradition for a teacher. Use only what the source says about the tradition. Answer in JSON."
SENTENCE = "^[A-Z][A-Za-z0-9 ,'-]{20,220}[.]$"


def write_without_pattern(suggester: Suggester, text: str) -> dict[str, Any]:
    """One idea from the best article; the same search, materials and grade rules as with patterns."""
    understood = understand(text, suggester.library)
    grade = understood.request.grade or suggester.config.suggest.default_grade
    found = suggester.index.search(understood.request, 1, understood.inferred)
    if not found.hits or suggester.engine is None:
        return {"idea": None, "why": "nothing found", "faults": [{}]}
    article = found.hits[0].article
    allowed = [name for name, item in suggester.library.items.items() if item_level(item, grade) in "AS"]
    offered = [m for m in understood.request.materials if m in allowed] or allowed[:30]
    numbers = list(range(1, min(len(article.sentences), 20) + 1))
    schema = {
        "type": "object",
        "properties": {
            "title": {"type": "string", "pattern": "^[A-Z][A-Za-z ,'-]{8,70}$"},
            "summary": {"type": "string", "pattern": SENTENCE},
            "materials": {"type": "array", "items": {"type": "string", "enum": offered}, "minItems": 1, "maxItems": 6},
            "steps": {"type": "array", "items": {"type": "string", "pattern": SENTENCE}, "minItems": 4, "maxItems": 7},
            "background": {"type": "array", "items": {"type": "integer", "enum": numbers}, "minItems": 2, "maxItems": 4},
            "question": {"type": "string", "pattern": "^(How|What|Why|Which) [A-Za-z ,'-]{15,160}[?]$"},
        },
        "required": ["title", "summary", "materials", "steps", "background", "question"],
        "additionalProperties": False,
    }
    source = "\n".join(f"[{n}] {article.sentences[n - 1]}" for n in numbers)
    heading = f"Tradition: {article.title} ({', '.join(article.people)}; {', '.join(article.places)})"
    user = "\n".join((heading, source, f"Grade {grade}. Things at hand: {', '.join(offered)}. Write the project."))
    chat = Chat(({"role": "system", "content": SYSTEM}, {"role": "user", "content": user}), schema, 900, suggester.config.suggest.temperature, 0, 240)
    completion = complete(suggester.engine, chat)
    data = json.loads(completion.text)
    audit = _audit(data, article, grade, offered)
    return {
        "idea": {"article_id": article.id, "grade": grade, **data},
        "why": "",
        "faults": [{name: "no" for name, fine in audit.items() if not fine}],
        "audit": audit,
        "tokens_per_second": completion.tokens_per_second,
    }


def _audit(data: dict[str, Any], article: Any, grade: str, offered: list[str]) -> dict[str, bool]:
    written = (data["title"], data["summary"], *data["steps"], data["question"])
    sources = " ".join((article.title, *article.people, *article.places, article.text, *offered))
    steps = " ".join(data["steps"])
    return {
        "schema_valid": True,
        "things_allowed": set(data["materials"]) <= set(offered),
        "things_used": all(_mentioned(name, steps) for name in data["materials"]),
        "no_foreign_names": not (_names(written) - set(tokens(sources))),
        "no_foreign_numbers": not (_numbers(" ".join(written)) - _numbers(sources)),
        "finished": all(not _OPEN_END.search(text) for text in written),
        "no_copied_step": not any(_copied(step, article.sentences) for step in data["steps"]),
        "no_hazard": not hazards_in(" ".join(written), grade),
        "no_repeated_step": len({re.sub(r"\W+", " ", step.lower()) for step in data["steps"]}) == len(data["steps"]),
    }


def _copied(step: str, sentences: tuple[str, ...]) -> bool:
    said = set(tokens(step))
    return any(len(said & set(tokens(s))) >= 0.85 * len(said) for s in sentences)
