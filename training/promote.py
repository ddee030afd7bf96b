"""Make a version the champion, after asking what a careful person would ask.

The bundle must read whole, mean the same features as this code, and give its golden rows again. It must pass the
numbered release checks. Where both the version and the champion carry backtest figures over the same origins, the
version must not be worse. What stands in the way is overruled only by a reason, which is kept for good beside the
list of what it overruled.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from models.errors import NoChampion
from models.registry import (
    DIGEST_TAG,
    LEAST_REASON,
    Promotion,
    latest_version,
    promote,
    resolve_champion,
    tag_version,
    version_tags,
)
from models.spec import Specification
from training.card.keeping import complete_documents
from training.checks.verdict import ReleaseReport
from training.errors import ConfigRefused, PromotionRefused

BACKTEST = "backtest."
COMPARED = "average_precision"
BASIS = "basis"
"""Tag that says over which data and origins a backtest was; only figures of the same basis are compared."""


def promote_model(
    tracking_uri: str,
    version: str | None = None,
    *,
    now: pd.Timestamp,
    checked: ReleaseReport | None,
    reason: str = "",
    force_with_reason: str | None = None,
    by: str = "",
) -> Promotion:
    """Move the alias ``champion`` to ``version`` (default: the latest) after the checks.

    Parameters
    ----------
    tracking_uri : str
        The registry.
    version : str, optional
        Which version; the one registered last when None.
    now : Timestamp
        When, UTC.
    checked : ReleaseReport or None
        The version's report (:func:`training.checking.read_report`); a version that was never checked is refused.
    reason : str
        Why; a sentence is made from the figures when empty.
    force_with_reason : str, optional
        Overrule what stands in the way, and why; kept with the list of what was overruled.
    by : str
        Who signs.

    Raises
    ------
    training.errors.PromotionRefused
        A release check stands in the way, or its backtest is worse than the champion's, and no reason was given.
    models.errors.PromotionRefused, UnknownVersion, BundleCorrupt, CatalogMismatch
        It is champion already, is not there, or must not be served.
    """
    chosen = version or latest_version(tracking_uri)
    comparison, worse = compare_with_champion(tracking_uri, chosen)
    faults = _faults(tracking_uri, chosen, checked)
    if worse:
        faults["worse than the champion"] = f"Expected a version that is not worse than the champion; got {comparison}."
    if faults and force_with_reason is None:
        told = "\n".join(faults.values())
        raise PromotionRefused(
            f"Version {chosen} is not fit to be champion:\n{told}\n"
            "Train a better one, or give --force-with-reason with the reason that will be kept beside this list."
        )
    words = force_with_reason if force_with_reason is not None else (reason or comparison)
    overruled = ", ".join(faults)
    if faults and len(words.strip()) >= LEAST_REASON:
        words = f"{words.strip()} [overruled: {overruled}]"
    done = promote(tracking_uri, chosen, words, now=now, by=by, forced=bool(faults))
    complete_documents(tracking_uri, chosen, checked)
    return done


def _faults(tracking_uri: str, version: str, checked: ReleaseReport | None) -> dict[str, str]:
    """What the release checks leave in the way: a short name and the words of each."""
    digest = version_tags(tracking_uri, version).get(DIGEST_TAG)
    if checked is None or checked.model_digest != digest:
        return {"not checked": f"Expected a version with its release checks; run trustlane check --version {version}."}
    return {
        f"check {result.number} {result.verdict}": f"{result.line()}\n    {result.advice}"
        for result in checked.blocking
    }


def attach_backtest(tracking_uri: str, version: str, figures: Mapping[str, float], *, basis: str) -> None:
    """Tag a version with its backtest figures; ``basis`` names data, origins and plan (a digest of them will do)."""
    tags = {f"{BACKTEST}{name}": f"{value:.6f}" for name, value in figures.items()}
    tag_version(tracking_uri, version, tags | {f"{BACKTEST}{BASIS}": basis})


def read_backtest(folder: Path, spec: Specification, data_version: str) -> tuple[dict[str, float], str]:
    """The mean figures of the candidate of one specification in a written backtest, and the basis they stand on.

    Parameters
    ----------
    folder : Path
        Where :meth:`training.backtest_result.BacktestResult.write` wrote.
    spec : Specification
        The specification that the version was fitted by.
    data_version : str
        The record that the version was fitted on.

    Raises
    ------
    ConfigRefused
        The folder holds no backtest, one of another record, or none of this specification.
    """
    try:
        told = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ConfigRefused(f"Expected a backtest's summary.json in {folder}; got: {problem}.") from problem
    return backtest_figures(told, spec, data_version)


def backtest_figures(told: Mapping[str, Any], spec: Specification, data_version: str) -> tuple[dict[str, float], str]:
    """:func:`read_backtest` of a summary that was read already; ConfigRefused likewise."""
    candidates = [name for name, values in told["config"]["candidates"].items() if values == spec.to_dict()]
    if told["data_version"] != data_version or not candidates:
        raise ConfigRefused(
            f"Expected a backtest of data version {data_version} with this specification among its candidates; "
            f"got data version {told['data_version']} and {', '.join(told['config']['candidates'])}. "
            "Backtest the same record with the same specification first."
        )
    rows = [row for row in told["summary"] if row["slice"] == "all" and row["ranking"] == candidates[0]]
    figures = {row["metric"]: float(row["value"]) for row in rows if row["value"] is not None}
    origins = [row["origin"] for row in told["origins"]]
    stands_on = json.dumps([data_version, origins, told["config"]["plan"]], sort_keys=True)
    return figures, hashlib.sha256(stands_on.encode()).hexdigest()[:16]


def compare_with_champion(tracking_uri: str, version: str) -> tuple[str, bool]:
    """What the backtests say of a version against the champion, in words, and whether it is worse."""
    own = version_tags(tracking_uri, version)
    try:
        champion = resolve_champion(tracking_uri).version
    except NoChampion:
        return f"version {version}, the first champion", False
    theirs = version_tags(tracking_uri, champion)
    name = BACKTEST + COMPARED
    if name not in own or name not in theirs:
        return f"version {version} in place of version {champion}, without backtests of both to compare", False
    if own.get(BACKTEST + BASIS) != theirs.get(BACKTEST + BASIS):
        return f"version {version} in place of version {champion}, backtested on other data or origins", False
    new, old = float(own[name]), float(theirs[name])
    return f"version {version} with average precision {new:.4f} against {old:.4f} of version {champion}", new < old
