"""What the files of a simulated program hold: each table by source, and the truth."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from records.simulate.activity import draw_activity, exam_rates
from records.simulate.enforcement import action_rows, status_rows
from records.simulate.happenings import Happenings, draw_happenings
from records.simulate.identifiers import Numbers, draw_numbers, identifier_rows
from records.simulate.incidents import History, World
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
from records.simulate.streams import Floats
from records.simulate.truth import true_duplicates, true_incidents, true_links
from records.simulate.versions import incident_versions
from records.simulate.visits import Visits
from records.tables import DISCOVERIES

Sheet = tuple[str, str, pd.DataFrame]
"""A table, the source that sends it, and its rows with ``known`` in days from the record's start."""


@dataclass(frozen=True)
class Contents:
    """All that the files are made from; ``first_known`` is the moment of each entry's first version, by place."""

    streams: dict[str, np.random.Generator]
    world: World
    visits: Visits
    volumes: Floats
    history: History
    truth: Happenings
    entries: Entries
    versions: pd.DataFrame
    numbers: Numbers
    parties: Parties
    first_known: pd.Series


def draw_contents(
    streams: dict[str, np.random.Generator], world: World, visits: Visits, volumes: Floats, history: History
) -> Contents:
    """The true incidents of a history and all that the record makes of them."""
    truth = draw_happenings(streams["events"], world, history)
    entries = observe(streams["observation"], world, history, truth)
    versions = incident_versions(streams["observation"], world, truth, entries)
    first_known = versions.groupby("place")["known"].min()
    numbers = draw_numbers(streams["identifiers"], world.population, world.calendar)
    parties = name_parties(streams, world, entries, numbers, first_known)
    return Contents(streams, world, visits, volumes, history, truth, entries, versions, numbers, parties, first_known)


def sheets(contents: Contents) -> Iterator[Sheet]:
    """Every file's table, source and rows, one after the other."""
    streams, world = contents.streams, contents.world
    yield "participants", "portal", participant_rows(streams["population"], world)
    rows = identifier_rows(streams["identifiers"], world.population, contents.numbers, world.calendar)
    yield "identifiers", "portal", rows
    yield from _incident_sheets(contents)
    yield from _standing_sheets(contents)
    yield "partnerships", "portal", partnership_rows(streams["partnerships"], world, world.ties)
    activity = draw_activity(
        streams["exposures"],
        world.population,
        log_volumes=contents.volumes,
        rates=exam_rates(world.population, world.plan.tier, contents.history.suspended),
        weakness=world.weakness,
        infiltrated=world.episodes.traces,
        live=contents.history.live,
        suspended=contents.history.suspended,
    )
    yield "exposures", "trade", exposure_rows(streams["exposures"], world, contents.history, activity)


def _incident_sheets(contents: Contents) -> Iterator[Sheet]:
    calendar, versions = contents.world.calendar, contents.versions
    dated = versions.assign(
        occurred_on=calendar.dates(versions["day"].to_numpy()),
        reported_on=calendar.dates(versions["reported"].to_numpy()),
    )
    channel = np.array(DISCOVERIES)[contents.entries.channel]
    named = contents.parties.rows.assign(link_weight=np.nan)
    named = named.sort_values(["known", "place", "party_no"], kind="stable")
    for source in DISCOVERIES:
        yield "incidents", source, dated[dated["discovery"] == source]
        yield "involvements", source, named[channel[named["place"]] == source]


def _standing_sheets(contents: Contents) -> Iterator[Sheet]:
    streams, world, history = contents.streams, contents.world, contents.history
    statuses = status_rows(streams["standing"], world, history)
    yield "statuses", "portal", statuses.sort_values(["known", "participant_id", "day"], kind="stable")
    actions = action_rows(streams["actions"], world, contents.entries, statuses, contents.first_known)
    yield "actions", "headquarters", actions[actions["central"]]
    yield "actions", "field_office", actions[~actions["central"]]
    made, places = validation_rows(streams["validations"], world, history, contents.visits)
    yield "validations", "field_office", made
    yield "findings", "field_office", finding_rows(streams["validations"], world, contents.visits, made, places)


def truth_frames(contents: Contents) -> dict[str, pd.DataFrame]:
    """The frames of ``truth/`` by name."""
    return {
        "intensity": intensity_rows(contents.world, contents.history),
        "incidents": true_incidents(contents.world, contents.truth, contents.entries),
        "links": true_links(contents.world, contents.parties.links),
        "duplicates": true_duplicates(contents.entries),
    }
