"""Check a registered version and keep the report with its run: the effects around :mod:`training.release`."""

import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from models.documents import Drawing
from models.registry import load_version, tag_version, version_tags
from models.run_files import fetch_run_files, keep_run_files, read_run_file, run_of_version
from records.known import Records
from records.lake import Program
from records.progress import Report, silent
from training.card.keeping import keep_documents
from training.checks.fair import SignOff
from training.checks.judged import FILES, Judged
from training.checks.verdict import ReleaseReport
from training.evidence import Evidence, gather_evidence
from training.learning_curve import curve_drawing, learning_curve
from training.promote import attach_backtest, backtest_figures
from training.recipe import Recipe
from training.release import judge_release
from training.reproduce import read_recipe

REPORT = "release_checks.json"
TAG = "release_checks"
BACKTEST_FOLDER = "backtest"


def check_version(
    tracking_uri: str,
    version: str,
    read_records: Callable[[str], Records],
    *,
    backtest: Path | None = None,
    signed: Sequence[SignOff] = (),
    program: Program | None = None,
    with_curve: bool = False,
    report: Report = silent,
) -> ReleaseReport:
    """Judge a version by all release checks; report, card and assessment are kept with its run, and tags tell of it.

    Parameters
    ----------
    tracking_uri, version : str
        Which version of which registry.
    read_records : callable
        Gives the record at a data version, as :meth:`records.lake.Lake.read` does.
    backtest : Path, optional
        Folder of a written backtest of the same record and specification. Without it the one that came with the
        version; where none did, a short one is run and kept.
    signed : sequence of SignOff
        Groups that a person accepts to be treated apart.
    program : Program, optional
        Whose record it is, and whether that is simulated; what the version's tags say of it when None.
    with_curve : bool
        Fit on parts of the program too, for the learning curve of the card.
    report : Report
        Told how far it is.

    Raises
    ------
    RunRefused
        The version's run recorded no recipe.
    ConfigRefused
        The backtest is of another record or specification.
    LakeError
        The lake does not hold the version's data version.
    """
    run_id = run_of_version(tracking_uri, version)
    recipe = read_recipe(tracking_uri, run_id)
    if backtest is not None:
        keep_backtest(tracking_uri, run_id, version, backtest, recipe)
    records = read_records(recipe.data_version)
    with tempfile.TemporaryDirectory() as staging:
        model = load_version(tracking_uri, version, Path(staging) / "bundle")
        judged = _kept_backtest(tracking_uri, run_id, recipe, Path(staging))
        evidence = gather_evidence(model, recipe, records, judged, report=report)
        if evidence.backtest is not None:
            evidence.backtest.write(Path(staging) / "own")
            keep_backtest(tracking_uri, run_id, version, Path(staging) / "own", recipe)
    found = judge_release(evidence, signed)
    _keep(tracking_uri, run_id, version, found, evidence)
    curve = _curve(evidence, recipe, report) if with_curve else None
    more = () if curve is None else (curve,)
    keep_documents(tracking_uri, version, recipe, evidence, found, program=program, more=more)
    return found


def _curve(evidence: Evidence, recipe: Recipe, report: Report) -> Drawing | None:
    rows = evidence.reproduction.fitted.rows
    return curve_drawing(learning_curve(rows, recipe.train_config(), data_version=recipe.data_version, report=report))


def read_report(tracking_uri: str, version: str) -> ReleaseReport | None:
    """The report that is kept of a version; None when it was never checked."""
    if TAG not in version_tags(tracking_uri, version):
        return None
    text = read_run_file(tracking_uri, run_of_version(tracking_uri, version), REPORT)
    return None if text is None else ReleaseReport.from_json(text.decode("utf-8"))


def keep_backtest(tracking_uri: str, run_id: str, version: str, folder: Path, recipe: Recipe) -> None:
    """Keep a written backtest with a version: its files with the run, its figures as tags.

    Raises ConfigRefused when it is of another record or specification.
    """
    spec = recipe.train_config().spec
    Judged.read(folder, spec, recipe.data_version)
    keep_run_files(tracking_uri, run_id, {f"{BACKTEST_FOLDER}/{name}": (folder / name).read_bytes() for name in FILES})
    told = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    figures, basis = backtest_figures(told, spec, recipe.data_version)
    attach_backtest(tracking_uri, version, figures, basis=basis)


def _kept_backtest(tracking_uri: str, run_id: str, recipe: Recipe, folder: Path) -> Judged | None:
    names = [f"{BACKTEST_FOLDER}/{name}" for name in FILES]
    found = fetch_run_files(tracking_uri, run_id, names, folder)
    if len(found) < len(names):
        return None
    return Judged.read(found[0].parent, recipe.train_config().spec, recipe.data_version)


def _keep(tracking_uri: str, run_id: str, version: str, found: ReleaseReport, evidence: Evidence) -> None:
    """The report and the tables behind it as artifacts; a tag on run and version says what stands in the way."""
    files = {REPORT: found.to_json().encode()}
    files |= {
        f"tables/{name}.csv": table.to_csv(index=False).encode()
        for name, table in (("disparity", evidence.disparity), ("equal_recall", evidence.equal_recall))
        if isinstance(table, pd.DataFrame)
    }
    blocking = ", ".join(str(result.number) for result in found.blocking)
    tags = {TAG: f"refused: {blocking}" if blocking else "passed"}
    tags |= {f"{TAG}.{result.number:02d}": result.verdict for result in found.results}
    keep_run_files(tracking_uri, run_id, files, tags)
    tag_version(tracking_uri, version, tags)
