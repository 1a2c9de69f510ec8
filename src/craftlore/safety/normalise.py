"""What a request says once its disguises are off: full-width and invisible characters, look-alike letters, one layer of encoding.

The look-alikes are the letters of Cyrillic and Greek that are drawn like Latin ones (Unicode's confusables, the plain
cases only); they are folded where most letters are Latin, so that real Russian or Greek stays what it is.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import unicodedata

__all__ = ["hidden_text", "plain_text"]

_MOST = 20_000
_LOOKALIKES = str.maketrans("аеорсухіјѕԁһкмнтвгАЕОРСУХІЈЅНКМТВαεορτυνικΑΕΟΡΤΥΝΙΚΗΜΒΖΧ", "aeopcyxijsdhkmhtbrAEOPCYXIJSHKMTBaeoptuvikAEOPTYNIKHMBZX")
_WORD = re.compile(r"[^\W\d_]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(r"\b(?:[0-9a-fA-F]{2}[ :]?){12,}\b")
_LEET = re.compile(r"(?<![a-z0-9@$])[a-z0-9@$]*[a-z][013457@$]+[a-z][a-z0-9@$]*", re.I)  # a digit between two letters: "b0mb", never "3d" or "2nd"
_LEET_LETTERS = str.maketrans("013457@$", "oieastas")
_COMMON = frozenset(
    [
        "the", "and", "for", "with", "all", "print", "your", "make", "use", "how", "are", "you", "this", "that", "rules", "ignore", "prompt",
        "project", "a", "to", "of", "in", "it", "is", "was", "what", "our", "we", "who", "where", "an", "on", "or", "not", "tell", "every",
        "everything", "first", "from", "into", "me", "my", "kids", "class", "pupils", "students", "if", "do", "can", "one", "no",
    ]
)  # fmt: skip


def plain_text(text: str) -> str:
    """The text in compatibility form (NFKC), without invisible or control characters, mixed-script words in Latin letters."""
    folded = unicodedata.normalize("NFKC", text[:_MOST])
    visible = "".join(c if c in "\n\t" else "" if unicodedata.category(c) in ("Cf", "Cc", "Co", "Cn", "Cs") else c for c in folded)
    spaced = re.sub(r"(?<![^\W\d_])((?:[^\W\d_][ .\-_*]){3,}[^\W\d_])(?![^\W\d_])", lambda m: re.sub(r"[ .\-_*]", "", m[1]), visible)
    return " ".join(_latin(spaced).split())


def hidden_text(text: str) -> str | None:
    """All that the text says under one more disguise (base64, hex, rot13, digits for letters), with " . " between; None if nothing."""
    found: list[str] = []

    def take(decoded: str | None, part: str) -> str:
        found.extend((decoded,) if decoded else ())
        return " " if decoded else part

    rest = _HEX.sub(lambda m: take(_readable(_from_hex(m[0])), m[0]), text)
    rest = _BASE64.sub(lambda m: take(_readable(_from_base64(m[0])), m[0]), rest)
    turned = codecs.encode(rest, "rot13")
    spelled = _LEET.sub(lambda m: m[0].translate(_LEET_LETTERS), rest)
    found += [turned] if _english(turned) > _english(rest) + 1 else []
    found += [spelled] if spelled != rest else []
    return " . ".join(found) or None


def _from_hex(part: str) -> bytes:
    try:
        return bytes.fromhex(re.sub(r"[ :]", "", part))
    except ValueError:
        return b""


def _from_base64(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_" if set(part) & set("-_") else None)
    except (binascii.Error, ValueError):
        return b""


def _readable(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if len(text) > 8 and all(c.isprintable() or c.isspace() for c in text) and " " in text else None


def _english(text: str) -> int:
    return sum(word.casefold() in _COMMON for word in _WORD.findall(text))


def _latin(text: str) -> str:
    letters = [c for c in text if c.isalpha()]
    return text.translate(_LOOKALIKES) if sum(c.isascii() for c in letters) > len(letters) / 2 else text
