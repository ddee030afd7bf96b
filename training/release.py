"""The release checks of a version, all ten, from the evidence that was gathered."""

from collections.abc import Sequence
from dataclasses import replace

from models.baselines import BASELINES
from models.fitted import RiskModel
from training.checks.beats_baselines import check_beats_baselines
from training.checks.calibrated import check_calibrated
from training.checks.fair import SignOff, check_fair
from training.checks.leak import check_leak
from training.checks.no_overlap import check_no_overlap
from training.checks.reasons import check_reasons
from training.checks.reproducible import check_reproducible
from training.checks.signal import check_signal
from training.checks.simplicity import Simplicity
from training.checks.size_proxy import check_size_proxy
from training.checks.stable import check_stable
from training.checks.verdict import CheckResult, ReleaseReport
from training.evidence import DRAWS, Evidence


def judge_release(evidence: Evidence, signed: Sequence[SignOff] = ()) -> ReleaseReport:
    """The numbered report on a version."""
    judged, rows = evidence.judged, evidence.reproduction.fitted.rows
    baselines = list(BASELINES)
    results = (
        check_no_overlap(evidence.reproduction.fitted.split, judged, evidence.horizon_days),
        check_beats_baselines(judged, baselines, Simplicity.of_model(evidence.model), seed=evidence.model.seed),
        check_calibrated(judged),
        check_stable(evidence.lists),
        check_fair(evidence.disparity, signed),
        check_reasons(evidence.model, rows.calibration),
        check_reproducible(evidence.reproduction),
        check_leak(evidence.removals, evidence.skill, rule=_rule(evidence.model)),
        check_size_proxy(judged),
        check_signal(judged, draws=DRAWS, seed=evidence.model.seed),
    )
    told = tuple(_with_reason(result, evidence.unjudged) for result in results)
    return ReleaseReport(evidence.model.digest, evidence.model.data_version, told)


def _rule(model: RiskModel) -> str:
    """The name of the simple rule that a model is; empty for anything else."""
    return model.kind if model.kind in BASELINES else ""


def _with_reason(result: CheckResult, why: str) -> CheckResult:
    """A check without a backtest, with the reason why the record could not give one.

    A record too short for any backtest can be trained on and not judged; then nothing is refused for want of one, and
    the report says what was not judged.
    """
    if result.verdict != "not judged" or not why or "backtest" not in result.sentence:
        return result
    return replace(result, sentence=f"the record is too short to judge it: {why}", required=False)
