"""The command line: each verb reads its settings, calls into the packages and prints what came of it.

Exit status: 0 done, 1 refused with the reason, 2 the call itself was wrong. Packages that are slow to
import are imported by the verbs that need them, so that ``--help`` answers at once.
"""

import json
import logging
import warnings
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import click
import pandas as pd
from rich.markup import escape

from records.as_of import check_as_of, latest_as_of, moments_of
from records.known import Records
from records.lake import Lake
from serving.access.verbs import account_group
from serving.audit_verbs import audit_group
from serving.catalog_words import check_features_call, print_catalog
from serving.criteria_verbs import criteria_group
from serving.leaving import run_and_leave
from serving.settings import Settings, read_settings
from serving.terminal import (
    OUT,
    UnknownFileKind,
    print_explanation,
    print_headline,
    print_ingest,
    print_quality,
    print_queue,
    progress_bars,
    write_frame,
    write_text,
)
from serving.verbs import EXISTING_FILE, FILE, FOLDER, Day, Days, Verbs, as_of_option, lake_option, mlflow_option

QUALITY_MB = 4_000
"""What the quality report of a very large record may hold in memory; an ordinary one needs 400 MB."""


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Explainable risk scores for trusted-trader programs."""
    # LightGBM and MLflow tell a person running a verb nothing that the verb does not say itself.
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"mlflow(\.|$)")


@main.command()
@click.option("--out", type=FOLDER, required=True, help="Folder for the raw files and DIR/truth.")
@click.option("--participants", type=click.IntRange(50), help="Default: the scenario's own, 11,700 in most.")
@click.option("--years", type=click.IntRange(2), default=8, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--scenario", default="default", show_default=True, help="Which of the documented worlds.")
@click.option("--end", type=Day(), default="2024-10-01", show_default=True, help="First day after the record.")
def simulate(out: Path, participants: int | None, years: int, seed: int, scenario: str, end: pd.Timestamp) -> None:
    """Write a program with known truth, as files that a program would send."""
    from records.simulate.program import simulate_program

    with progress_bars() as report:
        summary = simulate_program(
            out, participants=participants, years=years, seed=seed, scenario=scenario, end=end.date(), report=report
        )
    OUT.print(
        f"{summary.participants:,} participants in {out}. From {summary.window_start} to {summary.end}, "
        f"{summary.involved:,} are involved in {summary.incidents:,} recorded incidents, "
        f"{summary.drug_share:.1%} of them drugs."
    )


@main.command()
@click.argument("source")
@click.option("--mapping", type=EXISTING_FILE, help="TOML file for files that are not in our layout.")
@lake_option
def ingest(source: str, mapping: Path | None, lake: Path | None) -> None:
    """Validate, link and append a batch; a bad batch is refused whole.

    SOURCE is a folder, a file, or the address of a database for the queries of a mapping.
    """
    from records.ingest import ingest as ingest_batch

    settings = read_settings(lake=lake)
    with progress_bars() as report:
        done = ingest_batch(source, Lake(settings.lake), now=_now(settings), mapping=mapping, report=report)
    print_ingest(done)


@main.group()
def link() -> None:
    """Links of parties that reports name to participants."""


@link.command("review")
@click.option("--incident", help="Incident of the one party to decide about.")
@click.option("--party", help="Number of the party within the incident.")
@click.option("--to", metavar="PARTICIPANT_ID|none", help="Whom the party is.")
@click.option("--by", metavar="NAME", help="Who decides. No decision is anonymous.")
@click.option("--reason", metavar="TEXT", help="Why.")
@click.option("--undo", is_flag=True, help="Take the latest decision about the party back.")
@click.option("--limit", type=click.IntRange(1), help="Only the first N parties.")
@click.option("--out", type=FILE, help="Write the proposals: .csv, .parquet or .json.")
@lake_option
def link_review(lake: Path | None, **asked: Any) -> None:
    """Decide about parties that linkage leaves to a person.

    In a terminal it asks about one party after the other; elsewhere, or with --out, it lists them. With --incident
    and --party it records one decision, or takes one back.
    """
    from serving.link_review import review

    settings = read_settings(lake=lake)
    review(Lake(settings.lake), now=lambda: _now(settings), **asked)


@main.group()
def mapping() -> None:
    """Files that are not in our layout."""


@mapping.command("init")
@click.argument("source")
@click.option("--out", type=FILE, help="File for the draft, which must not exist yet; printed when left out.")
def mapping_init(source: str, out: Path | None) -> None:
    """Draft a mapping by looking at the files.

    SOURCE is a folder, a file, or the address of a database. Every guess says why it was made and how sure it is;
    what a person must decide stands at the top.
    """
    from records.mapping.drafting.draft import draft_mapping, write_draft

    draft = draft_mapping(source)
    if out is None:
        click.echo(draft.text, nl=False)
        return
    write_draft(draft, out)
    OUT.print(f"Wrote {out}: {', '.join(dict.fromkeys(draft.tables)) or 'no table'}.")
    if draft.decisions:
        OUT.print("To be decided by a person:")
        for decision in draft.decisions:
            OUT.print(f"  - {escape(decision)}")
    OUT.print(f"Next: read it, then trustlane ingest {escape(source)} --mapping {escape(str(out))}")


@main.command()
@as_of_option
@click.option("--out", type=FILE, help="Write the report: .html to read and print, .json for programs.")
@click.option("--expectations", type=EXISTING_FILE, help="TOML file: what sources send and what figures should be.")
@click.option("--rows", type=FOLDER, help="Folder for the rows behind each figure, one CSV file a figure.")
@click.option("--strict", is_flag=True, help="End with status 1 when a source is silent or a target is missed.")
@lake_option
@click.pass_context
def quality(
    ctx: click.Context,
    as_of: pd.Timestamp | None,
    out: Path | None,
    expectations: Path | None,
    rows: Path | None,
    strict: bool,
    lake: Path | None,
) -> None:
    """What the record lacks: incomplete, inconsistent, missing, duplicate, late, silent, unseen."""
    from records.quality import Expectations, measure_quality
    from serving.terminal import row_files

    if out and out.suffix not in (".html", ".json"):
        raise UnknownFileKind(f"Expected a file that ends in .html or .json, got {out.name}. Rename it.")
    settings = read_settings(lake=lake)
    store, told = Lake(settings.lake), Expectations.from_toml(expectations) if expectations else None
    store.commit_of()  # refuses a lake without a batch
    moments = moments_of(store.files())
    moment = as_of or latest_as_of(moments, _now(settings))
    check_as_of(moments, moment, _now(settings))
    report = measure_quality(
        store.files(), moment, told, search=True, sink=row_files(rows) if rows else None, memory_mb=QUALITY_MB
    )
    if out:
        write_text(out, _quality_text(out, report, store))
        print_headline(report)
    else:
        print_quality(report)
    if strict and (report.alarms or report.missed):
        ctx.exit(1)


def _quality_text(out: Path, report: Any, store: Lake) -> str:
    """The report as the file's ending says."""
    if out.suffix == ".json":
        return json.dumps(report.to_dict(), indent=2) + "\n"
    from serving.quality_page import render_quality

    return render_quality(report, store.program, store.commit_of().data_version)


@main.command()
@click.option("--as-of", type=Days(), help="One or more dates: the matrix of everyone at risk is written.")
@click.option("--out", type=FILE, help="Parquet file for the matrix.")
@click.option("--list", "listed", is_flag=True, help="Instead: every feature of the catalog, one a line.")
@click.option("--describe", "named", metavar="NAME", help="Instead: all that the catalog says of one feature.")
@click.option("--json", "as_json", is_flag=True, help="The definitions of --list or --describe as JSON.")
@lake_option
def features(as_of: list[pd.Timestamp] | None, out: Path | None, lake: Path | None, **asked: Any) -> None:
    """The matrix of everyone at risk at each date, in catalog order; or the catalog in words, which needs no lake."""
    if check_features_call(as_of=as_of, out=out, **asked):
        print_catalog(**asked)
    elif as_of and out:
        _write_matrix(as_of, out, read_settings(lake=lake))


def _write_matrix(as_of: list[pd.Timestamp], out: Path, settings: Settings) -> None:
    from features.cohort import at_risk
    from features.matrix import build_matrix

    records = Lake(settings.lake).read()
    for moment in as_of:
        check_as_of(records, moment, _now(settings))
    spine = pd.concat([at_risk(records, moment).assign(as_of=moment) for moment in as_of], ignore_index=True)
    matrix = build_matrix(records, spine)
    out.parent.mkdir(parents=True, exist_ok=True)
    pd.concat([spine, matrix], axis=1).to_parquet(out)
    OUT.print(f"{len(matrix):,} rows x {matrix.shape[1]} features in {out}")


@main.command()
@click.option("--config", type=EXISTING_FILE, help="TOML file with origins, candidates and capacities.")
@click.option("--out", type=FOLDER, help="Folder for the result's tables.")
@click.option("--truth", type=FOLDER, help="The simulator's truth folder: its ranking is printed beside.")
@lake_option
@mlflow_option
def backtest(config: Path | None, out: Path | None, truth: Path | None, lake: Path | None, mlflow: str | None) -> None:
    """Judge candidates and baselines at moments of the past, each with only what was known then."""
    from models.experiments import open_tracking
    from models.unsent import Outbox
    from training.backtest import run_backtest
    from training.backtest_config import BacktestConfig
    from training.backtest_items import backtest_content
    from training.splits import SplitPlan

    settings = read_settings(lake=lake, mlflow=mlflow)
    outbox = Outbox(open_tracking(settings.mlflow), settings.unsent)
    judged = (
        BacktestConfig.from_toml(config) if config else BacktestConfig(plan=SplitPlan(horizon_days=settings.horizon))
    )
    with progress_bars() as report:
        result = run_backtest(Lake(settings.lake).read(), judged, truth_dir=truth, report=report)
        outbox.put(backtest_content(result))
    if out:
        result.write(out)
    click.echo(result.text())
    outbox.require_all_sent()


@main.command()
@click.option("--config", type=EXISTING_FILE, help="TOML file: as of a backtest; else the champion's specification.")
@click.option(
    "--list", "lists", type=EXISTING_FILE, multiple=True, help="List by queue --out, whose audit slice judges."
)
@click.option("--out", type=FOLDER, help="Folder for the report and its tables.")
@click.option("--truth", type=FOLDER, help="The simulator's truth folder: nearness to it is printed beside.")
@lake_option
@mlflow_option
def detection(
    config: Path | None,
    lists: tuple[Path, ...],
    out: Path | None,
    truth: Path | None,
    lake: Path | None,
    mlflow: str | None,
) -> None:
    """How much of a ranking is explained by where one looked, and the ranking corrected for it."""
    from models.candidates.kinds import candidate_from_table
    from models.experiments import log_run, open_tracking
    from models.registry import load_champion
    from training.backtest_config import BacktestConfig
    from training.detection.detection_report import detection_content, detection_text, write_detection
    from training.detection.lists import read_list
    from training.detection.study import study_detection
    from training.splits import SplitPlan

    settings = read_settings(lake=lake, mlflow=mlflow)
    tracking = open_tracking(settings.mlflow)
    if config:
        told = BacktestConfig.from_toml(config)
    else:
        model = load_champion(settings.mlflow, settings.state)
        candidate = candidate_from_table(model.spec.to_dict())
        told = BacktestConfig(plan=SplitPlan(horizon_days=model.horizon_days), candidates={"champion": candidate})
    drawn = [read_list(path) for path in lists]
    with progress_bars() as report:
        found = study_detection(Lake(settings.lake).read(), told, lists=drawn, truth_dir=truth, report=report)
        log_run(tracking, detection_content(found))
    if out:
        write_detection(found, out)
    click.echo(detection_text(found))


@main.command()
@click.option("--config", type=EXISTING_FILE, help="TOML file: as of a backtest, with one candidate, base and fits.")
@click.option("--out", type=FOLDER, help="Folder for the result's table.")
@click.option("--worth", type=FILE, help="JSON file of all ablations, behind docs/features.md, to put the result into.")
@click.option("--feature", "named", metavar="NAME", multiple=True, help="Judge this feature instead of the families.")
@click.option("--program", metavar="NAME", default="this program", help="What the program is called in the result.")
@lake_option
@mlflow_option
def ablation(
    config: Path | None,
    out: Path | None,
    worth: Path | None,
    named: tuple[str, ...],
    program: str,
    lake: Path | None,
    mlflow: str | None,
) -> None:
    """What each family of features is worth: left out of all, and added to a base, at moments of the past."""
    from features.worth import merged, read_worth, write_worth
    from models.experiments import open_tracking
    from models.unsent import Outbox
    from training.ablation import run_ablation
    from training.ablation_config import AblationConfig
    from training.ablation_report import ablation_content, ablation_text, write_ablation

    settings = read_settings(lake=lake, mlflow=mlflow)
    outbox = Outbox(open_tracking(settings.mlflow), settings.unsent)
    kept = read_worth(worth) if worth else ()
    told = (
        AblationConfig.from_toml(config)
        if config
        else AblationConfig.from_dict({"plan": {"horizon_days": settings.horizon}})
    ).of_features(named)
    if worth and told.features:
        raise click.UsageError("Expected --worth for an ablation of families; got features. Leave one of them out.")
    with progress_bars() as report:
        found = run_ablation(Lake(settings.lake).read(), told, program=program, report=report)
        outbox.put(ablation_content(found, told))
    if out:
        write_ablation(found, told, out)
    if worth:
        write_worth(merged(kept, found), worth)
    click.echo(ablation_text(found))
    outbox.require_all_sent()


@main.command()
@click.option("--config", type=EXISTING_FILE, help="TOML file: as of a backtest, with one candidate, and [tuning].")
@click.option(
    "--minutes", type=click.FloatRange(0, min_open=True), help="No trial begins later; else as the file says."
)
@click.option("--trials", type=click.IntRange(1), help="Trials wanted in all, those of earlier calls counted.")
@click.option("--out", type=FILE, help="TOML file for what is chosen, for backtest --config and train --config.")
@click.option(
    "--study", type=FOLDER, default=Path(".trustlane/tuning"), show_default=True, help="Folder that keeps the trials."
)
@lake_option
@mlflow_option
def tune(
    config: Path | None,
    minutes: float | None,
    trials: int | None,
    out: Path | None,
    study: Path,
    lake: Path | None,
    mlflow: str | None,
) -> None:
    """Look for better hyperparameters before the last origins; called again, it goes on where it was stopped."""
    from models.experiments import open_tracking
    from models.unsent import Outbox
    from training.tuning import tune as search
    from training.tuning_config import TuningConfig
    from training.tuning_report import trial_content, tuning_content, tuning_text, write_chosen

    settings = read_settings(lake=lake, mlflow=mlflow)
    outbox = Outbox(open_tracking(settings.mlflow), settings.unsent)
    told = (
        TuningConfig.from_toml(config)
        if config
        else TuningConfig.from_dict({"plan": {"horizon_days": settings.horizon}})
    ).within(minutes=minutes, trials=trials)

    def keep(found: Any, trial: Any) -> None:
        outbox.put(trial_content(found, trial))

    records = Lake(settings.lake).read()
    with progress_bars() as report:
        found = search(records, told, folder=study, keep=keep, clock=monotonic, report=report)
    outbox.put(tuning_content(found))
    if out:
        write_chosen(found, out)
    click.echo(tuning_text(found))
    outbox.require_all_sent()


@main.command()
@click.option("--config", type=EXISTING_FILE, help="TOML file with the model and its training dates.")
@click.option("--backtest", type=FOLDER, help="Folder of a backtest of the same data and model: promotion compares it.")
@lake_option
@mlflow_option
def train(config: Path | None, backtest: Path | None, lake: Path | None, mlflow: str | None) -> None:
    """Fit a model on all that is mature, log it and register a version."""
    from training.card.source import program_tags
    from training.checking import keep_backtest
    from training.promote import read_backtest
    from training.reproduce import read_recipe
    from training.splits import SplitPlan
    from training.train import TrainConfig, train_model

    settings = read_settings(lake=lake, mlflow=mlflow)
    store = Lake(settings.lake)
    records = store.read()
    told = TrainConfig.from_toml(config) if config else TrainConfig(plan=SplitPlan(horizon_days=settings.horizon))
    if backtest:
        read_backtest(backtest, told.spec, records.data_version)
    with progress_bars() as report:
        tags = program_tags(store.program)
        done = train_model(
            records, told, tracking_uri=settings.mlflow, tags=tags, unsent=settings.unsent, report=report
        )
    if backtest:
        keep_backtest(settings.mlflow, done.run_id, done.version, backtest, read_recipe(settings.mlflow, done.run_id))
    OUT.print(f"Registered version {done.version}, {len(done.model.features)} features, run {done.run_id}.")
    OUT.print("On its calibration slice: " + ", ".join(f"{name} {value:.3f}" for name, value in done.metrics.items()))
    OUT.print("Next: trustlane promote")


@main.command()
@mlflow_option
def send(mlflow: str | None) -> None:
    """Send the runs that were kept because the tracking server was away, and register their versions."""
    from models.experiments import open_tracking
    from models.unsent import kept_runs, send_kept

    settings = read_settings(mlflow=mlflow)
    tracking = open_tracking(settings.mlflow)
    kept = kept_runs(settings.unsent)
    for folder in kept:
        sent = send_kept(tracking, folder)
        OUT.print(f"Sent run {sent.run.run_id}" + (f", version {sent.version}." if sent.version else "."))
    if not kept:
        OUT.print(f"Nothing to send in {settings.unsent}.")


@main.command()
@click.option("--version", type=click.IntRange(1), help="Registered version; the newest when left out.")
@click.option(
    "--backtest", type=FOLDER, help="Folder of a backtest of the same data and model; else a short one is run."
)
@click.option("--sign-off", type=EXISTING_FILE, help="TOML file of groups that a person accepts to be treated apart.")
@click.option("--learning-curve", is_flag=True, help="Fit on parts of the program too: would a larger one do better?")
@lake_option
@mlflow_option
@click.pass_context
def check(
    ctx: click.Context,
    version: int | None,
    backtest: Path | None,
    sign_off: Path | None,
    learning_curve: bool,
    lake: Path | None,
    mlflow: str | None,
) -> None:
    """Judge a version by the numbered release checks; status 1 when one stands in the way of promotion."""
    from training.checks.fair import read_sign_offs

    signed = read_sign_offs(sign_off) if sign_off else ()
    settings = read_settings(lake=lake, mlflow=mlflow)
    report = _checked(settings, version, again=True, backtest=backtest, signed=signed, with_curve=learning_curve)
    OUT.print(escape(report.text()))
    if report.blocking:
        OUT.print(f"In the way of promotion:\n{escape(report.refusal())}")
        ctx.exit(1)


def _checked(settings: Settings, version: int | None, *, again: bool, **asked: Any) -> Any:
    """The report on a version: the one kept, or made now."""
    from models.registry import latest_version
    from training.checking import check_version, read_report

    chosen = latest_version(settings.mlflow) if version is None else str(version)
    kept = None if again else read_report(settings.mlflow, chosen)
    if kept is not None:
        return kept
    store = Lake(settings.lake)
    with progress_bars() as report:
        return check_version(settings.mlflow, chosen, store.read, program=store.program, report=report, **asked)


@main.command()
@click.option("--version", type=click.IntRange(1), help="Registered version; the newest when left out.")
@click.option("--force-with-reason", metavar="TEXT", help="Promote in spite of a failed check, and say why.")
@click.option(
    "--or-simpler", is_flag=True, help="Train and promote the simple rule that check 2 names in its place, if it does."
)
@lake_option
@mlflow_option
def promote(
    version: int | None, force_with_reason: str | None, or_simpler: bool, lake: Path | None, mlflow: str | None
) -> None:
    """Make a registered version the champion, after its release checks; they are run when none are kept."""
    from training.promote import promote_model

    settings = read_settings(lake=lake, mlflow=mlflow)
    report = _checked(settings, version, again=False)
    OUT.print(escape(report.text()))
    chosen, reason = (None if version is None else str(version)), ""
    if or_simpler and (simpler := _simpler(settings, chosen, report)):
        OUT.print(escape(f"Trained in its place: {simpler.reason}.\n{simpler.report.text()}"))
        chosen, report, reason = simpler.version, simpler.report, simpler.reason
    done = promote_model(
        settings.mlflow, chosen, now=_now(settings), checked=report, reason=reason, force_with_reason=force_with_reason
    )
    OUT.print(f"Champion is version {done.version}: {escape(done.reason)}")


def _simpler(settings: Settings, version: str | None, report: Any) -> Any:
    """The rule that was trained in the place of a version; None where its report names none."""
    from models.registry import latest_version
    from training.simpler import train_in_its_place

    chosen = version or latest_version(settings.mlflow)
    with progress_bars() as told:
        return train_in_its_place(settings.mlflow, chosen, report, Lake(settings.lake).read, report=told)


@main.command()
@click.argument("run_id")
@lake_option
@mlflow_option
@click.pass_context
def reproduce(ctx: click.Context, run_id: str, lake: Path | None, mlflow: str | None) -> None:
    """Train again what a run recorded, on the record as it was, and compare the bytes; status 1 when they differ."""
    from training.reproduce import read_recipe
    from training.reproduction import reproduce as train_again

    settings = read_settings(lake=lake, mlflow=mlflow)
    recipe = read_recipe(settings.mlflow, run_id)
    with progress_bars() as report:
        found = train_again(recipe, Lake(settings.lake).read(recipe.data_version), report=report)
    click.echo(found.text())
    if not found.same:
        ctx.exit(1)


@main.command()
@as_of_option
@click.option("--top", type=click.IntRange(1), help="Only the first K ranks.")
@click.option("--participants", type=EXISTING_FILE, help="File with one participant id a line.")
@click.option("--out", type=FILE, required=True, help="File for the scores: .csv, .parquet or .json.")
@lake_option
@mlflow_option
def score(
    as_of: pd.Timestamp | None,
    top: int | None,
    participants: Path | None,
    out: Path,
    lake: Path | None,
    mlflow: str | None,
) -> None:
    """Score everyone, or those listed, with reasons; the scores are kept in the lake."""
    from models.scoring import score_participants

    settings = read_settings(lake=lake, mlflow=mlflow)
    model, records, moment = _scoring(settings, as_of)
    wanted = participants.read_text(encoding="utf-8").split() if participants else None
    with progress_bars() as report:
        scores = score_participants(model, records, moment, wanted, report=report)
    Lake(settings.lake).append_scores(scores)
    shown = scores.sort_values("rank", kind="stable").head(top) if top else scores
    write_frame(out, shown)
    OUT.print(f"{len(shown):,} scores as of {moment.date()}, model {model.model_version}, in {out}")


@main.command()
@click.argument("participant_id")
@as_of_option
@click.option("--out", type=FILE, help="Write a page that prints on its own: .html")
@lake_option
@mlflow_option
def explain(
    participant_id: str, as_of: pd.Timestamp | None, out: Path | None, lake: Path | None, mlflow: str | None
) -> None:
    """One participant: facts, score, what raises and lowers it, and the evidence."""
    from models.scoring import explain_participant

    settings = read_settings(lake=lake, mlflow=mlflow)
    model, records, moment = _scoring(settings, as_of)
    explanation = explain_participant(model, records, participant_id, moment)
    if out:
        from serving.console.brief import render_brief

        write_text(out, render_brief(records, Lake(settings.lake).program, explanation))
    else:
        print_explanation(explanation)


@main.command()
@as_of_option
@click.option("--capacity", type=click.IntRange(1), help="Places above the capacity line.")
@click.option("--out", type=FILE, help="File for the whole list: .csv, .parquet or .json.")
@lake_option
@mlflow_option
def queue(
    as_of: pd.Timestamp | None, capacity: int | None, out: Path | None, lake: Path | None, mlflow: str | None
) -> None:
    """The list in order of examination, with the random audit slice."""
    from casework.queue import draw_queue
    from models.scoring import score_participants

    settings = read_settings(lake=lake, mlflow=mlflow, capacity=capacity)
    model, records, moment = _scoring(settings, as_of)
    with progress_bars() as report:
        scores = score_participants(model, records, moment, report=report)
    drawn = draw_queue(scores, capacity=settings.capacity, audit_share=settings.audit_share, seed=settings.draw_seed)
    if out:
        write_frame(out, drawn)
    print_queue(drawn[drawn["above_capacity_line"]], moment)


@main.command()
@click.option("--host", help="IP address to listen on.")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port to listen on.")
@lake_option
@mlflow_option
def serve(host: str | None, port: int | None, lake: Path | None, mlflow: str | None) -> None:
    """Start the service: the API, and the console for people."""
    from serving.launch import serve as serve_forever

    serve_forever(read_settings(host=host, port=port, lake=lake, mlflow=mlflow))


@main.command()
@click.option("--participants", type=click.IntRange(50), default=11_700, show_default=True)
@click.option("--years", type=click.IntRange(2), default=8, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--port", type=click.IntRange(1, 65_535), help="Port to listen on.")
@click.option(
    "--out", type=FOLDER, default=Path(".trustlane/demo"), show_default=True, help="Folder for raw files and scores."
)
@click.option("--serve/--no-serve", "then_serve", default=True, show_default=True, help="Start the service at the end.")
@lake_option
@mlflow_option
@click.pass_context
def demo(
    ctx: click.Context,
    participants: int,
    years: int,
    seed: int,
    port: int | None,
    out: Path,
    then_serve: bool,
    lake: Path | None,
    mlflow: str | None,
) -> None:
    """Simulate, ingest, train, promote, score and serve: the main job from nothing."""
    raw = out / f"raw-{participants}-{years}-{seed}"
    steps: list[tuple[str, click.Command, dict[str, Any]]] = [
        ("Simulating a program", simulate, {"out": raw, "participants": participants, "years": years, "seed": seed}),
        ("Taking its files into the record", ingest, {"source": raw, "lake": lake}),
        ("Training a model", train, {"lake": lake, "mlflow": mlflow}),
        ("Promoting it, or a rule that does as well", _promote_demo, {"lake": lake, "mlflow": mlflow}),
        ("Scoring everyone", score, {"out": out / "scores.parquet", "lake": lake, "mlflow": mlflow}),
    ]
    for number, (title, verb, arguments) in enumerate(steps, 1):
        OUT.rule(f"{number} of {len(steps)}: {title}", align="left")
        ctx.invoke(verb, **arguments)
    _show_demo_accounts(read_settings())
    if then_serve:
        ctx.invoke(serve, port=port, lake=lake, mlflow=mlflow)


def _show_demo_accounts(settings: Settings) -> None:
    """One account a role, with passwords that are shown once."""
    from serving.access.verbs import make_demo_accounts, show_demo_accounts

    if settings.identity == "local":
        show_demo_accounts(make_demo_accounts(settings, at=int(datetime.now(UTC).timestamp())))


@click.command()
@lake_option
@mlflow_option
@click.pass_context
def _promote_demo(ctx: click.Context, lake: Path | None, mlflow: str | None) -> None:
    """Promote what passes; where nothing does, the simulated program is shown all the same, and the record says so."""
    from training.errors import PromotionRefused

    try:
        ctx.invoke(promote, or_simpler=True, lake=lake, mlflow=mlflow)
    except PromotionRefused as refused:
        OUT.print(escape(f"{refused}\nShown all the same, because the program is simulated."))
        ctx.invoke(promote, force_with_reason="a demonstration on a simulated program", lake=lake, mlflow=mlflow)


def _now(settings: Settings) -> pd.Timestamp:
    """The present moment in UTC without a zone: the setting, or the machine's clock. Read here and nowhere below."""
    if settings.today:
        return pd.Timestamp(settings.today) + pd.Timedelta(days=1) - pd.Timedelta(1, "us")
    return pd.Timestamp(datetime.now(UTC).replace(tzinfo=None))


main.add_command(account_group())
main.add_command(audit_group(_now))
main.add_command(criteria_group(_now))


def _scoring(settings: Settings, as_of: pd.Timestamp | None) -> tuple[Any, Records, pd.Timestamp]:
    """The champion, the record and the moment to score at, checked."""
    from models.registry import load_champion

    records = Lake(settings.lake).read()
    moment = as_of or latest_as_of(records, _now(settings))
    check_as_of(records, moment, _now(settings))
    return load_champion(settings.mlflow, settings.state), records, moment


def run() -> None:
    """The command line as a process of its own."""
    run_and_leave(main)


if __name__ == "__main__":
    run()
