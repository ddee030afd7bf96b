"""A written name or address, without what says nothing about who is meant.

Accents, case, punctuation, filler words and the legal form go; single letters that stand apart are
pulled together (``L. P.`` and ``LP`` are one word). Other scripts than Latin are kept as they are.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

FILLERS = frozenset("and the of de del der des di du y e et und la las los el a an".split())  # noqa: SIM905
LEGAL_FORMS = frozenset(
    (  # noqa: SIM905 - a list of sixty short words reads best as one line of text
        "inc incorporated corp corporation co company companies llc ltd limited lp llp plc lllp gmbh ag kg sa cv srl "
        "rl spa bv nv ab oy oyj as aps sapi sas sarl pte pty kk sl slu ltda eirl sp zoo oo sro sdn bhd ulc pllc"
    ).split()
)
_ONE_FORM = {
    "incorporated": "inc",
    "corporation": "corp",
    "company": "co",
    "companies": "co",
    "limited": "ltd",
    "sarl": "srl",
}
"""Spelled out and short: one form."""
_NOT_DECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})
_INSIDE_WORD = re.compile(r"[.'’`´]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Spelling:
    """A name as words: what distinguishes it, in order; its legal form; and all that was written, without spaces."""

    words: tuple[str, ...]
    form: tuple[str, ...]
    whole: str

    @property
    def normal(self) -> str:
        """The words in their order, as one text."""
        return " ".join(self.words)


def normalize_name(name: str) -> str:
    """A name without accents, case, punctuation, fillers and legal form, words in their order."""
    return spell(name).normal


@lru_cache(maxsize=200_000)
def spell(name: str) -> Spelling:
    """The name as words and legal form. A name of nothing but legal forms or fillers keeps them as its words."""
    written = plain_words(name)
    # "S. de R.L.": a letter that is part of a form only beside the rest of it.
    ignored = LEGAL_FORMS | FILLERS | ({"s"} if "rl" in written else set())
    words = tuple(word for word in written if word not in ignored)
    if not words:
        return Spelling(written, (), "".join(written))
    form = {_ONE_FORM.get(word, word) for word in written if word in LEGAL_FORMS}
    return Spelling(words, tuple(sorted(form)), "".join(written))


def plain_words(text: str) -> tuple[str, ...]:
    """Lower-case words without accents; neighboring single letters are one word."""
    plain = _without_marks(_without_marks(text).casefold()).translate(_NOT_DECOMPOSED)
    words: list[str] = []
    letters = ""
    for word in _BETWEEN_WORDS.sub(" ", _INSIDE_WORD.sub("", plain)).split():
        if len(word) == 1 and not word.isdigit():
            letters += word
            continue
        if letters:
            words.append(letters)
            letters = ""
        words.append(word)
    return (*words, letters) if letters else tuple(words)


def normalize_address(address: str) -> tuple[str, ...]:
    """The distinct words and numbers of an address, sorted, the usual abbreviations spelled one way."""
    return tuple(sorted({_STREET.get(word, word) for word in plain_words(address)} - FILLERS))


_STREET = {
    "street": "st",
    "avenue": "ave",
    "av": "ave",
    "avenida": "ave",
    "road": "rd",
    "boulevard": "blvd",
    "drive": "dr",
    "lane": "ln",
    "highway": "hwy",
    "suite": "ste",
    "building": "bldg",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "calle": "c",
    "carretera": "carr",
    "colonia": "col",
    "strasse": "str",
    "no": "num",
    "number": "num",
    "numero": "num",
}


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
