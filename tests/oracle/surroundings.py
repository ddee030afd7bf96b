"""Features of those around a participant by their slow and obvious definition."""

import numpy as np
import pandas as pd
from oracle.past import NAN, Past, over

from features import exposure, peers


class Surroundings(Past):
    """Peers, corridor, partners, and incidents against trade volume."""

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

        size = self.group(["business_type", "country", "size_band"])
        rate, others = self.rate(size, 365)
        leaning = ((rate * others if others and others > 0 else 0.0) + 20 * shrunk(365)) / (others + 20)
        return {
            "same_size_peer_incidents_per_100_prior_365d": 100 * leaning,
            **self.place_among(size),
            "peer_participants": self.rate(both, 365)[1],
            "business_type_incidents_per_100_prior_365d": 100 * self.rate(kind, 365)[0],
            "peer_incidents_per_100_prior_365d": 100 * shrunk(365),
            "incidents_minus_peer_mean_prior_1095d": len(self.within(self.own, 1095)) - shrunk(1095),
        }

    def place_among(self, group: set[str] | None) -> dict[str, float]:
        """Where the participant stands among its peers."""
        others = [] if group is None else sorted(group - {self.who})
        counts = np.array([len(self.within(self.incidents_of(who), 1095)) for who in others], dtype=float)
        own, enough = len(self.within(self.own, 1095)), len(others) >= peers.FEWEST_PEERS
        spread = counts.std() if enough else 0.0
        return {
            "peer_percentile_of_incidents_prior_1095d": (
                float(((counts < own) + (counts == own) / 2).mean()) if enough else NAN
            ),
            "peer_z_of_incidents_prior_1095d": (own - counts.mean()) / spread if spread > 0 else NAN,
        }

    def corridor(self) -> dict[str, float]:
        country, office = self.group(["country"]), self.group(["field_office"])
        people = self.now["participants"]
        home = people.loc[people["participant_id"] == self.who, "country"].iloc[0]
        at_port = self.own.dropna(subset="port").sort_values(["occurred_on", "port"])
        others = self.all_incidents[self.all_incidents["participant_id"] != self.who]

        def count(column: str, value: object, days: int) -> float:
            return NAN if pd.isna(value) else float((self.within(others, days)[column] == value).sum())

        port = at_port["port"].iloc[-1] if len(at_port) else None
        return {
            "country_incidents_per_100_prior_365d": 100 * self.rate(country, 365)[0],
            "office_incidents_per_100_prior_365d": 100 * self.rate(office, 365)[0],
            **{f"origin_country_incidents_prior_{n}d": count("country_of_origin", home, n) for n in (90, 365)},
            **{f"last_port_incidents_prior_{n}d": count("port", port, n) for n in (90, 365)},
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
            "incidents_over_expected_prior_1095d": self.over_expected(own, total(1095, "shipments")),
            "incidents_per_1000_shipments_prior_1095d": 1000 * over(own, total(1095, "shipments")),
            "incidents_per_1000_crossings_prior_1095d": 1000 * over(own, total(1095, "crossings")),
            "targeted_exams_per_100_shipments_prior_365d": 100 * over(total(365, "exams_targeted"), year),
            "random_exams_per_100_shipments_prior_365d": 100 * over(total(365, "exams_random"), year),
            "exams_prior_365d": exams,
            "exams_per_100_shipments_prior_365d": 100 * over(exams, year),
            "targeted_exam_share_prior_365d": over(total(365, "exams_targeted"), exams),
            "discrepancies_prior_365d": total(365, "discrepancies"),
            "discrepancies_per_100_exams_prior_1095d": 100 * over(total(1095, "discrepancies"), exams_long),
        }

    def same_type(self) -> set[str]:
        """Everyone of the business type, firms of unknown type being one type."""
        people = self.now["participants"].fillna({"business_type": "unknown"})
        mine = people.loc[people["participant_id"] == self.who, "business_type"].iloc[0]
        return set(people.loc[people["business_type"] == mine, "participant_id"])

    def over_expected(self, own: int, shipments: float) -> float:
        others = sorted(self.same_type() - {self.who})
        counts = np.array([len(self.within(self.incidents_of(who), 1095)) for who in others], dtype=float)
        prior = 1.0
        if len(counts) >= exposure.FEWEST_FIRMS and counts.sum() > 0:
            excess = counts.var() - counts.mean()
            prior = counts.mean() ** 2 / excess if excess > 1e-12 else exposure.MOST_PRIOR
            prior = min(max(prior, exposure.LEAST_PRIOR), exposure.MOST_PRIOR)
        return (own + prior) / (shipments * self.type_rate() + prior)

    def type_rate(self) -> float:
        """Incidents a shipment in the business type."""
        members = self.same_type()
        months = self.within(self.now["exposures"], 1095, "month")
        incidents = self.within(self.all_incidents, 1095)
        moved = months.loc[months["participant_id"].isin(members), "shipments"].sum()
        return over(float(incidents["participant_id"].isin(members).sum()), moved)

    def edges(self) -> pd.DataFrame:
        """Present partnerships, seen from both sides."""
        edges = self.now["partnerships"]
        edges = edges[(edges["valid_from"] <= self.as_of) & ~(edges["valid_to"] <= self.as_of)]
        one = edges[["participant_id", "partner_id", "valid_from"]].set_axis(["one", "other", "since"], axis=1)
        both = pd.concat([one, one.rename(columns={"one": "other", "other": "one"})])
        return both[both["one"] != both["other"]]

    def partners_of(self, who: str) -> set[str]:
        edges = self.edges()
        return set(edges.loc[edges["one"] == who, "other"])

    def reached(self) -> set[str]:
        """Everyone who hangs together with the participant, itself included."""
        found, fresh = {self.who}, {self.who}
        while fresh:
            fresh = {other for who in fresh for other in self.partners_of(who)} - found
            found |= fresh
        return found

    def partners(self) -> dict[str, float]:
        mine = self.edges()
        mine = mine[mine["one"] == self.who]
        partners = sorted(mine["other"].unique())
        incidents = {who: self.incidents_of(who) for who in partners}
        began = mine.groupby("other")["since"].min()
        fresh = (began >= self.as_of - pd.Timedelta(days=365)).sum()

        def count(days: int) -> float:
            return float(sum(len(self.within(each, days)) for each in incidents.values())) if partners else NAN

        decayed = sum(self.decayed(each, pd.Series(1.0, index=each.index), 730) for each in incidents.values())
        beyond = {who: self.partners_of(who) - {self.who} for who in partners}
        second = sum(len(self.within(self.incidents_of(who), 365)) for each in beyond.values() for who in each)
        hit = sum(len(self.within(each, 1095)) > 0 for each in incidents.values())
        return {
            "second_partner_incidents_prior_365d": float(second) if partners else NAN,
            "partner_network_participants": float(len(self.reached())),
            "partners_known": float(len(partners)),
            "new_partners_prior_365d": float(fresh),
            "partner_incidents_prior_365d": count(365),
            "partner_incidents_prior_1095d": count(1095),
            "partner_incidents_decayed_730d": decayed if partners else NAN,
            "share_of_partners_with_incidents_prior_1095d": over(hit, len(partners)),
        }
