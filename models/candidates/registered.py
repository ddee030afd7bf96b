"""From a candidate of any kind to a model that can be registered, explained and served.

The margin of the model is that of the fitted candidate, to the bit: what is registered is what was judged.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol, runtime_checkable

import numpy as np

from features.catalog import CATALOG, catalog_hash
from models.candidates.calibrated import CalibratedRanker
from models.candidates.candidate import Candidate
from models.candidates.catalog_logistic import CatalogLogistic
from models.candidates.classifier import Classifier
from models.candidates.from_baseline import BaselineCandidate
from models.candidates.hazard import HazardTrees
from models.candidates.kinds import CandidateSpec, as_candidate
from models.candidates.part_scorer import PartScorer
from models.candidates.poisson import PoissonTrees
from models.candidates.stack import Stack
from models.carried import Carried
from models.errors import SpecRefused
from models.fitted import RiskModel
from models.own_rates import ALL_ALIKE
from models.peers import peer_medians
from models.risk_model import fit_risk_model, remembered, require_order, with_own_rates
from models.spec import ModelSpec, TrainingSlice
from models.trees import Trees
from records.progress import Report, silent

SMOOTH = ("platt", "beta")
"""Calibrations through which reasons can be carried: steps have no slope."""

NEXT = "It can be judged by trustlane backtest."


@runtime_checkable
class GrowsReplicas(Protocol):
    """A candidate whose interval also rests on replicas of its margin."""

    def replicas(self, fit: TrainingSlice, calibration: TrainingSlice, *, seed: int) -> tuple[Trees, ...]:
        """Replicas of the margin, each on other participants."""
        ...


def why_not_registered(spec: CandidateSpec) -> str:
    """Why models of this specification can be judged but not registered; empty when they can."""
    candidate = as_candidate(spec)
    if isinstance(candidate, HazardTrees):
        return (
            "Expected a model whose reasons add up to its margin; got a hazard, which ranks by the logarithm of a sum "
            f"over periods. {NEXT} Train a classifier or poisson instead."
        )
    if isinstance(candidate, BaselineCandidate) and candidate.kind == "prior_rate":
        return f"Expected a model that ranks; got prior_rate, to which everybody is alike. {NEXT}"
    if isinstance(candidate, Stack):
        return _why_not_members(candidate.members)
    return ""


def fit_model(
    train: TrainingSlice,
    calibration: TrainingSlice,
    spec: CandidateSpec,
    *,
    seed: int,
    horizon_days: int = 365,
    data_version: str = "unversioned",
    replicas: bool = True,
    report: Report = silent,
) -> RiskModel:
    """Fit a model of any kind that can be registered.

    Parameters
    ----------
    train, calibration, seed, horizon_days, data_version, report
        As in :func:`models.risk_model.fit_risk_model`.
    spec : ModelSpec or another candidate
        Which kind, and its settings.
    replicas : bool
        Whether to grow the replicas behind the interval, which do not move the margin.

    Raises
    ------
    SpecRefused
        Models of this kind can be judged only; see :func:`why_not_registered`.
    SliceTooThin, MatrixRefused
        The slices cannot carry the fit.
    """
    if isinstance(spec, ModelSpec):
        told = spec if replicas else replace(spec, replicas=0)
        return fit_risk_model(
            train, calibration, told, seed=seed, horizon_days=horizon_days, data_version=data_version, report=report
        )
    why_not = why_not_registered(spec)
    if why_not:
        raise SpecRefused(why_not)
    train, calibration = train.counted(), calibration.counted()
    require_order(train, calibration)
    report(f"fit the {spec.kind}", 0, 3)
    fitted = spec.fit(train, calibration, seed=seed, horizon_days=horizon_days)
    if not isinstance(fitted, CalibratedRanker) or not isinstance(fitted.scorer, PartScorer):
        raise SpecRefused(f"Expected a kind that ranks by an additive part; got {spec.kind}. {NEXT}")
    report("grow the replicas of the interval", 1, 3)
    grown = spec.replicas(train, calibration, seed=seed) if replicas and isinstance(spec, GrowsReplicas) else ()
    report("remember the last cohort", 2, 3)
    model = _model(fitted, fitted.scorer, spec, grown, seed, horizon_days, data_version)
    own = with_own_rates(model, model.margin(calibration.matrix), calibration)
    return remembered(own, train, calibration)


def calibration_of(candidate: Candidate) -> str:
    """The calibration that a candidate was told."""
    if isinstance(candidate, Classifier):
        return candidate.spec.calibration
    if isinstance(candidate, PoissonTrees | HazardTrees):
        return candidate.trees.calibration
    if isinstance(candidate, CatalogLogistic | BaselineCandidate | Stack):
        return candidate.calibration
    raise SpecRefused(f"Expected a kind with a calibration; got {candidate.kind}.")


def _why_not_members(members: Mapping[str, Candidate]) -> str:
    for name, member in members.items():
        spec = member.spec if isinstance(member, Classifier) else member
        why_not = why_not_registered(spec)
        if why_not:
            return f"Member {name} of a stack: {why_not}"
        if calibration_of(member) not in SMOOTH:
            return (
                f"Expected members of a stack whose calibration is {' or '.join(SMOOTH)}, through which reasons can be "
                f"carried; got {calibration_of(member)} for {name}. {NEXT} Set calibration in its table."
            )
    return ""


def _model(
    fitted: CalibratedRanker,
    scorer: PartScorer,
    spec: Candidate,
    replicas: tuple[Trees, ...],
    seed: int,
    horizon_days: int,
    data_version: str,
) -> RiskModel:
    features = [feature for feature in CATALOG if feature.name in scorer.features]
    nobody = np.zeros((0, len(features)), dtype=np.float32)
    return RiskModel(
        features=scorer.features,
        catalog=tuple(feature.definition() for feature in features),
        catalog_hash=catalog_hash(features),
        horizon_days=horizon_days,
        spec=spec,
        seed=seed,
        part=scorer.part,
        replicas=replicas,
        calibration=fitted.calibration,
        counts=fitted.counts,
        own_rates=ALL_ALIKE,
        carried=Carried(()),
        peers=peer_medians(nobody, None),
        importance=(),
        golden=nobody,
        data_version=data_version,
        facts={"calibration_choice": fitted.choice.to_dict()} if fitted.choice.log_loss else {},
    )
