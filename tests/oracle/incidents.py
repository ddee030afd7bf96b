"""Features of own incidents by their slow and obvious definition."""

import numpy as np
import pandas as pd
from oracle.past import NAN, Past, nothing_recorded, recorded

from features.measures import DESCRIBING, KINDS, ROLES


class OwnIncidents(Past):
    """How many, how grave, of which kind, how found."""

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
            "incidents_decayed_90d": self.decayed(own, one, 90),
            "incidents_decayed_180d": self.decayed(own, one, 180),
            "incidents_decayed_730d": self.decayed(own, one, 730),
            "incident_days_prior_1095d": float(len(recent_days)),
            "incident_days_all": float(len(days)),
            "incidents_change_prior_365d": count[365] - (count[730] - count[365]),
            "days_since_last_incident": last,
            "days_since_first_incident": first,
            "mean_gap_days_between_incident_days": gap,
            "current_gap_over_mean_gap": last / max(gap, 1.0) if len(days) > 1 else NAN,
            **self.rhythm(days),
            **self.roles(),
        }

    def rhythm(self, days: list[pd.Timestamp]) -> dict[str, float]:
        gaps = np.diff(np.array(days, dtype="datetime64[us]")) / np.timedelta64(1, "D")
        mean, spread = (gaps.mean(), gaps.std()) if len(gaps) > 1 else (NAN, NAN)
        recent = self.within(self.own, 1095)["occurred_on"]
        age = ((self.as_of - recent.dt.floor("D")) / pd.Timedelta(days=1)).mean() if len(recent) else NAN
        return {
            "gap_variation_between_incident_days": spread / mean,
            "burstiness_of_incident_days": (spread - mean) / (spread + mean),
            "longest_gap_days_between_incident_days": gaps.max() if len(gaps) else NAN,
            "incident_trend_prior_1095d": (1095 / 2 - age) * (12 * max(len(recent), 1)) ** 0.5 / 1095,
        }

    def roles(self) -> dict[str, float]:
        parties = self.now["involvements"]
        mine = parties[parties["participant_id"] == self.who].merge(
            self.within(self.own, 1095)[["incident_id"]], on="incident_id"
        )
        unknown = bool(len(mine) and mine["role"].isna().all())
        return {
            f"{name}_prior_1095d": NAN
            if unknown
            else float(mine.loc[mine["role"].isin(roles), "incident_id"].nunique())
            for name, roles in ROLES.items()
        }

    def severity(self) -> dict[str, float]:
        year, three, ever = (self.within(self.own, days) for days in (365, 1095, None))
        return {
            "severity_sum_prior_365d": recorded(year["severity"]),
            "severity_sum_prior_1095d": recorded(three["severity"]),
            "severity_sum_decayed_730d": (
                NAN if nothing_recorded(ever["severity"]) else self.decayed(ever, ever["severity"], 730)
            ),
            "severity_sum_decayed_180d": (
                NAN if nothing_recorded(ever["severity"]) else self.decayed(ever, ever["severity"], 180)
            ),
            "grave_incidents_prior_365d": recorded(year["severity"], year["severity"] >= 7),
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
            **{f"drug_incidents_prior_{days}d": count("drug_incidents", days) for days in (180, 365, 1095)},
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
            **{
                f"{name}_incidents_prior_1095d": recorded(three["discovery"], three["discovery"] == name)
                for name in ("port_exam", "field_office", "other_agency")
            },
            "missing_field_share_prior_1095d": three[list(DESCRIBING)].isna().to_numpy().mean() if len(three) else NAN,
            "self_reported_share_all": float(told.mean()) if len(own) else NAN,
            "mean_days_to_report_all": delay.mean() if delay.notna().any() else NAN,
        }
