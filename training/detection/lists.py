"""Lists as ``trustlane queue --out`` wrote them, read back for their audit slice."""

from pathlib import Path

import pandas as pd

from training.detection.errors import YardstickRefused


def read_list(path: Path) -> pd.DataFrame:
    """The list in a CSV, Parquet or JSON file; participants as text and moments as moments.

    Raises
    ------
    YardstickRefused
        The file ends otherwise, or lacks a participant or a moment.
    """
    if path.suffix == ".csv":
        rows = pd.read_csv(path, dtype={"participant_id": "str"})
    elif path.suffix == ".json":
        rows = pd.read_json(path, dtype={"participant_id": "str"})
    elif path.suffix == ".parquet":
        rows = pd.read_parquet(path)
    else:
        raise YardstickRefused(f"Expected a list in .csv, .parquet or .json; got {path.name}. Write it by queue --out.")
    missing = [name for name in ("participant_id", "as_of") if name not in rows]
    if missing:
        raise YardstickRefused(f"Expected the columns {', '.join(missing)} in {path.name}. Write it by queue --out.")
    moments = pd.to_datetime(rows["as_of"]).astype("datetime64[us]")
    return rows.assign(participant_id=rows["participant_id"].astype("str"), as_of=moments)
