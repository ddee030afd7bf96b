"""4. Stable: the list does not change for reasons that nobody could explain."""

from training.checks.verdict import CheckResult, Figure
from training.stability import Lists, churn, overlap, rank_biased_overlap

NUMBER, NAME = 4, "A stable list"
MOST_PLACES, SHARE = 100, 0.05
LEAST_OVERLAP = {"reseeded": 0.7, "retrained": 0.6, "next_month": 0.5}
"""Share of the first places that should stay: with another seed, with a month more to learn from, a month later."""


def places_compared(cohort: int) -> int:
    """How many first places are compared: :data:`MOST_PLACES`, in a small cohort :data:`SHARE` of it."""
    return max(1, min(MOST_PLACES, round(SHARE * cohort)))


def check_stable(lists: Lists) -> CheckResult:
    """Overlap of the first places under reseeding, retraining and a month's news, each at least as stated."""
    k = places_compared(len(lists.now))
    kept = {
        "reseeded": overlap(lists.now, lists.reseeded, k),
        "next_month": overlap(lists.now, lists.same_a_month_before, k),
    }
    if lists.before_with_news is not None:
        kept["retrained"] = overlap(lists.now, lists.before_with_news, k)
    figures: dict[str, Figure] = {"places": k, **{f"overlap.{name}": value for name, value in kept.items()}}
    figures |= {f"least.{name}": LEAST_OVERLAP[name] for name in kept}
    figures["rank_biased_overlap.reseeded"] = rank_biased_overlap(lists.now, lists.reseeded)
    split = churn(lists, k)
    if split is not None:
        figures |= {
            "churn.total": split.total,
            "churn.data": split.data,
            "churn.retrain": split.retrain,
            "churn.seed": split.seed,
            "entered": len(split.entered),
            "left": len(split.left),
            "rank_biased_overlap.month": split.rank_biased_overlap,
        }
    words = {"reseeded": "with another seed", "retrained": "trained a month earlier", "next_month": "a month before"}
    told = ", ".join(f"{100 * kept[name]:.0f} % {words[name]}" for name in words if name in kept)
    if any(kept[name] < LEAST_OVERLAP[name] for name in kept):
        sentence = f"too few of the first {k} places are the same: {told}."
        advice = "Average more boosters (model.bags), use fewer leaves, or shorten the list to what is stable."
        return CheckResult(NUMBER, NAME, "failed", sentence, figures, advice)
    if split is None:
        sentence = f"the record is too short to train a month earlier; of the first {k} places stay {told}."
        return CheckResult(NUMBER, NAME, "not judged", sentence, figures, "Judge again when the record is longer.")
    sentence = (
        f"of the first {k} places stay {told}. Of a month's change ({100 * split.total:.0f} %) news alone make "
        f"{100 * split.data:.0f} %, learning again {100 * split.retrain:.0f} %, a mere seed {100 * split.seed:.0f} %."
    )
    return CheckResult(NUMBER, NAME, "passed", sentence, figures)
