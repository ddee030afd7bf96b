"""``simulate_program``: a whole program with known truth, as raw files.

Where risk comes from, as shares of the variance of lasting log-intensity over participants (default scenario, mean
of seeds 1-5, :func:`records.simulate.risk.variance_shares`; assumptions all, none a fact of a real program):

=============== ===== =============================================================================
weakness         24 %  seen through findings and discrepancies; counts more where volume is high
corridor         21 %  seen through country, office, crossings, examination rate and peers
volume           15 %  seen in exposures; elasticity 0.5 for traders, 1.15 for truckers
business type    12 %  seen
frailty           6 %  seen only through a participant's own history
covariances      22 %  mostly of volume with business type and with weakness
=============== ===== =============================================================================

Within a participant log-intensity moves by about 0.4 (standard deviation over months) with volume and the time since
the last visit. Infiltrations hold 0.5 % of participant-months and bring 40 % of true incidents; they begin where
lasting risk is high, show in activity four months before, and so reward both history and observables.
"""

import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from records.progress import Report, silent
from records.simulate.calendar import WINDOW_YEARS
from records.simulate.calibration import Fit, calibrate, target_for
from records.simulate.constants import CONSTANTS, Constants
from records.simulate.contents import Contents, draw_contents, sheets
from records.simulate.errors import SimulationRefused
from records.simulate.files import write_table, write_truth
from records.simulate.incidents import Luck
from records.simulate.scenarios import find_scenario
from records.simulate.streams import spawn_streams
from records.simulate.truth import truth_frames
from records.simulate.world import build_world
from records.tables import INCIDENT_TYPES, TABLES

FEWEST_PARTICIPANTS, FEWEST_YEARS = 50, 2
FILES = 18
SIMULATED = "simulated = true"


@dataclass(frozen=True)
class SimulationSummary:
    """What a simulated program holds; ``involved``, ``incidents``, ``drug_share`` are the recorded ones of the window.

    The window is the last five years before ``end`` (or all of a shorter record); an incident recorded twice counts
    once. ``rows`` counts the rows sent by table.
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
    participants: int | None = None,
    years: int = 8,
    seed: int,
    scenario: str = "default",
    end: date = date(2024, 10, 1),
    report: Report = silent,
) -> SimulationSummary:
    """Write the raw files of a simulated program into ``out`` and its truth into ``out/truth``.

    The files appear together at the end; a run stopped half way leaves ``out`` as it was.

    Parameters
    ----------
    out : Path
        Folder, made if need be. An earlier simulated program in it is replaced; other files are refused.
    participants : int, optional
        Accounts that exist at any time in the record, at least 50. Default: as many as the scenario says, 800 in
        ``small_program`` and the audit's 11,700 in all others.
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
    participants = chosen.participants if participants is None else participants
    _refuse_impossible(out, participants, years)
    streams = spawn_streams(seed)
    report("draw the population", 0, 1)
    world, visits, volumes, _ = build_world(streams, participants=participants, years=years, end=end, scenario=chosen)
    report("draw the population", 1, 1)
    luck = Luck.draw(streams["events"], participants, world.calendar.months)
    fit = calibrate(world, luck, target_for(participants, min(years, WINDOW_YEARS)), report)
    report("draw incidents and their records", 0, 1)
    contents = draw_contents(streams, world, visits, volumes, fit.history)
    report("draw incidents and their records", 1, 1)
    draft = out.parent / f".{out.name}.part"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    rows = _write(draft, contents, report)
    _write_notes(draft, contents, fit, f"Simulated program ({scenario}, seed {seed})")
    if out.exists():
        shutil.rmtree(out)
    draft.rename(out)
    return _summarize(out, scenario, seed, contents, rows)


def _refuse_impossible(out: Path, participants: int, years: int) -> None:
    if participants < FEWEST_PARTICIPANTS or years < FEWEST_YEARS:
        raise SimulationRefused(
            f"Expected at least {FEWEST_PARTICIPANTS} participants and {FEWEST_YEARS} years; got {participants} "
            f"participants and {years} years. Ask for more."
        )
    if out.exists() and not _is_replaceable(out):
        raise SimulationRefused(
            f"Expected a new or empty folder, or an earlier simulated program; got {out}, which holds other files. "
            "Name another folder."
        )


def _is_replaceable(out: Path) -> bool:
    """Whether nothing but an earlier simulated program is lost when ``out`` is replaced."""
    if not out.is_dir():
        return False
    if not any(out.iterdir()):
        return True
    note = out / "program.toml"
    names = {path.name.split(".")[0] for path in out.iterdir()} - {"program", "truth"}
    return note.is_file() and SIMULATED in note.read_text(encoding="utf-8") and names <= set(TABLES)


def _write(folder: Path, contents: Contents, report: Report) -> dict[str, int]:
    rows: dict[str, int] = {}
    for done, (table, source, frame) in enumerate(sheets(contents)):
        report("write files", done, FILES)
        write_table(folder, table, source, frame, contents.world.calendar.start)
        rows[table] = rows.get(table, 0) + len(frame)
    report("write files", FILES - 1, FILES)
    write_truth(folder / "truth", truth_frames(contents))
    report("write files", FILES, FILES)
    return rows


def _write_notes(folder: Path, contents: Contents, fit: Fit, name: str) -> None:
    world = contents.world
    case = world.population.participant_id[world.audit.participant] if world.audit.suspended >= 0 else None
    facts = {"audit_case": case, "baseline": fit.baseline, "spread": fit.spread}
    if world.scenario.drift or world.scenario.redefined:
        facts["changes_in"] = str(world.calendar.dates(world.calendar.first_days[[world.calendar.turning]])[0])
    _write_text(folder / "truth" / "facts.json", json.dumps(facts, indent=2) + "\n")
    constants = Constants.of(world, fit.baseline, fit.spread)
    _write_text(folder / "truth" / CONSTANTS, json.dumps(constants.plain(), indent=2) + "\n")
    _write_text(folder / "program.toml", f'name = "{name}"\n{SIMULATED}\n')


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _summarize(out: Path, scenario: str, seed: int, contents: Contents, rows: dict[str, int]) -> SimulationSummary:
    world, truth, entries = contents.world, contents.truth, contents.entries
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
