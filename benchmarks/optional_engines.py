"""Windowed sums by Featuretools and timeseriesflattener, where they are installed (``pip install trustlane[bench]``).

Both aggregate along one date and know neither late knowledge nor amendments, so they and the kernel get a simpler
job: every incident is known at once and stays as it is. Both warn about what newer pandas and Polars deprecate.
"""

import contextlib
import datetime
import io
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl

from benchmarks.window_engines import Engine, Matrix, by_kernel
from benchmarks.window_rows import WINDOWS, Rows
from features.moments import DAY, FOREVER

EVER = 100 * 365
"""Days of a window without end, for engines that ask for a length."""


def simpler(rows: Rows) -> Rows:
    """The same incidents, known when they happen, never amended; looked at from noon so that no date ties with it."""
    return replace(
        rows,
        known_from=rows.occurred,
        known_until=np.full(rows.occurred.size, FOREVER),
        as_of=rows.as_of + DAY // 2,
    )


def working_engines(trial: Rows) -> tuple[dict[str, Engine], dict[str, str]]:
    """The optional engines that give the kernel's figures on a small trial, and for each other one why it does not."""
    found: dict[str, Engine] = {}
    missing: dict[str, str] = {}
    expected = by_kernel(trial)
    for title, engine in (("Featuretools", by_featuretools), ("timeseriesflattener", by_timeseriesflattener)):
        try:
            with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
                warnings.simplefilter("ignore")
                same = np.allclose(engine(trial), expected, rtol=1e-6, atol=1e-3)
        except ImportError as error:
            missing[title] = f"not installed ({error})"
        except (AttributeError, TypeError, ValueError) as error:
            missing[title] = f"does not run with pandas {pd.__version__} ({type(error).__name__}: {error})"
        else:
            if same:
                found[title] = engine
            else:
                missing[title] = "its figures differ from the definition"
    return found, missing


def by_featuretools(rows: Rows) -> Matrix:
    """One call for each window, with the moments as cutoff times and the window as ``training_window``."""
    import featuretools

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        entities = featuretools.EntitySet()
        entities.add_dataframe(
            dataframe_name="participants",
            dataframe=pd.DataFrame({"participant": range(rows.participants)}),
            index="participant",
        )
        incidents = pd.DataFrame({"participant": rows.participant, "moment": _dates(rows.occurred), **rows.amounts})
        incidents.insert(0, "incident", range(len(incidents)))
        entities.add_dataframe(dataframe_name="incidents", dataframe=incidents, index="incident", time_index="moment")
        entities.add_relationship("participants", "participant", "incidents", "participant")
        cutoffs = pd.DataFrame({"participant": rows.spine_participant, "time": _dates(rows.as_of)})
        definitions = featuretools.dfs(
            entityset=entities,
            target_dataframe_name="participants",
            agg_primitives=["sum"],
            trans_primitives=[],
            max_depth=1,
            features_only=True,
        )
        columns = []
        for window in WINDOWS:
            matrix = featuretools.calculate_feature_matrix(
                definitions,
                entities,
                cutoff_time=cutoffs,
                training_window=f"{window or EVER} days",
                cutoff_time_in_index=True,
            )
            matrix = matrix.loc[pd.MultiIndex.from_frame(cutoffs)]
            columns += [matrix[f"SUM(incidents.{name})"].to_numpy(dtype=np.float32) for name in rows.amounts]
    return np.array(columns[: rows.columns])


def by_timeseriesflattener(rows: Rows) -> Matrix:
    """One predictor for each measure with every window as a lookbehind distance."""
    import timeseriesflattener as flattener

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spine = pl.DataFrame(
            {"place": np.arange(rows.as_of.size), "participant": rows.spine_participant, "as_of": _dates(rows.as_of)}
        )
        frame = flattener.PredictionTimeFrame(
            init_df=spine, entity_id_col_name="participant", timestamp_col_name="as_of"
        )
        specifications = [
            flattener.PredictorSpec(
                value_frame=flattener.ValueFrame(
                    init_df=pl.DataFrame(
                        {"participant": rows.participant, "moment": _dates(rows.occurred), name: amounts}
                    ),
                    entity_id_col_name="participant",
                    value_timestamp_col_name="moment",
                ),
                lookbehind_distances=[datetime.timedelta(days=window or EVER) for window in WINDOWS],
                aggregators=[flattener.SumAggregator()],
                fallback=0,
                column_prefix="sum",
            )
            for name, amounts in rows.amounts.items()
        ]
        matrix = flattener.Flattener(predictiontime_frame=frame).aggregate_timeseries(specs=specifications).df
    if isinstance(matrix, pl.LazyFrame):
        matrix = matrix.collect()
    matrix = spine.join(matrix, on=["participant", "as_of"], how="left", maintain_order="left")
    columns = [
        next(
            column
            for column in matrix.columns
            if column.startswith(f"sum_{name}_") and f"_{window or EVER}_days" in column
        )
        for window in WINDOWS
        for name in rows.amounts
    ]
    return np.array([matrix[column].cast(pl.Float32).to_numpy() for column in columns[: rows.columns]])


def _dates(moments: np.ndarray) -> np.ndarray:
    return moments.view("datetime64[us]")
