"""What each family of features is worth: leave one out of all, add one to a base, judged in pairs at rolling origins.

Single features are judged the same way when they are named: each is then a part of its own, apart from its family.

The matrix of an origin is built once, columns are dropped from it, and one model is fitted for each set of columns.
All rankings are judged on the same draws of whole participants, so that a difference has its own interval. Three
dozen intervals are looked at together: about one in forty lies above zero by luck alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from features.catalog import CATALOG, FAMILIES, catalog_for, catalog_hash, feature_named
from features.worth import METRICS, Difference, FamilyWorth, ProgramWorth
from models.risk_model import fit_risk_model
from records.known import Records
from records.progress import Report, silent
from training.ablation_config import AblationConfig
from training.bench import Arranged, Bench, draws_for
from training.errors import ConfigRefused
from training.intervals import blocks_of_origins, pooled_interval
from training.judging import Cohort, Figure, Key, judge
from training.metrics import Floats
from training.parallel import in_parallel

FULL, BASE, AGAIN = "all families", "base", "all families, fitted again"
Columns = tuple[str, ...]
Listen = Callable[[int, int], None]


def run_ablation(
    records: Records, config: AblationConfig, *, program: str = "this program", report: Report = silent
) -> ProgramWorth:
    """Judge every family that the program has features of, or the features that the configuration names.

    Parameters
    ----------
    records : Records
        Every row version.
    config : AblationConfig
    program : str
        What the program is called in the result.
    report : Report
        Told of each origin, fit and ranking judged.

    Raises
    ------
    ConfigRefused
        The program has no feature of any family of the base, or lacks the tables of a named one.
    OriginRefused, TooFewPositives
        As :func:`training.backtest.run_backtest` refuses.
    """
    parts = _parts(records, config)
    bench = Bench.of(records, config.backtest)
    origins = bench.origins()
    tried = []
    for origin in origins:
        report(f"build the matrix at {origin:%Y-%m-%d}", 0, 1)
        at = bench.arranged(origin)
        report(f"build the matrix at {origin:%Y-%m-%d}", 1, 1)
        tried.append(_tried(at, config, parts, partial(report, f"fit and rank at {origin:%Y-%m-%d}")))
    figures = _judged(config, [each.cohort for each in tried], partial(report, "judge every ranking"))
    block = blocks_of_origins(origins, config.backtest.plan.horizon_days)
    compared = partial(_compared, figures, block, config)
    return ProgramWorth(
        program=program,
        catalog=catalog_hash(catalog_for(records)),
        data_version=records.data_version,
        participants=len(tried[-1].cohort.participant_ids),
        capacity=config.capacity,
        rounds=config.spec.rounds,
        fits=config.fits,
        replicates=config.backtest.replicates,
        horizon_days=config.backtest.plan.horizon_days,
        origins=tuple(f"{origin:%Y-%m-%d}" for origin in origins),
        base=config.base,
        full=compared(FULL),
        base_alone=compared(BASE),
        refit=compared(FULL, AGAIN),
        families={
            part: FamilyWorth(
                features=max(each.varying[part] for each in tried),
                without=compared(FULL, without(part)),
                added=compared(*_added(part, config)),
            )
            for part in _wanted(parts, config)
        },
    )


def without(family: str) -> str:
    """The ranking by all families but one."""
    return f"without {family}"


def base_with(family: str) -> str:
    """The ranking by the base and one family more."""
    return f"base with {family}"


def base_without(family: str) -> str:
    """The ranking by the base but one of its families."""
    return f"base without {family}"


@dataclass(frozen=True)
class _Tried:
    """One origin: the cohort with its rankings, and how many columns of each family vary."""

    cohort: Cohort
    varying: Mapping[str, int]


def _parts(records: Records, config: AblationConfig) -> dict[str, Columns]:
    """The columns that the program has of each family, and each named feature by itself."""
    present = [each for each in catalog_for(records) if each.name not in config.features]
    columns = {name: tuple(each.name for each in present if each.family == name) for name in FAMILIES}
    families = {name: found for name, found in columns.items() if found}
    if not any(name in families for name in config.base):
        raise ConfigRefused(
            f"Expected a base with features in this program; got {', '.join(config.base)}, and the program has "
            f"{', '.join(families)}. Choose among them."
        )
    absent = set(config.features) - {each.name for each in catalog_for(records)}
    if absent:
        tables = {each.name: [name for name in each.tables if name not in records] for each in CATALOG}
        told = ", ".join(f"{name} ({', '.join(tables[name])})" for name in sorted(absent))
        raise ConfigRefused(
            f"Expected features whose tables the program sends; got {told}. Leave them out, or ingest the tables."
        )
    return families | {name: (name,) for name in config.features}


def _wanted(parts: Iterable[str], config: AblationConfig) -> list[str]:
    """The parts that are judged: the named features, or every family."""
    return list(config.features or parts)


def _in_base(part: str, config: AblationConfig) -> bool:
    return (part if part in FAMILIES else feature_named(part).family) in config.base


def _added(part: str, config: AblationConfig) -> tuple[str, str]:
    """The rankings whose difference says what a part adds to the base, or in it."""
    return (BASE, base_without(part)) if _in_base(part, config) else (base_with(part), BASE)


def _variants(parts: Iterable[str], config: AblationConfig) -> dict[str, list[str]]:
    """The parts behind each ranking."""
    everything = list(parts)
    base = [name for name in everything if _in_base(name, config)]
    chosen = {FULL: everything, AGAIN: everything, BASE: base}
    for part in _wanted(everything, config):
        chosen[without(part)] = [name for name in everything if name != part]
        if _in_base(part, config):
            chosen[base_without(part)] = [name for name in base if name != part]
        else:
            chosen[base_with(part)] = [*base, part]
    return chosen


def _tried(at: Arranged, config: AblationConfig, parts: Mapping[str, Columns], listen: Listen) -> _Tried:
    """Fit and rank by every variant at one origin."""
    matrix = at.rows.fit.matrix
    # A variant that lacks only columns that no fit can use is the same model, and is fitted once.
    varying = {
        name: [column for column in columns if matrix[column].nunique(dropna=False) > 1]
        for name, columns in parts.items()
    }
    columns_of = {
        ranking: tuple(column for name in names for column in varying[name])
        for ranking, names in _variants(parts, config).items()
    }
    if config.features:
        # A tree's draw of columns goes by their order: parted or not, the whole is the same model.
        order = {name: place for place, name in enumerate(matrix.columns)}
        columns_of = {ranking: tuple(sorted(own, key=order.__getitem__)) for ranking, own in columns_of.items()}
    cohort = at.cohort(_rankings(at, config, columns_of, listen))
    everyone = {"all": at.slices["all"]}
    return _Tried(replace(cohort, slices=everyone), {name: len(columns) for name, columns in varying.items()})


def _rankings(
    at: Arranged, config: AblationConfig, columns_of: Mapping[str, Columns], listen: Listen
) -> dict[str, Floats]:
    """The rank values of each variant: the mean margin of its fits; all equal where it has no column to rank by."""
    first, fits = config.backtest.seed, config.fits
    seeds = dict.fromkeys(columns_of, range(first, first + fits)) | {AGAIN: range(first + fits, first + 2 * fits)}
    jobs = {(columns, seed) for ranking, columns in columns_of.items() for seed in seeds[ranking] if columns}
    margins = in_parallel({job: partial(_margin, at, config, *job) for job in sorted(jobs)}, listen)
    nothing = np.zeros(len(at.matrix))
    return {
        ranking: np.mean([margins.get((columns, seed), nothing) for seed in seeds[ranking]], axis=0)
        for ranking, columns in columns_of.items()
    }


def _margin(at: Arranged, config: AblationConfig, columns: Columns, seed: int) -> Floats:
    """The cohort's margins by a model that is given only these columns."""
    kept = list(columns)
    model = fit_risk_model(
        replace(at.rows.fit, matrix=at.rows.fit.matrix[kept]),
        replace(at.rows.calibration, matrix=at.rows.calibration.matrix[kept]),
        replace(config.spec, replicas=0, threads=1),
        seed=seed,
        horizon_days=config.backtest.plan.horizon_days,
    )
    return model.margin(at.matrix[kept])


def _judged(config: AblationConfig, cohorts: list[Cohort], listen: Listen) -> list[dict[Key, Figure]]:
    """The figures of every ranking at each origin."""
    draws = draws_for(config.backtest, cohorts)
    jobs = {
        (number, ranking): partial(judge, replace(cohort, rankings={ranking: values}), config.backtest, draws)
        for number, cohort in enumerate(cohorts)
        for ranking, values in cohort.rankings.items()
    }
    found: list[dict[Key, Figure]] = [{} for _ in cohorts]
    for (number, _), figures in in_parallel(jobs, listen).items():
        found[number] |= figures
    return found


def _compared(
    per_origin: Sequence[Mapping[Key, Figure]],
    block: npt.NDArray[np.int64],
    config: AblationConfig,
    ranking: str,
    against: str = "",
) -> dict[str, Difference]:
    """A ranking's figures, or what they are above another's, in the mean over origins and for other years too."""
    names = dict(zip(METRICS, ("average_precision", f"recall_at_{config.capacity}"), strict=True))
    found = {}
    for metric, name in names.items():
        figures = [origin[Key("all", ranking, name)] for origin in per_origin]
        if against:
            others = [origin[Key("all", against, name)] for origin in per_origin]
            figures = [
                Figure(one.value - other.value, one.replicates - other.replicates)
                for one, other in zip(figures, others, strict=True)
            ]
        values = [figure.value for figure in figures]
        interval = pooled_interval(values, [figure.replicates for figure in figures], block)
        found[metric] = Difference(float(np.mean(values)), *interval)
    return found
