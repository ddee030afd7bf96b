"""Every kind of candidate, and how a table of a configuration becomes one; `docs/kinds.md` says what each can do.

[candidates.champion]               # without a kind: the classifier, its keys in models/spec.py
rounds = 150

[candidates.gamma_poisson]          # a baseline is a kind, too
kind = "gamma_poisson"

[candidates.blend]
kind = "stack"
[candidates.blend.members.trees]
kind = "classifier"
[candidates.blend.members.counts]
kind = "poisson"
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from models.baselines import BASELINES
from models.candidates.candidate import Candidate
from models.candidates.catalog_logistic import CATALOG_LOGISTIC, CatalogLogistic
from models.candidates.classifier import CLASSIFIER, Classifier
from models.candidates.from_baseline import BaselineCandidate
from models.candidates.hazard import HAZARD, HazardTrees
from models.candidates.poisson import POISSON, PoissonTrees
from models.candidates.stack import STACK, Stack
from models.errors import SpecRefused
from models.spec import ModelSpec

CandidateSpec = ModelSpec | Candidate
"""What a configuration maps a name to: the classifier's specification as it always was, or another kind."""


def candidate_from_table(table: Mapping[str, Any]) -> CandidateSpec:
    """The candidate that a table describes; SpecRefused names an unknown kind or key."""
    settings = dict(table)
    kind = settings.pop("kind", CLASSIFIER)
    if kind not in KINDS:
        raise SpecRefused(f"Expected a kind among {', '.join(KINDS)}; got {kind!r}. Correct it in the configuration.")
    return KINDS[kind](settings)


def as_candidate(spec: CandidateSpec) -> Candidate:
    """What can be fitted: the classifier of a specification, any other candidate itself."""
    return Classifier(spec) if isinstance(spec, ModelSpec) else spec


@dataclass(frozen=True)
class _FromBaseline:
    kind: str

    def __call__(self, settings: Mapping[str, Any]) -> CandidateSpec:
        unknown = sorted(set(settings) - {"calibration"})
        if unknown:
            raise SpecRefused(f"Unknown for a baseline: {', '.join(unknown)}. Known: calibration.")
        return BaselineCandidate(self.kind, **settings)


def _stack(settings: Mapping[str, Any]) -> CandidateSpec:
    unknown = sorted(set(settings) - {"members", "calibration"})
    if unknown:
        raise SpecRefused(f"Unknown for a stack: {', '.join(unknown)}. Known: members, calibration.")
    tables = settings.get("members", {})
    members = {name: as_candidate(candidate_from_table(table)) for name, table in tables.items()}
    return Stack(members, **{name: value for name, value in settings.items() if name != "members"})


KINDS: Mapping[str, Callable[[Mapping[str, Any]], CandidateSpec]] = {
    CLASSIFIER: ModelSpec.from_dict,
    POISSON: PoissonTrees.from_table,
    HAZARD: HazardTrees.from_table,
    CATALOG_LOGISTIC: CatalogLogistic.from_table,
    STACK: _stack,
    **{name: _FromBaseline(name) for name in BASELINES},
}
