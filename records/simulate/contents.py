"""What the files of a simulated program hold: each table by source."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from records.simulate.activity import draw_activity, exam_rates
from records.simulate.addresses import draw_addresses
from records.simulate.conveyances import draw_conveyances
from records.simulate.cross_references import add_cross_references
from records.simulate.enforcement import action_rows, status_rows
from records.simulate.happenings import Happenings, draw_happenings
from records.simulate.identifiers import Numbers, draw_numbers, identifier_rows, merge_rows
from records.simulate.incidents import History, World
from records.simulate.observation import Entries, observe
from records.simulate.parties import Parties, name_parties
from records.simulate.registers import (
    exposure_rows,
    finding_rows,
    participant_rows,
    partnership_rows,
    validation_rows,
)
from records.simulate.schedule import number_visits, open_visit_rows
from records.simulate.streams import Floats
from records.simulate.versions import incident_versions, misdate_finds, omit_values
from records.simulate.visits import Visits
from records.tables import DISCOVERIES

Sheet = tuple[str, str, pd.DataFrame]
"""A table, the source that sends it, and its rows with ``known`` in days from the record's start."""


@dataclass(frozen=True)
class Contents:
    """All that the files are made from.

    ``statuses`` and ``actions`` are the tables' rows; ``captures`` says which channel recorded which true incident.
    """

    streams: dict[str, np.random.Generator]
    world: World
    visits: Visits
    volumes: Floats
    history: History
    truth: Happenings
    entries: Entries
    captures: pd.DataFrame
    versions: pd.DataFrame
    numbers: Numbers
    addresses: list[str]
    parties: Parties
    statuses: pd.DataFrame
    actions: pd.DataFrame


def draw_contents(
    streams: dict[str, np.random.Generator], world: World, visits: Visits, volumes: Floats, history: History
) -> Contents:
    """The true incidents of a history and all that the record makes of them."""
    truth = draw_happenings(streams["events"], world, history)
    entries, captures = observe(streams["observation"], world, history, truth)
    versions = incident_versions(streams["observation"], world, truth, entries)
    first_known = versions.groupby("place")["known"].min()
    versions["conveyance_number"] = draw_conveyances(streams["conveyances"], world, truth, entries).to_numpy()[
        versions["place"]
    ]
    versions = add_cross_references(world, entries, versions, captures)
    versions = misdate_finds(streams["slips"], entries, omit_values(streams["omissions"], entries, versions))
    numbers = draw_numbers(streams["identifiers"], world)
    addresses = draw_addresses(streams["addresses"], world.population.country)
    statuses = status_rows(streams["standing"], world, history)
    return Contents(
        streams=streams,
        world=world,
        visits=visits,
        volumes=volumes,
        history=history,
        truth=truth,
        entries=entries,
        captures=captures,
        versions=versions,
        numbers=numbers,
        addresses=addresses,
        parties=name_parties(streams, world, entries, numbers, first_known, addresses),
        statuses=statuses,
        actions=action_rows(streams, world, entries, statuses, first_known),
    )


def sheets(contents: Contents) -> Iterator[Sheet]:
    """Every file's table, source and rows, one after the other."""
    streams, world = contents.streams, contents.world
    yield "participants", "portal", participant_rows(streams["population"], world, contents.addresses)
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
        reported_on=calendar.dates_or_none(versions["reported"]),
        discovered_on=calendar.dates_or_none(versions["discovered"]),
        self_reported_on=calendar.dates_or_none(versions["self_reported"]),
    )
    channel = contents.entries.channel
    named = contents.parties.rows.assign(link_weight=np.nan)
    named = named.sort_values(["known", "place", "party_no"], kind="stable")
    for place, source in enumerate(DISCOVERIES):
        yield "incidents", source, dated[dated["channel"] == place]
        yield "involvements", source, named[channel[named["place"]] == place]


def _standing_sheets(contents: Contents) -> Iterator[Sheet]:
    streams, world, history = contents.streams, contents.world, contents.history
    statuses, actions = contents.statuses, contents.actions
    yield "statuses", "portal", statuses.sort_values(["known", "participant_id", "day"], kind="stable")
    withdrawn = statuses.loc[statuses["status"] == "withdrawn", "participant"].to_numpy()
    merges = merge_rows(streams["merges"], world.population, contents.numbers, world.calendar, withdrawn)
    yield "merges", "portal", merges
    yield "actions", "headquarters", actions[actions["central"]]
    yield "actions", "field_office", actions[~actions["central"]]
    made, places = validation_rows(streams["validations"], world, history, contents.visits)
    planned = open_visit_rows(streams["open_visits"], world, history, contents.visits, made, places)
    made, planned = number_visits(made, places, planned)
    sent = pd.concat([planned, made], ignore_index=True).sort_values("known", kind="stable")
    yield "validations", "field_office", sent
    yield "findings", "field_office", finding_rows(streams["validations"], world, contents.visits, made, places)
