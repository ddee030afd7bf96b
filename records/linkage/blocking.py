"""Which names of the register are worth comparing with a spelling: few for each, whatever the size.

Four cheap rules, none of which trusts the first letter: a rare word in common; a word that is no name's in the
register but within an edit or two of one that is (words that share what is left after one letter is taken out,
Bocek et al. 2007, or four letters at the front or the end); the whole name without its spaces; and, for
names of common words only, a pair of them. Of the names found, the :data:`MOST` with the rarest common words are kept.
"""

import duckdb
import pandas as pd

MOST = 8
"""Names of the register that one spelling is compared with."""
COMMON = 100
"""A word of more names than this, or of a hundredth of all, finds nobody by itself."""

_WORDS = """
CREATE OR REPLACE TEMP TABLE {side}_words AS
SELECT name_id, word, max(whole) AS whole FROM (
    SELECT name_id, unnest(words) AS word, true AS whole FROM {side}
    UNION ALL
    SELECT name_id, words[place] || words[place + 1], false FROM (
        SELECT name_id, words, unnest(range(1, len(words))) AS place FROM {side}
    )
) GROUP BY name_id, word
"""
_WORD_COUNTS = """
CREATE OR REPLACE TEMP TABLE book_counts AS
SELECT word, count(*) AS names, max(whole) AS whole FROM book_words GROUP BY word
"""
_VARIANTS = """
SELECT word, substr(word, 1, place - 1) || substr(word, place + 1) AS variant
FROM (SELECT word, unnest(range(1, length(word) + 1)) AS place FROM {words} WHERE length(word) BETWEEN 4 AND 30)
UNION SELECT word, word FROM {words}
UNION SELECT word, '<' || left(word, 4) FROM {words} WHERE length(word) > 4
UNION SELECT word, '>' || right(word, 4) FROM {words} WHERE length(word) > 4
"""
_NEAR_WORDS = f"""
CREATE OR REPLACE TEMP TABLE near_words AS
WITH strange AS (
    SELECT word FROM (SELECT DISTINCT word FROM spellings_words WHERE whole)
    LEFT JOIN book_counts USING (word) WHERE coalesce(names, 0) <= $own
), known AS (
    SELECT word FROM book_counts WHERE whole
), theirs AS ({_VARIANTS.format(words="strange")}), ours AS ({_VARIANTS.format(words="known")})
SELECT DISTINCT theirs.word AS word, ours.word AS near
FROM theirs JOIN ours USING (variant)
WHERE theirs.word <> ours.word AND (
    damerau_levenshtein(theirs.word, ours.word) <= CASE WHEN length(theirs.word) < 9 THEN 1 ELSE 2 END
    OR (length(theirs.word) > 3 AND starts_with(ours.word, theirs.word))
    OR (length(ours.word) > 3 AND starts_with(theirs.word, ours.word))
)
"""  # noqa: S608 - the names are ours
_HITS = """
WITH found AS (
    SELECT s.name_id, b.name_id AS book_id, CAST(8 * log2($names / c.names + 1) AS INTEGER) AS worth
    FROM spellings_words s JOIN book_counts c USING (word) JOIN book_words b USING (word) WHERE c.names <= $common
    UNION ALL
    SELECT s.name_id, b.name_id, CAST(4 * log2($names / c.names + 1) AS INTEGER)
    FROM spellings_words s JOIN near_words n USING (word) JOIN book_counts c ON c.word = n.near
    JOIN book_words b ON b.word = n.near WHERE c.names <= $common
    UNION ALL
    SELECT s.name_id, b.name_id, 1000 FROM spellings s JOIN book b ON s.squeezed = b.squeezed
    UNION ALL
    SELECT s.name_id, b.name_id, 8 FROM spellings_pairs s JOIN book_pairs b USING (pair)
), summed AS (
    SELECT name_id, book_id, sum(worth) AS worth FROM found GROUP BY ALL
), likely AS (
    SELECT name_id, book_id, worth FROM summed
    QUALIFY row_number() OVER (PARTITION BY name_id ORDER BY worth DESC, book_id) <= 5 * $most
), ranked AS (
    SELECT h.name_id, h.book_id, row_number() OVER (
        PARTITION BY h.name_id ORDER BY h.worth + 16 * len(list_intersect(s.words, b.words)) DESC,
        abs(len(s.words) - len(b.words)), b.squeezed, b.name_id
    ) AS place
    FROM likely h JOIN spellings s USING (name_id) JOIN book b ON b.name_id = h.book_id
    WHERE $distinct_names OR h.name_id < h.book_id
)
SELECT name_id, book_id FROM ranked WHERE place <= $most ORDER BY name_id, book_id
"""
_PAIRS = """
CREATE OR REPLACE TEMP TABLE {side}_pairs AS
WITH common AS (
    SELECT name_id, list(word ORDER BY word)[:6] AS words
    FROM {side}_words JOIN book_counts USING (word) WHERE names > $common GROUP BY name_id
)
SELECT DISTINCT name_id, words[i] || ' ' || words[j] AS pair
FROM common, range(1, 7) a(i), range(1, 7) b(j) WHERE i < j AND j <= len(words)
"""
_FREQUENT_PAIRS = """
DELETE FROM book_pairs WHERE pair IN (SELECT pair FROM book_pairs GROUP BY pair HAVING count(*) > $common)
"""


def near_names(
    connection: duckdb.DuckDBPyConnection, spellings: pd.DataFrame, book: pd.DataFrame, *, own: int = 0
) -> pd.DataFrame:
    """Pairs of a spelling and a name of the register that deserve a comparison.

    Parameters
    ----------
    spellings, book : DataFrame
        ``name_id`` and ``words`` (list of text), each name once.
    own : int
        1 when ``book`` holds the spellings themselves (to find the variants of one list), else 0.

    Returns
    -------
    DataFrame
        ``name_id``, ``book_id``, at most :data:`MOST` rows for each ``name_id``, ordered by both.
    """
    if spellings.empty or book.empty:
        return pd.DataFrame({"name_id": pd.Series(dtype="int64"), "book_id": pd.Series(dtype="int64")})
    connection.register("spellings_given", spellings)
    connection.register("book_given", book)
    common = max(COMMON, len(book) // 100)
    for side in ("spellings", "book"):
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {side} AS "  # noqa: S608 - the names are ours
            f"SELECT name_id, words, array_to_string(words, '') AS squeezed FROM {side}_given"
        )
        connection.execute(_WORDS.format(side=side))
    connection.execute(_WORD_COUNTS)
    connection.execute(_NEAR_WORDS, {"own": own})
    for side in ("spellings", "book"):
        connection.execute(_PAIRS.format(side=side), {"common": common})
    connection.execute(_FREQUENT_PAIRS, {"common": common})
    pairs = connection.execute(
        _HITS, {"names": float(len(book)), "common": common, "most": MOST, "distinct_names": own == 0}
    ).df()
    return pairs.astype({"name_id": "int64", "book_id": "int64"})
