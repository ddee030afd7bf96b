"""The catalog as a page for people: docs/features.md is exactly this text.

What families are worth comes from docs/worth.json, which ``trustlane ablation --worth`` writes. Written again with
``python -m features.catalog_page > docs/features.md``; a test compares the two.
"""

import sys

from features.catalog import CATALOG, FAMILIES
from features.feature import AVAILABILITY, Feature
from features.worth import read_worth
from features.worth_page import worth_section

DIRECTIONS = {1: "rises", -1: "falls", 0: "free"}

HEAD = """# Features

One row of the matrix is one participant at one moment, `as_of`. Every feature is computed from rows with
`known_at < as_of` only, in the version valid then; nothing that becomes known later can change it. Empty values
mean *not applicable* or *unknown*, never zero. A program that does not send a table has no features of it.

This page is written from the catalog (`features/catalog.py`) and compared with it by a test.

- **Risk** says how the risk may move as the value grows: *rises* (never falls), *falls* (never rises), *free*.
- **Since** is the version of Trustlane that introduced the feature or last changed what it means.
- **Knows** says what a feature reads:
"""

TAIL = """
## A self-report before discovery

Totals hold discovered and self-reported incidents alike; discovered ones are counted once more on their own, and the
only features that a self-report alone moves may not raise the risk. So a self-report before discovery never raises a
score more than a discovery in its place would.

## From Python

`features.matrix.build_matrix(records, spine)` takes pandas, Polars, PyArrow, a DuckDB relation or whatever else
Narwhals reads, for the spine and for the tables of the record, and gives pandas. `HistoryFeatures` is the same as a
step of a scikit-learn pipeline; clones share the record. Split by time, and leave the label's window free between the
two sides.

```python
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from features.transformer import HistoryFeatures

columns = HistoryFeatures(records)
filled = SimpleImputer(keep_empty_features=True)  # a column may be empty as far back as the spine goes
model = make_pipeline(columns, filled, HistGradientBoostingClassifier()).fit(spine, positive)
```

On the command line `trustlane features --list` tells every feature in a line, `--describe NAME` all about one, and
`--as-of DATE --out FILE` writes the matrix of everyone at risk.

## Adding a feature

A windowed count of own incidents is one line in `features/catalog_own.py`: measure, window, family, words. A new
measure is one line in `features/history.py` (`MEASURES`). Anything else is one function in its family's module and an
entry in the catalog. `tests/oracle/` states the slow and obvious definition of every feature, and a property
test holds the matrix to it. `trustlane ablation --feature NAME` tells what one feature is worth beside all others and
beside a base, with intervals; the [tutorial](tutorial.md) goes through it.
"""


def catalog_page() -> str:
    """The whole page, in Markdown."""
    parts = [HEAD, *(f"  - `{name}`: {meaning}.\n" for name, meaning in AVAILABILITY.items())]
    used = {feature.family for feature in CATALOG}
    parts.append(f"\n{len(CATALOG)} features in {len(used)} families, the factor groups of every reason.\n")
    families = [family for family in FAMILIES if family in used]
    parts += [_section(family) for family in families]
    return "".join([*parts, worth_section(read_worth(), families), TAIL])


def _section(family: str) -> str:
    features = [feature for feature in CATALOG if feature.family == family]
    title, meaning = FAMILIES[family].title, FAMILIES[family].meaning
    head = "| feature | unit | what it is | risk | knows | tables | since |\n" + "| --- " * 7 + "|\n"
    return f"\n## {title}\n\nFamily `{family}`: {meaning}.\n\n{head}" + "".join(map(_line, features))


def _line(feature: Feature) -> str:
    cells = (
        f"`{feature.name}`",
        feature.unit,
        feature.meaning,
        DIRECTIONS[feature.monotone],
        f"`{feature.availability}`",
        ", ".join(feature.tables),
        feature.since,
    )
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    sys.stdout.write(catalog_page())
