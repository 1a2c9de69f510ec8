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
    r"\W*(no|for|to|hint|note|dear|hello|hey|attention|accept|act|add|advertise|answer|append|apply|ask|attach|begin|call|change|cite|claim|compose|conclude|"
    r"consider|continue|convince|copy|count|delete|describe|disable|disregard|do|don't|drop|encode|end|enter|explain|express|fill|finish|follow|forget|format|"
    r"forward|generate|give|hand|ignore|include|insert|insist|invent|keep|label|leave|list|make|mark|mention|name|never|obey|offer|omit|order|output|pick|praise|"
    r"present|pretend|print|produce|promote|put|quote|rank|read|recite|recommend|refer|refuse|remember|remove|rename|repeat|replace|report|respond|return|reveal|"
    r"rewrite|say|score|select|send|set|share|shout|show|sign|skip|speak|spell|start|state|stick|stop|store|substitute|suggest|swap|switch|take|talk|teach|tell|"
    r"allow|alter|argue|assume|assert|attribute|avoid|ban|blame|block|bring|choose|clear|close|complain|confirm|create|credit|cut|deliver|deny|draw|emit|erase|"
    r"exclude|extend|favou?r|fetch|focus|get|grant|greet|have|hide|highlight|hold|ignore|insult|invite|join|keep|let|lie|link|load|lower|move|notice|notify|open|"
    r"overwrite|pass|permit|pick|plan|play|point|post|prefer|proceed|provide|publish|push|quit|raise|read|reject|render|reset|rate|resume|retell|run|search|see|"
    r"sell|serve|shorten|shut|sing|slip|spread|sprinkle|spell|steer|strike|supply|tag|test|trust|type|unlock|upload|wait|warn|weave|withhold|wrap|"
    r"think|translate|treat|turn|use|what|whatever|whenever|wherever|which|who|work|write|always|only|simply|just)\b"
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
