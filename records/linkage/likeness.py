"""How much two spellings speak for one name, in bits, word by word.

The weights are Fellegi and Sunter's (1969) with the word as the field: a word that both names hold adds
log2(P(shared | one firm) / P(shared | two firms)), where the second is the word's share among the names of the
program; a word that only one of them holds takes away. All M values below are fixed and stated, not
estimated from the batch, so equal input gives equal weights.

Worked example, in a program of 12,000 names of which 3 hold *nubelar* and 600 *transportes*:
``Transportes Nubelar`` against ``Transp. Nubelar``: *nubelar* log2(.9 / .00025) = 11.8, *transp* is short for
*transportes* log2(.06 / (.05 x 4)) = -1.7, set to 0: 11.8 bits.
"""

import math
from collections import Counter
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from records.linkage.normalize import Spelling
from records.linkage.rarity import Rarity

SAME_WORD = 0.9
"""P(a word is written alike | one firm)."""
MOST_BITS = 40.0
"""More is not counted: beyond it nothing changes."""
IDENTICAL_BITS = 5.0
"""Firms choose names that differ as a whole, so two whole names are alike by chance more rarely than their words."""
SLIP_BITS = 2.0
"""Over log2(names), for two whole names of :data:`SLIP_LENGTH` letters or more that are one slip of the pen apart."""
SLIP_LENGTH = 10
COMMON_SHARE = 0.01
"""From this share of names on a word is a word of the trade, which hurried writers leave out."""
MISSING_COMMON, MISSING_RARE = -2.5, -5.0
"""Bits for a word that only one of the names holds."""
ONE_SIDE_MORE, BOTH_SIDES_MORE = -3.0, -6.0
"""Most bits over log2(names) while one name holds more words than the other, or each holds words that the other
lacks. Firms of one family share their rarest words on purpose (*Williams Gas*, *Williams Field Services*), so
however many words agree, a word too many leaves it open whether both are one firm: another field must tell."""

SharedWord = tuple[str, str, str]
"""A word of the one name, the word of the other, and the manner in which they are one."""
Shared = list[SharedWord]


@dataclass(frozen=True)
class Manner:
    """A way in which two words can be one: its P given one firm, and how many words are as near by chance."""

    name: str
    given_one_firm: float
    neighbors: float

    def bits(self, share: float) -> float:
        """Weight of the agreement in bits, never below 0: a word that is written alike never counts against."""
        return max(0.0, math.log2(self.given_one_firm / min(1.0, share * self.neighbors)))


SAME = Manner("same", SAME_WORD, 1)
PLURAL = Manner("plural", 0.10, 2)
JOINED = Manner("written apart", 0.20, 1)
TYPO = Manner("misspelled", 0.10, 4)
SHORT = Manner("abbreviated", 0.06, 4)
INITIALS = Manner("initials", 0.03, 8)


@dataclass(frozen=True)
class NameEvidence:
    """Bits for one firm, and the words behind them: shared (with the manner) and held by one side only."""

    bits: float
    shared: tuple[SharedWord, ...]
    left_only: tuple[str, ...]
    right_only: tuple[str, ...]

    def why(self) -> str:
        """The reasons in words, for a person."""
        if not self.left_only and not self.right_only and all(how == SAME.name for _, _, how in self.shared):
            return "same name"
        parts = [f"{a}={b} ({how})" for a, b, how in self.shared if how != SAME.name]
        alike = [a for a, _, how in self.shared if how == SAME.name]
        parts = [*([f"{' '.join(alike)} alike"] if alike else []), *parts]
        only = " ".join((*self.left_only, *self.right_only))
        return "; ".join([*parts, *([f"only one has {only}"] if only else [])])


def name_evidence(left: Spelling, right: Spelling, rarity: Rarity) -> NameEvidence:
    """Compare two spellings; the same in both directions but for the order of the words shown."""
    rest_left, rest_right, shared = _same_words(left.words, right.words)
    bits = sum(SAME.bits(rarity.share(word)) for word, _, _ in shared)
    if (not rest_left and not rest_right) or "".join(left.words) == "".join(right.words):
        identical = max(bits, math.log2(max(rarity.names, 2))) + IDENTICAL_BITS
        return NameEvidence(min(identical, MOST_BITS), tuple(shared) or _whole(left, right), (), ())
    slipped = _one_slip(left, right, rest_left, rest_right, rarity)
    _drop_forms(rest_left, right.form)
    _drop_forms(rest_right, left.form)
    bits += _joined_words(rest_left, rest_right, rarity, shared)
    bits += _near_words(rest_left, rest_right, rarity, shared)
    bits = min(bits + _missing(rest_left, rest_right, rarity), _most_bits(rest_left, rest_right, rarity))
    if slipped:
        bits = max(bits, math.log2(max(rarity.names, 2)) + SLIP_BITS)
    return NameEvidence(max(-MOST_BITS, min(bits, MOST_BITS)), tuple(shared), tuple(rest_left), tuple(rest_right))


def _one_slip(left: Spelling, right: Spelling, rest_left: list[str], rest_right: list[str], rarity: Rarity) -> bool:
    """Whether one letter lost, doubled, changed or swapped with its neighbor (a space too) makes one name the other.

    The words that differ must be no words of the program on one side: Norport Carriers and Torport Carriers are two.
    """
    if min(len(left.whole), len(right.whole)) < SLIP_LENGTH or any(map(str.isdigit, "".join(rest_left + rest_right))):
        return False
    strange = any(not any(map(rarity.attested, rest)) for rest in (rest_left, rest_right))
    return strange and OSA.distance(left.whole, right.whole, score_cutoff=1) <= 1


def _whole(left: Spelling, right: Spelling) -> tuple[SharedWord, ...]:
    return ((left.normal, right.normal, JOINED.name),)


def _same_words(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[list[str], list[str], Shared]:
    both = Counter(left) & Counter(right)
    shared = [(word, word, SAME.name) for word in sorted(both.elements())]
    return _without(left, both), _without(right, both), shared


def _without(words: tuple[str, ...], taken: Counter[str]) -> list[str]:
    left_over, rest = Counter(taken), []
    for word in words:
        if left_over[word]:
            left_over[word] -= 1
        else:
            rest.append(word)
    return rest


def _drop_forms(rest: list[str], forms: tuple[str, ...]) -> None:
    """A short word that is nearly the other side's legal form is that form, misspelled."""
    for word in [word for word in rest if len(word) <= 5]:
        if any(OSA.distance(word, form) <= 1 for form in forms if len(form) > 1):
            rest.remove(word)


def _joined_words(rest_left: list[str], rest_right: list[str], rarity: Rarity, shared: Shared) -> float:
    """*Pipe line* and *pipeline*; *N A* and *North America*."""
    bits = 0.0
    for apart, together in ((rest_left, rest_right), (rest_right, rest_left)):
        for word in list(together):
            found = _run_of(apart, word)
            if found is None:
                continue
            first, last, manner = found
            bits += manner.bits(rarity.share(word))
            shared.append((" ".join(apart[first:last]), word, manner.name))
            del apart[first:last]
            together.remove(word)
    return bits


def _run_of(words: list[str], whole: str) -> tuple[int, int, Manner] | None:
    """Neighbors that make up the word when joined, or whose first letters do."""
    for first in range(len(words)):
        for last in range(first + 2, min(first + 5, len(words)) + 1):
            run = words[first:last]
            joined = "".join(run)
            if joined == whole or (len(whole) >= 7 and OSA.distance(joined, whole, score_cutoff=1) <= 1):
                return first, last, JOINED
            if "".join(word[0] for word in run) == whole:
                return first, last, INITIALS
    return None


def _near_words(rest_left: list[str], rest_right: list[str], rarity: Rarity, shared: Shared) -> float:
    found = []
    for a in sorted(set(rest_left)):
        for b in sorted(set(rest_right)):
            manner = _manner(a, b, rarity)
            if manner:
                found.append((-manner.bits(max(rarity.share(a), rarity.share(b))), a, b, manner.name))
    bits = 0.0
    for minus_bits, a, b, how in sorted(found):
        if a in rest_left and b in rest_right:
            bits -= minus_bits
            shared.append((a, b, how))
            rest_left.remove(a)
            rest_right.remove(b)
    return bits


def _manner(a: str, b: str, rarity: Rarity) -> Manner | None:
    """In which way two different words are one; None when they are two."""
    short, long = sorted((a, b), key=lambda word: (len(word), word))
    if len(short) < 2 or any(letter.isdigit() for letter in short + long):
        return None
    if long in (short + "s", short + "es"):
        return PLURAL
    attested = rarity.attested(a) and rarity.attested(b)
    allowed = 1 if len(long) < 9 else 2
    if len(long) >= 4 and OSA.distance(short, long, score_cutoff=allowed) <= allowed:
        # Two words that are both in use are two words: northern and southern, Norport and Torport.
        return None if attested else TYPO
    if len(short) >= 3 and short[0] == long[0] and _shortens(short, long):
        return None if attested and len(short) > 5 else SHORT
    return None


def _shortens(short: str, long: str) -> bool:
    """*Transp* for *Transportes*, *Mfg* for *Manufacturing*, *Intl* for *International*."""
    if long.startswith(short):
        return True
    letters = iter(long)
    return short[-1] == long[-1] and len(short) <= len(long) - 2 and all(letter in letters for letter in short)


def _missing(rest_left: list[str], rest_right: list[str], rarity: Rarity) -> float:
    rest = (*rest_left, *rest_right)
    return sum(MISSING_COMMON if rarity.share(word) >= COMMON_SHARE else MISSING_RARE for word in rest)


def _most_bits(rest_left: list[str], rest_right: list[str], rarity: Rarity) -> float:
    if not rest_left and not rest_right:
        return MOST_BITS
    more = BOTH_SIDES_MORE if rest_left and rest_right else ONE_SIDE_MORE
    return math.log2(max(rarity.names, 2)) + more
