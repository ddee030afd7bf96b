"""The figures of scale as a page for people: docs/scale.md is exactly this text.

Written again with ``python -m benchmarks.scale_page > docs/scale.md`` from the files in benchmarks/results/scale, which
``python -m benchmarks.bench_scale FOLDER --out benchmarks/results/scale/SIZE.json`` measures; a test compares.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "scale"
MACHINES, EFFICIENCY, RECORD = 10, 0.7, 100

HEAD = """# Past one machine

One machine holds a country's program: a hundred thousand participants and three million incidents take seconds. This
page is for records that no single memory holds. They are cut into partitions of participants, and the processes of a
[Dask](https://docs.dask.org) cluster, on one machine or many, work on a partition each.

**The numbers are those of one machine, bit for bit.** Most features know only the participant's own rows. What a row
needs to know of others (peers, corridor, partners) is worked out first, as whole numbers that partitions add up
exactly, and broadcast. `tests/features/test_distributed.py` holds this on random records with amendments, merges and
duplicates, and on a simulated program over two processes.

## How

```sh
uv pip install 'trustlane[cluster]'
```

```python
from pathlib import Path
import pandas as pd
from features.distributed.build import build_distributed
from features.distributed.cluster import local_cluster
from records.lake import Lake

if __name__ == "__main__":  # worker processes import this file
    with local_cluster(2) as client:  # or distributed.Client("tcp://scheduler:8786")
        parts = build_distributed(
            Lake(Path("lake")), [pd.Timestamp("2024-10-01")], Path("matrix"), client=client, partitions=100
        )
```

`matrix/` then holds `manifest.json` (data version, catalog hash, dates, columns, rows of each part) and one Parquet
file a partition. Every file is there whole or not at all; a stopped build, called again, goes on where it was, and a
folder of another matrix is refused. `parts.clear()` removes what only the building needed.

| stage | what it does | what it leaves |
| --- | --- | --- |
| find who there is | sorts participants and cuts them; accounts that merges join stay together | who belongs where |
| find which partitions need what | incidents are needed where their parties belong | routes, sorted in buckets |
| write rows by partition | any lake, however its files are sorted | Arrow files, a batch for each partition |
| survey partitions | sums of groups, counts of peers, figures of each participant as a partner | arrays |
| work out business partners | partners' partners and whole networks, from the figures | columns by date |
| write parts of the matrix | `features.matrix.build_matrix`, told what the surveys found | the parts |

Workers need the same paths for the lake and the folder, on a disk that all of them share. A partition of 10,000
participants with a hundred incidents each needs 1.5 GB in its worker.

**Training** (`training.distributed_train.train_on_parts`): labels part by part; their weights from one curve over all
parts, with the bits of one machine; trees by `lightgbm.DaskLGBMClassifier`. The trees are *close* to those of one
machine and not the same: every worker draws its own rows for bins and bagging, and distributed LightGBM knows only its
basic method for monotone directions. Rows that are learned from must fit into the workers' memories together, twice;
with less memory name some of the partitions. Calibration and intervals belong to a fit on one machine and are not
distributed.

## Measured

"""


def read_figures(folder: Path = RESULTS) -> list[dict[str, Any]]:
    """What was measured at each size, the smallest first."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    return sorted(found, key=lambda each: int(each["phases"]["simulate"]["participants"]))


def render_page(runs: Sequence[Mapping[str, Any]]) -> str:
    """The whole page from the figures of the benchmark, one run a size."""
    build = runs[-1]["phases"]["build"]
    lines = [
        f"On {runs[-1]['machine']}, {build['processes']} worker processes, {build['dates']} quarterly dates, "
        f"{build['columns']} columns, records of {runs[-1]['phases']['simulate']['years']} years by the load generator "
        "(`records.simulate.large`, calibrated on nothing). Memory is that of all processes together, the bench's own "
        "included. The load is the machine's one-minute average before and after: above 2 others were at work too, and "
        "times are too long by what they took.",
        "",
        "| participants | incidents | phase | minutes | GB of memory at the peak | GB on disk | load |",
        "| ---: | ---: | --- | ---: | ---: | ---: | --- |",
    ]
    for run in runs:
        lines += _rows(run["phases"])
    lines += [
        "",
        f"The parts of the largest hold {build['rows']:,} rows. While they were built, "
        f"{build['working_disk_gigabytes']:.1f} GB stood on disk beside the lake.",
        "",
        "| stage of building the largest | ended after minutes |",
        "| --- | ---: |",
        *(f"| {stage} | {seconds / 60:.1f} |" for stage, seconds in build["stage_ends"].items()),
        "",
        *_costs(runs[-1]["phases"]["simulate"], build),
    ]
    return HEAD + "\n".join(lines) + "\n"


def _rows(phases: Mapping[str, Any]) -> list[str]:
    size, rows = phases["simulate"], []
    for name, phase in phases.items():
        before, after = phase["load_before_and_after"]
        disk = f"{phase['disk_gigabytes']:.1f}" if "disk_gigabytes" in phase else ""
        rows.append(
            f"| {size['participants']:,} | {size['incidents']:,} | {name} | {phase['seconds'] / 60:.1f} "
            f"| {phase['gigabytes']:.1f} | {disk} | {before:.1f}, {after:.1f} |"
        )
    return rows


def _costs(simulate: Mapping[str, Any], build: Mapping[str, Any]) -> list[str]:
    incidents, rows = simulate["incidents"] / 1e6, build["rows"] / 1e6
    hours = build["processes"] * build["seconds"] / 3600
    record = hours / incidents * RECORD
    minutes = 60 * record / (MACHINES * 8 * EFFICIENCY)
    return [
        "| cost | process minutes |",
        "| --- | ---: |",
        f"| building, a million incidents | {60 * hours / incidents:.2f} |",
        f"| building, a million rows of the matrix | {60 * hours / rows:.2f} |",
        f"| simulating, a million incidents | {build['processes'] * simulate['seconds'] / 60 / incidents:.2f} |",
        "",
        "## Ten machines",
        "",
        f"An estimate, not a measurement: at this cost {RECORD} million incidents take {record:.1f} process hours. "
        f"{MACHINES} machines of 8 processors and 32 GB have {MACHINES * 8} processes; partitions do not wait for each "
        f"other, so {EFFICIENCY:.0%} of their time may be used, the rest going to the stages that one process does and "
        f"to the shared disk: {record:.1f} / ({MACHINES * 8} x {EFFICIENCY}) hours, about {minutes:.0f} minutes, and a "
        f"thousand million incidents in about {10 * minutes:.0f}.",
    ]


if __name__ == "__main__":
    sys.stdout.write(render_page(read_figures()))
