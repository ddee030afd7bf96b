"""What the command line shows: progress, tables, one participant, and files by their ending."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from records.progress import Report
from serving.figures import target_in_words, value_in_words

if TYPE_CHECKING:
    # Only for the signatures: a verb that needs none of them must not pay seconds for their imports.
    from models.explanation import Explanation
    from records.ingest import IngestReport
    from records.quality import QualityReport

OUT = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
ERR = Console(stderr=True, highlight=False)
ADVICE = "A score orders the work. It is no ground for action."
SUFFIXES = (".csv", ".parquet", ".json")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class UnknownFileKind(ValueError):
    """A file is asked for whose ending says no kind that can be written."""


@contextmanager
def progress_bars() -> Iterator[Report]:
    """A listener that draws one bar for each stage on the error stream."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=ERR) as bars:
        stages: dict[str, TaskID] = {}

        def listen(stage: str, done: int, total: int) -> None:
            if stage not in stages:
                stages[stage] = bars.add_task(stage, total=total)
            bars.update(stages[stage], completed=done, total=total)

        yield listen


def print_ingest(report: "IngestReport") -> None:
    """What a batch brought, how its parties were linked, and the record's quality after it."""
    table = Table("table", "new", "amended", "retracted", "unchanged", title="Rows of this batch")
    for name, counts in report.tables.items():
        table.add_row(name, *(f"{n:,}" for n in (counts.new, counts.amended, counts.retracted, counts.unchanged)))
    OUT.print(table)
    links = report.links
    OUT.print(
        f"Parties: {links.given:,} came linked, {links.by_identifier:,} linked by number, "
        f"{links.by_name:,} by name, {links.relinked:,} re-linked; {links.unlinked:,} stay open"
        + (f", {links.review:,} of them for trustlane link review." if links.review else ".")
    )
    OUT.print(f"Incidents found to repeat another: {report.duplicates:,}.")
    if report.quality:
        print_headline(report.quality)
    else:
        OUT.print("Quality: not measured at ingest, the record is large. See trustlane quality.")
    OUT.print(f"Data version {report.data_version}")


def print_headline(report: "QualityReport") -> None:
    """The four numbers of a quality report, which are never summed, and the alarms."""
    for alarm in report.alarms:
        OUT.print(f"[bold]Alarm.[/bold] {escape(alarm.text)} Owner: {escape(alarm.owner)}.")
    words = [f"{item.count:,} {item.id}" + (f" ({item.value:.1%})" if item.value else "") for item in report.headline]
    OUT.print(f"Quality: {', '.join(words)}. See trustlane quality.")


def print_quality(report: "QualityReport") -> None:
    """A quality report: alarms, the four numbers, delays by source, and what misses its target."""
    for alarm in report.alarms:
        OUT.print(f"[bold]Alarm.[/bold] {escape(alarm.text)} Owner: {escape(alarm.owner)}.")
    table = Table("", "entries", "of", "share", "target", "", "owner", title=f"The record as of {report.as_of[:10]}")
    for item in report.headline:
        share = "" if item.value is None else f"{item.value:.1%}"
        target = target_in_words(item.target, "share")
        table.add_row(item.title, f"{item.count:,}", f"{item.of:,}", share, target, item.status, escape(item.owner))
    OUT.print(table)
    _print_lateness(report)
    _print_missed(report)
    _print_unseen(report)


def _print_lateness(report: "QualityReport") -> None:
    heads = ("source", "incidents", "from", "to", "median delay", "95 % within", "still to come")
    table = Table(*heads, title="Incidents by source, delays corrected for what is not known yet")
    for source in report.sources:
        days = [
            "too few to say" if found is None else f"{found:g} days"
            for found in (source.median_delay_days, source.delay_p95_days)
        ]
        coming = "" if source.to_come is None else f"about {source.to_come:,.0f}"
        span = (source.first_occurred_on, source.last_occurred_on)
        table.add_row(escape(source.source), f"{source.incidents:,}", *span, *days, coming)
    OUT.print(table)
    links = report.links
    OUT.print(
        f"{report.amended_incidents:,} incidents were amended, {report.retracted_incidents:,} retracted; "
        f"{report.unlinked_share:.1%} of {links.parties:,} parties are linked to nobody."
    )


def _print_missed(report: "QualityReport") -> None:
    missed = [metric for metric in report.metrics if metric.status == "missed"]
    if not missed:
        return
    table = Table("metric", "what", "value", "rows", "target", "owner", title="Not as it should be")
    for metric in missed:
        counted = "" if metric.numerator is None else f"{metric.numerator:,} of {metric.denominator:,}"
        value = value_in_words(metric.value, metric.unit)
        target = target_in_words(metric.target, metric.unit)
        table.add_row(escape(metric.id), escape(metric.title), value, counted, target, escape(metric.owner))
    OUT.print(table)


def _print_unseen(report: "QualityReport") -> None:
    found = report.unseen.estimate
    if found is None:
        OUT.print(f"Incidents that no source saw: cannot tell, {escape(report.unseen.reason)}.")
        return
    OUT.print(
        f"From {report.unseen.window_start} to {report.unseen.window_end} sources saw {found.seen:,} incidents and "
        f"missed about {found.unseen:,.0f} (95 % interval {found.unseen_lower:,.0f} to {found.unseen_upper:,.0f}), "
        "under the assumptions in the report."
    )


def print_queue(listed: pd.DataFrame, moment: pd.Timestamp) -> None:
    """The rows above the capacity line, without saying which were drawn at random."""
    heads = ("place", "participant", "probability", "95 % interval", "expected", "main reason")
    table = Table(*heads, title=f"List as of {moment.date()}")
    for row in listed.to_dict("records"):
        raising = [reason for reason in json.loads(row["reasons"]) if reason["contribution"] > 0]
        table.add_row(
            str(row["place"]),
            str(row["participant_id"]),
            f"{row['probability']:.1%}",
            f"{row['lower']:.1%}–{row['upper']:.1%}",
            f"{row['expected_incidents']:.2f}",
            escape(_sentence(raising[0]["phrase"])) if raising else "No fact raises the risk above that of its peers",
        )
    OUT.print(table)
    OUT.print(f"Some rows were drawn at random, unmarked, so that targeting stays measurable. {ADVICE}")


def print_explanation(explanation: "Explanation") -> None:
    """One participant's score, what raises and lowers it, and the incidents behind it."""
    OUT.rule(f"{escape(explanation.participant_id)} as of {explanation.as_of.date()}", align="left")
    if not explanation.rated:
        OUT.print(f"Not rated: {escape(explanation.not_rated_reason)}. Not rated is not the same as low risk.")
    OUT.print(
        f"Probability {explanation.probability:.1%} of an incident in the period ahead, the mean of such records; "
        f"its own lies with 95 % in {explanation.lower:.1%}–{explanation.upper:.1%}. "
        f"{explanation.expected_incidents:.2f} incidents expected."
    )
    if explanation.rank is not None:
        OUT.print(f"Rank {explanation.rank:,} of {explanation.cohort_size:,}.")
    for title, factors in (("Raises", explanation.raising), ("Lowers", explanation.mitigating)):
        if not factors:
            OUT.print(f"{title}: no fact does, compared with its peers.")
            continue
        table = Table("factor", "what is known", "without it", "evidence", title=title, title_justify="left")
        for factor in factors:
            without = f"about {factor.probability_without:.1%}"
            table.add_row(
                factor.title, escape(_sentence(factor.phrase)), without, escape(", ".join(factor.evidence[:5]))
            )
        OUT.print(table)
    OUT.print(f"Model {explanation.model_version}, data version {explanation.data_version}. {ADVICE}")


def _sentence(phrase: str) -> str:
    return phrase[:1].upper() + phrase[1:]


def write_text(path: Path, text: str) -> None:
    """Write a text file, with the folders it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    OUT.print(f"Wrote {path}")


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """Write a frame as its file's ending says.

    In CSV a text that a spreadsheet would run as a formula gets an apostrophe before it.

    Raises
    ------
    UnknownFileKind
        For any other ending than .csv, .parquet or .json.
    """
    if path.suffix not in SUFFIXES:
        raise UnknownFileKind(f"Expected a file that ends in {', '.join(SUFFIXES)}, got {path.name}. Rename it.")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        frame.apply(_without_formulas).to_csv(path, index=False)
    elif path.suffix == ".json":
        frame.to_json(path, orient="records", date_format="iso", indent=2)
    else:
        frame.to_parquet(path)


def row_files(folder: Path) -> Callable[[str, pd.DataFrame], None]:
    """A listener that writes the rows behind each figure: ``ID.csv``, and ``ID.2.csv`` onwards where there are many."""
    parts: dict[str, int] = {}

    def listen(metric: str, rows: pd.DataFrame) -> None:
        parts[metric] = parts.get(metric, 0) + 1
        number = f".{parts[metric]}" if parts[metric] > 1 else ""
        write_frame(folder / f"{metric}{number}.csv", rows)

    return listen


def _without_formulas(column: pd.Series) -> pd.Series:
    if not pd.api.types.is_string_dtype(column.dtype):
        return column
    risky = column.str.startswith(FORMULA_STARTS).fillna(False).astype(bool)
    return column.where(~risky, "'" + column)
