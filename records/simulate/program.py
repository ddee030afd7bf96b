"""``simulate_program``: a whole program with known truth, as raw files."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from records.progress import Report, silent
from records.simulate.activity import draw_activity, exam_rates
from records.simulate.calendar import WINDOW_YEARS
from records.simulate.calibration import Fit, calibrate, target_for
from records.simulate.enforcement import action_rows, status_rows
from records.simulate.errors import SimulationRefused
from records.simulate.files import write_table, write_truth
from records.simulate.happenings import Happenings, draw_happenings
from records.simulate.identifiers import draw_numbers, identifier_rows
from records.simulate.incidents import Luck, World
from records.simulate.observation import Entries, observe
from records.simulate.parties import Parties, name_parties
from records.simulate.registers import (
    exposure_rows,
    finding_rows,
    intensity_rows,
    participant_rows,
    partnership_rows,
    validation_rows,
)
from records.simulate.scenarios import find_scenario
from records.simulate.streams import Floats, spawn_streams
from records.simulate.truth import true_duplicates, true_incidents, true_links
from records.simulate.versions import incident_versions
from records.simulate.visits import Visits
from records.simulate.world import build_world
from records.tables import DISCOVERIES, INCIDENT_TYPES

FEWEST_PARTICIPANTS, FEWEST_YEARS = 50, 2
STAGES = ("population", "calibrate", "incidents", "records", "parties", "standing", "activity", "files", "truth")


@dataclass(frozen=True)
class SimulationSummary:
    """What a simulated program holds; ``involved``, ``incidents`` and ``drug_share`` are the recorded ones of the window.

    The window is the last five years before ``end`` (or all of a shorter record); an incident recorded twice counts once.
    """

    out: Path
    scenario: str
    seed: int
    participants: int
    window_start: date
    end: date
    involved: int
    incidents: int
    drug_share: float
    most_incidents: int
    true_incidents: int
    rows: dict[str, int]


def simulate_program(
    out: Path,
    *,
    participants: int = 11_700,
    years: int = 8,
    seed: int,
    scenario: str = "default",
    end: date = date(2024, 10, 1),
    report: Report = silent,
) -> SimulationSummary:
    """Write the raw files of a simulated program into ``out`` and its truth into ``out/truth``.

    Parameters
    ----------
    out : Path
        Folder, made if need be. Files of an earlier program in it are refused.
    participants : int
        Accounts that exist at any time in the record, at least 50.
    years : int
        Length of the record, at least 2.
    seed : int
        The same arguments give the same bytes; seeds are programs of the same kind.
    scenario : str
        A name in :data:`records.simulate.scenarios.SCENARIOS`.
    end : date
        First day after the record, the first of a month. What becomes known later is not sent.

    Raises
    ------
    UnknownScenario, SimulationRefused
        With what was expected and what to do.
    """
    chosen = find_scenario(scenario)
    _refuse_impossible(out, participants, years)
    streams = spawn_streams(seed)
    report(STAGES[0], 0, len(STAGES))
    world, visits, volumes, _ = build_world(streams, participants=participants, years=years, end=end, scenario=chosen)
    luck = Luck.draw(streams["events"], participants, world.calendar.months)
    fit = calibrate(world, luck, target_for(participants, min(years, WINDOW_YEARS)), report)
    report(STAGES[2], 2, len(STAGES))
    truth = draw_happenings(streams["events"], world, fit.history)
    entries = observe(streams["observation"], world, fit.history, truth)
    out.mkdir(parents=True, exist_ok=True)
    rows: dict[str, int] = {}
    pieces = _Pieces(streams, world, visits, volumes, fit, truth, entries)
    for stage, (table, source, frame) in enumerate(_tables(pieces)):
        report(f"write {table}.{source}", stage, 20)
        write_table(out, table, source, frame, world.calendar.start)
        rows[table] = rows.get(table, 0) + len(frame)
    _write_truth(out, pieces)
    name = f"Simulated program ({scenario}, seed {seed})"
    (out / "program.toml").write_text(f'name = "{name}"\nsimulated = true\n', encoding="utf-8", newline="\n")
    return _summarize(out, scenario, seed, pieces, rows)


@dataclass
class _Pieces:
    """All that the files are made from."""

    streams: dict[str, np.random.Generator]
    world: World
    visits: Visits
    volumes: Floats
    fit: Fit
    truth: Happenings
    entries: Entries
    parties: Parties | None = None


def _refuse_impossible(out: Path, participants: int, years: int) -> None:
    if participants < FEWEST_PARTICIPANTS or years < FEWEST_YEARS:
        raise SimulationRefused(
            f"Expected at least {FEWEST_PARTICIPANTS} participants and {FEWEST_YEARS} years; got {participants} "
            f"participants and {years} years. Ask for more."
        )
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise SimulationRefused(
            f"Expected a new or empty folder for the program; got {out}, which holds files. Name another folder or empty it."
        )


def _tables(pieces: _Pieces) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Each file's table, source and rows."""
    streams, world, history = pieces.streams, pieces.world, pieces.fit.history
    numbers = draw_numbers(streams["identifiers"], world.population, world.calendar)
    yield "participants", "portal", participant_rows(streams["population"], world)
    yield "identifiers", "portal", identifier_rows(streams["identifiers"], world.population, numbers, world.calendar)
    versions = incident_versions(streams["observation"], world, pieces.truth, pieces.entries)
    versions["occurred_on"] = world.calendar.dates(versions["day"].to_numpy())
    versions["reported_on"] = world.calendar.dates(versions["reported"].to_numpy())
    first_known = versions.groupby("place")["known"].min()
    pieces.parties = name_parties(streams, world, pieces.entries, numbers, first_known)
    channel = np.array(DISCOVERIES)[pieces.entries.channel]
    named = pieces.parties.rows.assign(link_weight=np.nan).sort_values(["known", "place", "party_no"], kind="stable")
    for source in DISCOVERIES:
        yield "incidents", source, versions[versions["discovery"] == source]
        yield "involvements", source, named[channel[named["place"]] == source]
    statuses = status_rows(streams["standing"], world, history)
    yield "statuses", "portal", statuses.sort_values(["known", "participant_id", "day"], kind="stable")
    actions = action_rows(streams["actions"], world, pieces.entries, statuses, first_known)
    yield "actions", "headquarters", actions[actions["central"]]
    yield "actions", "field_office", actions[~actions["central"]]
    visits_made, places = validation_rows(streams["validations"], world, history, pieces.visits)
    yield "validations", "field_office", visits_made
    yield "findings", "field_office", finding_rows(streams["validations"], world, pieces.visits, visits_made, places)
    yield "partnerships", "portal", partnership_rows(streams["partnerships"], world, world.ties)
    activity = draw_activity(
        streams["exposures"],
        world.population,
        log_volumes=pieces.volumes,
        rates=exam_rates(world.population, world.plan.tier, history.suspended),
        weakness=world.weakness,
        infiltrated=world.episodes.traces,
        live=history.live,
        suspended=history.suspended,
    )
    yield "exposures", "trade", exposure_rows(streams["exposures"], world, history, activity)


def _write_truth(out: Path, pieces: _Pieces) -> None:
    world = pieces.world
    assert pieces.parties is not None  # noqa: S101  the tables are written first
    frames = {
        "intensity": intensity_rows(world, pieces.fit.history),
        "incidents": true_incidents(world, pieces.truth, pieces.entries),
        "links": true_links(world, pieces.parties.links),
        "duplicates": true_duplicates(pieces.entries),
    }
    write_truth(out / "truth", frames)
    case = world.population.participant_id[world.audit.participant] if world.audit.suspended >= 0 else None
    facts = {"audit_case": case, "baseline": pieces.fit.baseline, "spread": pieces.fit.spread}
    (out / "truth" / "facts.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8", newline="\n")


def _summarize(out: Path, scenario: str, seed: int, pieces: _Pieces, rows: dict[str, int]) -> SimulationSummary:
    world, truth, entries = pieces.world, pieces.truth, pieces.entries
    first = world.calendar.first_days[world.calendar.window_start]
    kept = np.unique(entries.happening[entries.happening >= 0])
    kept = kept[truth.day[kept] >= first]
    everyone = np.concatenate([truth.participant[kept], truth.partner[kept]])
    counts = np.bincount(everyone[everyone >= 0], minlength=len(world.population))
    drug = truth.kind[kept] == INCIDENT_TYPES.index("drug")
    return SimulationSummary(
        out=out,
        scenario=scenario,
        seed=seed,
        participants=len(world.population),
        window_start=world.calendar.dates(np.array([first]))[0].astype(object),
        end=world.calendar.end.astype(object),
        involved=int((counts > 0).sum()),
        incidents=len(kept),
        drug_share=float(drug.mean()) if len(drug) else 0.0,
        most_incidents=int(counts.max()),
        true_incidents=len(truth.day),
        rows=rows,
    )
