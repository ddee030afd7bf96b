"""Train the simple rule that check 2 names in a version's place, on the same record and dates."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from models.candidates.from_baseline import BaselineCandidate
from models.registry import version_tags
from models.run_files import run_of_version
from records.known import Records
from records.progress import Report, silent
from training.card.source import told_of_program
from training.checking import check_version
from training.checks.beats_baselines import INSTEAD, NUMBER
from training.checks.verdict import ReleaseReport
from training.reproduce import read_recipe
from training.train import train_model


@dataclass(frozen=True)
class InItsPlace:
    """The rule that was registered in the place of a version, its report, and why, in words that a promotion keeps."""

    version: str
    rule: str
    report: ReleaseReport
    reason: str


def rule_instead(report: ReleaseReport) -> str:
    """The rule that a report names to be trained in the version's place; empty when it names none."""
    found = [result.figures.get(INSTEAD) for result in report.results if result.number == NUMBER]
    return str(found[0]) if found and found[0] else ""


def train_in_its_place(
    tracking_uri: str,
    version: str,
    checked: ReleaseReport,
    read_records: Callable[[str], Records],
    *,
    report: Report = silent,
) -> InItsPlace | None:
    """Train, register and check the rule that the report of a version names; None when it names none.

    Parameters
    ----------
    tracking_uri, version : str
        The version that is not shown to beat a simpler rule.
    checked : ReleaseReport
        Its report.
    read_records : callable
        Gives the record at a data version.
    report : Report
        Told how far it is.
    """
    rule = rule_instead(checked)
    if not rule:
        return None
    recipe = read_recipe(tracking_uri, run_of_version(tracking_uri, version))
    config = replace(recipe.train_config(), spec=BaselineCandidate(rule))
    done = train_model(
        read_records(recipe.data_version),
        config,
        tracking_uri=tracking_uri,
        tags=told_of_program(version_tags(tracking_uri, version)),
        note=f"Trained in the place of version {version}, which is not shown to rank better than this rule.",
        report=report,
    )
    reason = f"version {done.version}, the rule {rule}, since version {version} is not shown to rank better than it"
    found = check_version(tracking_uri, done.version, read_records, report=report)
    return InItsPlace(done.version, rule, found, reason)
