"""How often 95 % intervals hold the true figure, on simulated programs whose truth is known.

Participants have a lasting frailty; two scores see a part of it. Each origin draws its labels anew, at a level and
with a share of luck of its own. The true figure of a program is its expected value over programs of the same size: of
area, recall, log loss and their differences the mean over a very large cohort at every kind of year; average precision
depends on the number of participants, so it is taken over many cohorts of that size.

Seen with 400 programs, 300 draws, 2,500 participants and 90 positives an origin, means over the seeds 101, 202, 303,
404 and 505 (standard error .5 points):

    origins  years              average precision  AUC   recall  log loss  difference of AUC  of recall
    1        alike              92.6               93.5  94.7    94.3      94.3               95.2
    5        alike              96.1               97.1  96.1    95.6      95.7               96.0
    5        as usual           94.1               95.5  95.9    93.3      96.8               96.2

Single seeds go from 91.0 to 98.2. Where years are all alike, the allowance for their spread makes the interval of AUC a
little too wide.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from training.intervals import percentile_interval, pooled_interval
from training.metrics import auc, average_precision, calibration_line, gather, log_loss, recall_at

SHARE, BASE, SPREAD, SEEN = 0.04, -3.8, 1.3, 0.7
KINDS_OF_YEARS = 60


def people(rng, size):
    """Frailty, and two scores, of which the first sees more of it."""
    frailty = SPREAD * rng.normal(size=size)
    first = SEEN**2 * frailty + SEEN * np.sqrt(1 - SEEN**2) * SPREAD * rng.normal(size=size)
    return frailty, first, SEEN**2 * frailty + rng.normal(size=size)


def year(rng, cohort, level, luck):
    """Labels of one year, and the scores as they are then."""
    frailty, first, second = cohort
    now = np.sqrt(1 - luck**2) * frailty + luck * SPREAD * rng.normal(size=len(frailty))
    positive = rng.random(len(frailty)) < expit(level + now)
    return positive, first + 0.3 * rng.normal(size=len(frailty)), second + 0.3 * rng.normal(size=len(frailty))


def figures(positive, first, second, line, draws=None):
    """Every figure whose interval is tried, in the replicates of these draws."""
    tied, other = (gather(score, positive, multiplicity=draws) for score in (first, second))
    probability = expit(line[0] + line[1] * first)
    found = {
        "average_precision": average_precision(tied),
        "auc": auc(tied),
        "recall": recall_at(tied, SHARE * tied.rows),
    }
    found["log_loss"] = log_loss(probability, positive, np.ones(len(positive)), draws)
    found["auc_difference"] = found["auc"] - auc(other)
    found["recall_difference"] = found["recall"] - recall_at(other, SHARE * other.rows)
    return found


def truth(rng, years, size, line):
    """Expected figures, for cohorts of this size."""
    large = [figures(*year(rng, people(rng, 60_000), *each), line) for each in years]
    own = [
        average_precision(gather(*year(rng, people(rng, size), *years[rng.integers(len(years))])[1::-1]))
        for _ in range(1500)
    ]
    return {name: np.mean([each[name] for each in large]) for name in large[0]} | {"average_precision": np.nanmean(own)}


def coverage(*, programs, origins, size, replicates, levels, lucks, seed):
    """The share of programs whose interval holds the true figure, by figure."""
    rng = np.random.default_rng(seed)
    level = BASE + levels * rng.normal(size=KINDS_OF_YEARS)
    years = list(zip(level, np.clip(0.5 + lucks * rng.normal(size=KINDS_OF_YEARS), 0, 0.95), strict=True))
    positive, first, _ = year(rng, people(rng, 200_000), BASE, 0.5)
    intercept, slope = calibration_line(expit(first + BASE), positive, np.ones(len(positive)))
    line = (intercept + slope * BASE, slope)
    true = truth(rng, years, size, line)
    drawn = rng.multinomial(size, np.full(size, 1 / size), size=replicates).T.astype(np.int16)
    held = dict.fromkeys(true, 0)
    for _ in range(programs):
        cohort = people(rng, size)
        labels = [year(rng, cohort, *years[rng.integers(KINDS_OF_YEARS)]) for _ in range(origins)]
        values = [figures(*each, line) for each in labels]
        redrawn = [figures(*each, line, drawn) for each in labels]
        for name, figure in true.items():
            own, again = [each[name].item() for each in values], [each[name] for each in redrawn]
            pooled = pooled_interval(own, again, np.arange(origins))
            low, high = pooled if origins > 1 else percentile_interval(again[0], value=own[0])
            held[name] += low <= figure <= high
    return {name: count / programs for name, count in held.items()}


def test_intervals_of_one_origin_hold_the_truth_about_as_often_as_they_say():
    found = coverage(programs=150, origins=1, size=2500, replicates=200, levels=0.0, lucks=0.0, seed=11)
    # 150 programs: a true coverage of 95 % shows as 90 to 99 % in 99.9 % of runs of a figure.
    assert all(0.89 <= share <= 0.995 for share in found.values()), found


def test_intervals_of_five_origins_hold_the_truth_of_other_years_too():
    found = coverage(programs=60, origins=5, size=1500, replicates=150, levels=0.25, lucks=0.15, seed=12)
    assert all(share >= 0.86 for share in found.values()), found


SEEDS = (101, 202, 303, 404, 505)
PROGRAMS = 200
"""Programs a seed."""


@pytest.mark.long
@pytest.mark.parametrize(
    ("origins", "levels", "lucks"), [(1, 0.0, 0.0), (5, 0.0, 0.0), (5, 0.25, 0.15), (3, 0.25, 0.15), (5, 0.6, 0.3)]
)
def test_intervals_hold_the_truth_in_92_to_97_of_a_hundred_programs(origins, levels, lucks):
    by_seed = pd.DataFrame(
        coverage(programs=PROGRAMS, origins=origins, size=2500, replicates=300, levels=levels, lucks=lucks, seed=seed)
        for seed in SEEDS
    )
    mean = by_seed.mean()
    print(origins, levels, lucks, {name: round(share, 4) for name, share in mean.items()})
    print(by_seed.round(3).to_string())
    # What 1,000 programs tell has an error of its own: 0.7 points at 95 %. A figure fails where it is over the bound
    # by more than two of them; one seed alone, with an error of 1.5 points, by more than three of its own.
    for told, programs, errors in ((mean, PROGRAMS * len(SEEDS), 2), (by_seed, PROGRAMS, 3)):
        assert (told >= 0.92 - errors * standard_error(0.92, programs)).all(axis=None), told
        assert (told <= 0.97 + errors * standard_error(0.97, programs)).all(axis=None), told


def standard_error(share, programs):
    """Of a share that is counted in so many programs."""
    return np.sqrt(share * (1 - share) / programs)
