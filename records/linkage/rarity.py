"""How often a word, or a whole name, occurs among the names of the program.

That two names share *Transport* says little, that they share *Nubelar* says much. The share of names
that hold a word is estimated from the register alone, never from the parties of a batch, so a link
does not depend on what else arrived with it. A small register cannot know which words are common, so
shares are drawn toward :data:`UNSEEN`, as if :data:`BACKGROUND` further names had been read.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

BACKGROUND = 300
"""Names that the prior opinion weighs as much as."""
UNSEEN = 1 / 5000
"""Share of names that hold a word of which nothing is known."""


@dataclass(frozen=True)
class Rarity:
    """Shares of names by word. ``own`` is how often a compared name was itself counted (0 when only one side was)."""

    names: int
    words: Counter[str]
    own: int = 0

    @classmethod
    def of(cls, names: Iterable[tuple[str, ...]], *, own: int = 0) -> "Rarity":
        """Count the words of names, each name given once as its words."""
        counted: Counter[str] = Counter()
        total = 0
        for words in names:
            counted.update(set(words))
            total += 1
        return cls(total, counted, own)

    def share(self, word: str) -> float:
        """Share of names that hold the word, in (0, 1]."""
        return (self.words[word] + BACKGROUND * UNSEEN) / (self.names + BACKGROUND)

    def attested(self, word: str) -> bool:
        """Whether another name of the register holds exactly this word, so that it is hardly a misspelling."""
        return self.words[word] > self.own
