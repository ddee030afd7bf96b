"""Every feature by its slow and obvious definition: cut the record at ``as_of``, filter, count.

Nothing here knows of versions, intervals or kernels. The record is cut by :func:`records.known.known_before`
for one moment at a time, and each feature is read off plain tables.
"""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from features.catalog import catalog_for
from features.enforcement import ENFORCING
from features.history import KINDS
from features.profile import SOUTHERN_CORRIDOR
from features.validation import AREAS
from records.known import Records, known_before
from records.tables import BUSINESS_TYPES, SIZE_BANDS, TIERS, VALIDATION_OUTCOMES

NAN = float("nan")


def oracle_matrix(records: Records, spine: pd.DataFrame) -> pd.DataFrame:
    """The matrix, row by row and feature by feature."""
    names = [feature.name for feature in catalog_for(records)]
    rows = []
    for who, as_of in zip(spine["participant_id"], spine["as_of"], strict=True):
        values = Past(known_before(records, as_of), records, who, as_of).everything()
        rows.append([values[name] for name in names])
    return pd.DataFrame(rows, columns=names, index=spine.index, dtype=float)


@dataclass
class Past:
    """What one participant's file holds at one moment."""

    now: Records
    record: Records
    who: str
    as_of: pd.Timestamp

    @cached_property
    def all_incidents(self) -> pd.DataFrame:
        """One row for each (incident, participant) known now."""
        parties = self.now["involvements"][["incident_id", "participant_id"]].dropna().drop_duplicates()
        incidents = self.now["incidents"].drop(columns=["known_at", "source", "record_id", "retracted"])
        return parties.merge(incidents, on="incident_id")

    def incidents_of(self, who: str) -> pd.DataFrame:
        return self.all_incidents[self.all_incidents["participant_id"] == who]

    @cached_property
    def own(self) -> pd.DataFrame:
        return self.incidents_of(self.who)

    def within(self, frame: pd.DataFrame, days: int | None, column: str = "occurred_on") -> pd.DataFrame:
        return frame if days is None else frame[frame[column] >= self.as_of - pd.Timedelta(days=days)]

    def days_since(self, moment: pd.Timestamp) -> float:
        return (self.as_of - moment) / pd.Timedelta(days=1) if not pd.isna(moment) else NAN

    def rows(self, table: str) -> pd.DataFrame:
        frame = self.now[table]
        return frame[frame["participant_id"] == self.who]

    def decayed(self, frame: pd.DataFrame, weight: pd.Series, half_life: int) -> float:
        age = (self.as_of - frame["occurred_on"]) / pd.Timedelta(days=1)
        return float((weight.fillna(0) * 0.5 ** (age / half_life)).sum())

    def everything(self) -> dict[str, float]:
        values = self.history() | self.severity() | self.kinds() | self.reporting() | self.profile() | self.peers()
        optional = {
            "exposures": self.exposure,
            "statuses": self.standing,
            "actions": self.enforcement,
            "validations": self.visits,
            "partnerships": self.partners,
        }
        for table, part in optional.items():
            values |= part() if table in self.now else {}
        if "findings" in self.now and "validations" in self.now:
            values |= self.findings()
        return values

    def history(self) -> dict[str, float]:
        own = self.own
        count = {days: float(len(self.within(own, days))) for days in (90, 180, 365, 730, 1095)}
        one = pd.Series(1.0, index=own.index)
        days = sorted(own["occurred_on"].dt.floor("D").unique())
        last, first = self.days_since(own["occurred_on"].max()), self.days_since(own["occurred_on"].min())
        gap = (first - last) / (len(days) - 1) if len(days) > 1 else NAN
        recent_days = self.within(pd.DataFrame({"occurred_on": days}, dtype="datetime64[us]"), 1095)
        return {
            **{f"incidents_prior_{days}d": count[days] for days in (90, 180, 365, 1095)},
            "incidents_all": float(len(own)),
            "incidents_decayed_180d": self.decayed(own, one, 180),
            "incidents_decayed_730d": self.decayed(own, one, 730),
            "incident_days_prior_1095d": float(len(recent_days)),
            "incident_days_all": float(len(days)),
            "incidents_change_prior_365d": count[365] - (count[730] - count[365]),
            "days_since_last_incident": last,
            "days_since_first_incident": first,
            "mean_gap_days_between_incident_days": gap,
            "current_gap_over_mean_gap": last / max(gap, 1.0) if len(days) > 1 else NAN,
        }

    def severity(self) -> dict[str, float]:
        year, three, ever = (self.within(self.own, days) for days in (365, 1095, None))
        return {
            "severity_sum_prior_365d": recorded(year["severity"]),
            "severity_sum_prior_1095d": recorded(three["severity"]),
            "severity_sum_decayed_730d": (
                NAN if nothing_recorded(ever["severity"]) else self.decayed(ever, ever["severity"], 730)
            ),
            "grave_incidents_prior_1095d": recorded(three["severity"], three["severity"] >= 7),
            "grave_incidents_all": recorded(ever["severity"], ever["severity"] >= 7),
            "mean_severity_prior_1095d": three["severity"].mean() if three["severity"].notna().any() else NAN,
            "affected_kg_prior_1095d": recorded(three["quantity_kg"]),
        }

    def kinds(self) -> dict[str, float]:
        def count(kind: str, days: int | None) -> float:
            types = self.within(self.own, days)["incident_type"]
            return recorded(types, types.isin(KINDS[kind]))

        own, types = self.own, self.own["incident_type"]
        drugs = own[types.isin(KINDS["drug_incidents"])]
        one = pd.Series(1.0, index=drugs.index)
        return {
            **{f"drug_incidents_prior_{days}d": count("drug_incidents", days) for days in (365, 1095)},
            "drug_incidents_all": count("drug_incidents", None),
            "drug_incidents_decayed_730d": NAN if nothing_recorded(types) else self.decayed(drugs, one, 730),
            "days_since_last_drug_incident": self.days_since(drugs["occurred_on"].max()),
            "cargo_integrity_incidents_prior_365d": count("cargo_integrity_incidents", 365),
            **{f"{kind}_prior_1095d": count(kind, 1095) for kind in KINDS if kind != "drug_incidents"},
            "distinct_incident_types_all": NAN if nothing_recorded(types) else float(types.nunique()),
            "distinct_ports_all": NAN if nothing_recorded(own["port"]) else float(own["port"].nunique()),
        }

    def reporting(self) -> dict[str, float]:
        own, three = self.own, self.within(self.own, 1095)
        told = own["self_reported_before_discovery"]
        delay = (own["reported_on"] - own["occurred_on"]) / pd.Timedelta(days=1)
        found = own[~told]
        return {
            **{f"discovered_incidents_prior_{days}d": float(len(self.within(found, days))) for days in (365, 1095)},
            "discovered_incidents_decayed_730d": self.decayed(found, pd.Series(1.0, index=found.index), 730),
            "self_reports_before_discovery_prior_1095d": float(three["self_reported_before_discovery"].sum()),
            "port_exam_incidents_prior_1095d": recorded(three["discovery"], three["discovery"] == "port_exam"),
            "self_reported_share_all": float(told.mean()) if len(own) else NAN,
            "mean_days_to_report_all": delay.mean() if delay.notna().any() else NAN,
        }

    def profile(self) -> dict[str, float]:
        row = self.rows("participants").iloc[0]
        versions = self.record["participants"]
        first = versions.loc[versions["participant_id"] == self.who, "known_at"].min()
        country, tenure = row["country"], self.days_since(row["enrolled_on"])
        unknown = pd.isna(country)
        return {
            "business_type_code": place(row["business_type"], BUSINESS_TYPES),
            "country_code": NAN if unknown else 26.0 * (ord(country[0]) - 65) + ord(country[1]) - 65,
            "size_band_code": place(row["size_band"], SIZE_BANDS),
            "on_southern_corridor": NAN if unknown else float(country in SOUTHERN_CORRIDOR),
            "tenure_days": tenure if tenure >= 0 else NAN,
            "days_of_record": self.days_since(first),
        }

    def group(self, columns: list[str]) -> set[str] | None:
        """Everyone of the same type (and country), the participant included; None where it is unknown."""
        people = self.now["participants"]
        mine = people[people["participant_id"] == self.who].iloc[0]
        if mine[columns].isna().any():
            return None
        same = (people[columns] == mine[columns]).all(axis=1)
        return set(people.loc[same, "participant_id"])

    def rate(self, group: set[str] | None, days: int) -> tuple[float, float]:
        """Incidents for each other member of the group, and how many others there are."""
        if group is None:
            return NAN, NAN
        others = group - {self.who}
        incidents = sum(len(self.within(self.incidents_of(who), days)) for who in others)
        return (incidents / len(others) if others else NAN), float(len(others))

    def peers(self) -> dict[str, float]:
        kind, both = self.group(["business_type"]), self.group(["business_type", "country"])

        def shrunk(days: int) -> float:
            rate, others = self.rate(both, days)
            return ((rate * others if others else 0.0) + 20 * self.rate(kind, days)[0]) / (others + 20)

        return {
            "peer_participants": self.rate(both, 365)[1],
            "business_type_incidents_per_100_prior_365d": 100 * self.rate(kind, 365)[0],
            "peer_incidents_per_100_prior_365d": 100 * shrunk(365),
            "incidents_minus_peer_mean_prior_1095d": len(self.within(self.own, 1095)) - shrunk(1095),
        }

    def exposure(self) -> dict[str, float]:
        def total(days: int, *names: str) -> float:
            months = self.within(self.rows("exposures"), days, "month")
            return sum(months[name].sum() if months[name].notna().any() else NAN for name in names)

        year = total(365, "shipments")
        before = total(730, "shipments") - year
        exams, exams_long = (total(days, "exams_targeted", "exams_random") for days in (365, 1095))
        own = len(self.within(self.own, 1095))
        return {
            "shipments_prior_365d": year,
            "crossings_prior_365d": total(365, "crossings"),
            "shipments_over_year_before_prior_365d": over(year, before),
            "months_reported_prior_365d": float(
                self.within(self.rows("exposures"), 365, "month")["shipments"].notna().sum()
            ),
            "incidents_over_expected_prior_1095d": (own + 1) / (total(1095, "shipments") * self.type_rate() + 1),
            "exams_prior_365d": exams,
            "exams_per_100_shipments_prior_365d": 100 * over(exams, year),
            "targeted_exam_share_prior_365d": over(total(365, "exams_targeted"), exams),
            "discrepancies_prior_365d": total(365, "discrepancies"),
            "discrepancies_per_100_exams_prior_1095d": 100 * over(total(1095, "discrepancies"), exams_long),
        }

    def type_rate(self) -> float:
        """Incidents a shipment in the business type, firms of unknown type being one type."""
        people = self.now["participants"].fillna({"business_type": "unknown"})
        mine = people.loc[people["participant_id"] == self.who, "business_type"].iloc[0]
        members = people.loc[people["business_type"] == mine, "participant_id"]
        months = self.within(self.now["exposures"], 1095, "month")
        incidents = self.within(self.all_incidents, 1095)
        moved = months.loc[months["participant_id"].isin(members), "shipments"].sum()
        return over(float(incidents["participant_id"].isin(members).sum()), moved)

    def standing(self) -> dict[str, float]:
        begun = self.rows("statuses")
        begun = begun[begun["effective_on"] <= self.as_of].sort_values("effective_on")
        suspended = begun[begun["status"] == "suspended"]
        return {
            "tier_code": place(begun["tier"].iloc[-1], TIERS) if len(begun) else NAN,
            "days_since_status_change": self.days_since(begun["effective_on"].max()),
            "suspensions_all": float(len(suspended)),
            "days_since_last_suspension": self.days_since(suspended["effective_on"].max()),
        }

    def enforcement(self) -> dict[str, float]:
        actions = self.rows("actions")
        recent = self.within(actions, 1095, "decided_on")
        enforcing = actions[actions["kind"].isin(ENFORCING)]
        undecided = ~self.within(self.own, 1095)["incident_id"].isin(actions["incident_id"].dropna())
        return {
            "enforcement_actions_prior_1095d": float(recent["kind"].isin(ENFORCING).sum()),
            "no_action_decisions_prior_1095d": float((recent["kind"] == "no_action").sum()),
            "days_since_last_enforcement_action": self.days_since(enforcing["decided_on"].max()),
            "incidents_without_decision_prior_1095d": float(undecided.sum()),
        }

    @property
    def last_visit(self) -> pd.Series | None:
        made = self.rows("validations").dropna(subset="performed_on")
        made = made.sort_values(["performed_on", "validation_id"])
        return made.iloc[-1] if len(made) else None

    def visits(self) -> dict[str, float]:
        visits, last = self.rows("validations"), self.last_visit
        due = visits.loc[visits["performed_on"].isna(), "due_on"].min()
        overdue = 0.0 if pd.isna(due) else max(self.days_since(due), 0.0)
        return {
            "days_since_last_validation": NAN if last is None else self.days_since(last["performed_on"]),
            "last_validation_outcome_code": NAN if last is None else place(last["outcome"], VALIDATION_OUTCOMES),
            "failed_validations_all": float((visits.dropna(subset="performed_on")["outcome"] == "fail").sum()),
            "validation_overdue_days": overdue if len(visits) else NAN,
        }

    def findings(self) -> dict[str, float]:
        visits = self.rows("validations")[["validation_id", "performed_on"]]
        found = self.now["findings"].merge(visits, on="validation_id")
        is_open = found[~(found["corrected_on"] <= self.as_of)]
        last, dated = self.last_visit, is_open.dropna(subset="performed_on")
        of_last = found.iloc[:0] if last is None else found[found["validation_id"] == last["validation_id"]]
        return {
            "open_findings": float(len(is_open)),
            "open_must_findings": float(is_open["must"].sum()),
            "overdue_findings": float((is_open["due_on"] < self.as_of).sum()),
            "days_since_oldest_open_finding": self.days_since(dated["performed_on"].min()),
            **{
                f"last_visit_{area}_findings": NAN if last is None else float(of_last["category"].isin(names).sum())
                for area, names in AREAS.items()
            },
        }

    def partners(self) -> dict[str, float]:
        edges = self.now["partnerships"]
        edges = edges[(edges["valid_from"] <= self.as_of) & ~(edges["valid_to"] <= self.as_of)]
        sides = [edges[["participant_id", "partner_id", "valid_from"]].set_axis(["one", "other", "since"], axis=1)]
        sides.append(sides[0].rename(columns={"one": "other", "other": "one"}))
        mine = pd.concat(sides)
        mine = mine[(mine["one"] == self.who) & (mine["other"] != self.who)]
        partners = sorted(mine["other"].unique())
        incidents = {who: self.incidents_of(who) for who in partners}
        began = mine.groupby("other")["since"].min()
        fresh = (began >= self.as_of - pd.Timedelta(days=365)).sum()

        def count(days: int) -> float:
            return float(sum(len(self.within(each, days)) for each in incidents.values())) if partners else NAN

        decayed = sum(self.decayed(each, pd.Series(1.0, index=each.index), 730) for each in incidents.values())
        hit = sum(len(self.within(each, 1095)) > 0 for each in incidents.values())
        return {
            "partners_known": float(len(partners)),
            "new_partners_prior_365d": float(fresh),
            "partner_incidents_prior_365d": count(365),
            "partner_incidents_prior_1095d": count(1095),
            "partner_incidents_decayed_730d": decayed if partners else NAN,
            "share_of_partners_with_incidents_prior_1095d": over(hit, len(partners)),
        }


def nothing_recorded(column: pd.Series) -> bool:
    """Whether there are incidents, but none has the column."""
    return bool(len(column) and column.isna().all())


def recorded(column: pd.Series, counted: pd.Series | None = None) -> float:
    """The sum of ``counted`` (else of the column); unknown where no incident has the column."""
    return NAN if nothing_recorded(column) else float((column if counted is None else counted).sum())


def place(value: object, names: tuple[str, ...]) -> float:
    """The code of a category."""
    return NAN if pd.isna(value) else float(names.index(str(value)))


def over(part: float, whole: float) -> float:
    """A ratio; not applicable without a positive whole."""
    return part / whole if whole > 0 else NAN
