"""A second opinion on a sentence by its meaning, where no phrase gave it away: is it an order to whoever makes something of the page?

Only sentences that could order anybody about are looked at (about one in twenty of an article), so that the encoder costs
little. A logistic regression on the sentence vector; weights in `article_meaning.json`, fitted by `craftlore verify planted --fit`.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from craftlore.errors import ConfigError
from craftlore.index.encoder import Encoder
from craftlore.words import fold

__all__ = ["FILE", "could_order", "orders"]

FILE = Path(__file__).parent / "article_meaning.json"
_ANYWHERE = re.compile(
    r"\b(you|your|yours|yourself|must|should|shall|has to|have to|needs? to|are to|is to|bound to|obliged|please|kindly|let|ai|models?|programs?|programmes?|"
    r"algorithms?|bots?|computers?|machines?|assistants?|generators?|summari\w+|chat\w*|user|teacher'?s?|source|text|page|entry|article|paragraph|sentence|"
    r"outputs?|answers?|reply|replies|lessons?|plans?|projects?|activit(?:y|ies)|ideas?|titles?|goals|result|generated|suggest\w*|recommend\w*|pupils?|classroom|"
    r"operators?|administrators?|admin|developers?|owner|engines?|digital|artificial|silicon|readers?|moderators?|session|password|permission|polic(?:y|ies)|"
    r"configuration|settings|override|safeguards?|filters?|users?|rule \d+|task|voucher|sponsor|slogan|discount)\b"
    r"|, (write|say|use|describe|tell|list|speak|talk)\b"
)
_AT_FIRST = re.compile(
    r"\W*(accept|act|add|advertise|allow|alter|always|answer|append|apply|argue|ask|assert|assume|attach|attention|attribute|avoid|ban|begin|"
    r"blame|block|bring|call|change|choose|cite|claim|clear|close|complain|compose|conclude|confirm|consider|continue|convince|copy|count|"
    r"create|credit|cut|dear|delete|deliver|deny|describe|disable|disregard|do|don't|draw|drop|emit|encode|end|enter|erase|exclude|"
    r"explain|express|extend|favou?r|fetch|fill|finish|focus|follow|for|forget|format|forward|generate|get|give|grant|greet|hand|have|"
    r"hello|hey|hide|highlight|hint|hold|ignore|include|insert|insist|insult|invent|invite|join|just|keep|label|leave|let|lie|link|"
    r"list|load|lower|make|mark|mention|move|name|never|no|note|notice|notify|obey|offer|omit|only|open|order|output|overwrite|pass|"
    r"permit|pick|plan|play|point|post|praise|prefer|present|pretend|print|proceed|produce|promote|provide|publish|push|put|quit|quote|"
    r"raise|rank|rate|read|recite|recommend|refer|refuse|reject|remember|remove|rename|render|repeat|replace|report|reset|respond|resume|"
    r"retell|return|reveal|rewrite|run|say|score|search|see|select|sell|send|serve|set|share|shorten|shout|show|shut|sign|simply|sing|"
    r"skip|slip|speak|spell|spread|sprinkle|start|state|steer|stick|stop|store|strike|substitute|suggest|supply|swap|switch|tag|take|"
    r"talk|teach|tell|test|think|to|translate|treat|trust|turn|type|unlock|upload|use|wait|warn|weave|what|whatever|whenever|wherever|"
    r"which|who|withhold|work|wrap|write)\b"
)


@dataclass(frozen=True)
class _Model:
    encoder: str
    threshold: float
    bias: float
    weights: NDArray[np.float32]


@cache
def _model() -> _Model:
    try:
        row = json.loads(FILE.read_text(encoding="utf-8"))
        return _Model(row["encoder"], row["threshold"], row["bias"], np.frombuffer(base64.b64decode(row["weights"]), np.float16).astype(np.float32))
    except (OSError, KeyError, ValueError) as error:
        raise ConfigError(f"{FILE}: {error}. Run `craftlore verify planted --fit`.") from error


def could_order(sentence: str) -> bool:
    """Whether a sentence is of a form that orders, asks or addresses."""
    said = fold(sentence)
    return bool(_AT_FIRST.match(said) or _ANYWHERE.search(said))


def orders(sentence: str, encoder: Encoder) -> bool:
    """Whether the sentence sounds like an order to a machine. Always False with another encoder than the weights were fitted for."""
    model = _model()
    if encoder.name != model.encoder or not could_order(sentence):
        return False
    return float(encoder.encode([sentence])[0] @ model.weights) + model.bias > model.threshold
