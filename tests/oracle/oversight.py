"""Features of what the program did by their slow and obvious definition."""

import pandas as pd
from oracle.past import NAN, Past, place

from features.enforcement import ENFORCING
from features.validation import AREAS
from records.tables import AT_RISK_STATUSES, TIERS, VALIDATION_OUTCOMES


class Oversight(Past):
    """Standing, decisions, visits, findings."""

    def standing(self) -> dict[str, float]:
        begun = self.rows("statuses")
        begun = begun[begun["effective_on"] <= self.as_of].sort_values("effective_on")
        suspended = begun[begun["status"] == "suspended"]
        back = begun["status"].isin(AT_RISK_STATUSES) & begun["status"].shift().eq("suspended")
        return {
            "tier_code": place(begun["tier"].iloc[-1], TIERS) if len(begun) else NAN,
            "days_since_status_change": self.days_since(begun["effective_on"].max()),
            "suspensions_prior_1095d": float(len(self.within(suspended, 1095, "effective_on"))),
            "suspensions_all": float(len(suspended)),
            "days_since_last_reinstatement": self.days_since(begun.loc[back, "effective_on"].max()),
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
            "incidents_since_last_enforcement_action": (
                float((self.own["occurred_on"] >= enforcing["decided_on"].max()).sum()) if len(enforcing) else NAN
            ),
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
            "validation_visits_prior_1095d": float(
                len(self.within(visits.dropna(subset="performed_on"), 1095, "performed_on"))
            ),
            "days_until_next_validation": -self.days_since(due),
            "failed_validations_all": float((visits.dropna(subset="performed_on")["outcome"] == "fail").sum()),
            "validation_overdue_days": overdue if len(visits) else NAN,
        }

    def findings(self) -> dict[str, float]:
        visits = self.rows("validations")[["validation_id", "performed_on"]]
        found = self.now["findings"].merge(visits, on="validation_id")
        is_open = found[~(found["corrected_on"] <= self.as_of)]
        last, dated = self.last_visit, is_open.dropna(subset="performed_on")
        closed = found[found["corrected_on"] <= self.as_of].dropna(subset="performed_on")
        closed = self.within(closed, 1095, "corrected_on")
        took = (closed["corrected_on"] - closed["performed_on"]) / pd.Timedelta(days=1)
        recent = self.within(found.dropna(subset="performed_on"), 1095, "performed_on")
        of_last = found.iloc[:0] if last is None else found[found["validation_id"] == last["validation_id"]]
        return {
            "open_findings": float(len(is_open)),
            "open_must_findings": float(is_open["must"].sum()),
            **{f"open_{area}_findings": float(is_open["category"].isin(names).sum()) for area, names in AREAS.items()},
            "must_findings_prior_1095d": float(recent["must"].sum()),
            "mean_days_to_correct_findings_prior_1095d": took.mean() if len(took) else NAN,
            "overdue_findings": float((is_open["due_on"] < self.as_of).sum()),
            "days_since_oldest_open_finding": self.days_since(dated["performed_on"].min()),
            **{
                f"last_visit_{area}_findings": NAN if last is None else float(of_last["category"].isin(names).sum())
                for area, names in AREAS.items()
            },
        }
