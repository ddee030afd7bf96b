"""What `/explain` takes and gives."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from serving.contracts import INTERVAL, Asked, AsOf, Factor, Given, ParticipantId, Probability, Versions

MAX_PEERS = 10


class ExplainRequest(Asked):
    """Which participant to explain, as of when, and what beside the score is wanted."""

    participant_id: ParticipantId = Field(examples=["P-004217"])
    as_of: AsOf | None = None
    since: Annotated[date, Field(strict=True)] | None = Field(
        default=None,
        description="an earlier date to compare with: what changed between then and as_of; left out: no comparison",
        examples=["2024-07-01"],
    )
    peers: Annotated[int, Field(strict=True, ge=0, le=MAX_PEERS)] = Field(
        default=0, description="how many of the participants most like this one to name, 0 to 10", examples=[5]
    )
    actionable: Annotated[bool, Field(strict=True)] = Field(
        default=False,
        description="whether to search for recorded facts that, if corrected, would move the participant out of the "
        "queue; takes seconds",
        examples=[True],
    )
    audience: Literal["program", "participant"] = Field(
        default="program",
        description="who reads the answer: `program` sees everything; `participant` sees the same numbers without "
        "others' incidents, peers, targeting and who discovered what",
        examples=["program"],
    )


class FeatureChangeGiven(Given):
    """One feature before and after."""

    name: str = Field(description="the feature's name in the catalog", examples=["incidents_prior_365d"])
    phrase: str = Field(description="what the feature says now, in words", examples=["3 incidents in the last year"])
    unit: str = Field(description="unit of the values", examples=["count"])
    value_before: float | None = Field(description="value before, in unit; null: unknown", examples=[1])
    value_after: float | None = Field(description="value after, in unit; null: unknown", examples=[3])
    contribution_before: float = Field(description="part of the margin before, in log-odds", examples=[0.1])
    contribution_after: float = Field(description="part of the margin after, in log-odds", examples=[0.6])


class FactorChangeGiven(Given):
    """One factor group before and after."""

    family: str = Field(description="factor group in the catalog", examples=["incident_history"])
    title: str = Field(description="the group's name in words", examples=["Own incidents"])
    contribution_before: float = Field(description="part of the margin before, in log-odds", examples=[0.1])
    contribution_after: float = Field(description="part of the margin after, in log-odds", examples=[0.6])
    features: list[FeatureChangeGiven] = Field(description="features whose value or part changed, the most first")


class ScoreSide(Given):
    """One of two scores that are compared."""

    rated: bool = Field(description="false where too little is known for a score", examples=[True])
    not_rated_reason: str | None = Field(description="why there is no score, in words", examples=[None])
    margin: float | None = Field(description="log-odds, the value that ranks; null when not rated", examples=[0.4])
    probability: Probability | None = Field(
        description="calibrated probability within horizon_days, 0 to 1", examples=[0.62]
    )
    lower: Probability | None = Field(description=f"lower end of {INTERVAL}", examples=[0.06])
    upper: Probability | None = Field(description=f"upper end of {INTERVAL}", examples=[0.97])
    expected_incidents: float | None = Field(description="expected incidents within horizon_days", examples=[2.1])
    rank: int | None = Field(description="place in the cohort; null where none was worked out", examples=[2])


class IncidentNews(Given):
    """One own incident that became known, or whose record changed, in the time compared."""

    incident_id: str = Field(description="the incident's number on record", examples=["I-24-08131"])
    news: Literal["new", "amended", "retracted"] = Field(
        description="whether it became known, was amended or was withdrawn", examples=["new"]
    )
    known_at: datetime = Field(description="when that became known, UTC", examples=["2024-08-14T00:00:00"])
    occurred_on: date | None = Field(description="when the incident happened", examples=["2024-08-12"])


class StoredScore(Given):
    """A score that was given then, by the model of then."""

    as_of: date = Field(description="its date", examples=["2024-07-01"])
    model_version: str = Field(description="the model of then", examples=["8"])
    data_version: str = Field(description="the version of the record of then", examples=["4b1f20"])
    margin: float = Field(description="log-odds by the model of then", examples=[0.2])
    probability: Probability = Field(description="probability by the model of then, 0 to 1", examples=[0.5])


class ChangedSince(Given):
    """What changed between an earlier date and as_of."""

    since: date = Field(description="the earlier date", examples=["2024-07-01"])
    then: ScoreSide = Field(
        description="the score by the present model on the record as it was known then: it differs from the present "
        "one by the record alone. It has no rank"
    )
    changes: list[FactorChangeGiven] = Field(description="factor groups that differ, the one that moved most first")
    incidents: list[IncidentNews] = Field(description="own incidents with news between the dates, the latest first")
    given_then: StoredScore | None = Field(
        description="the last score that was stored at or before that date; null: none is stored"
    )
    model_change: float | None = Field(
        description="what the change of model alone does to the margin at the date of the stored score, in log-odds; "
        "null without a stored score",
        examples=[0.05],
    )


class NearPeer(Given):
    """A participant much like this one."""

    participant_id: str = Field(description="the peer's account number", examples=["P-009118"])
    similarity: float = Field(description="1 alike in everything compared, 0 in nothing", examples=[0.93])
    probability: Probability | None = Field(description="its probability, 0 to 1; null: not rated", examples=[0.1])
    rank: int | None = Field(description="its place in the cohort", examples=[212])


class NearPeers(Given):
    """The participants most like this one, and what that means."""

    how: str = Field(description="how similarity is measured, in words", examples=["share of facts that agree"])
    compared: list[str] = Field(description="the facts compared", examples=[["business_type_code"]])
    peers: list[NearPeer] = Field(description="the most alike first; ties by number")


class CorrectionGiven(Given):
    """One recorded fact, and what it would be if it were wrong."""

    kind: str = Field(description="stable name of the kind of correction", examples=["not_involved"])
    table: str = Field(description="table of the record that holds the fact", examples=["involvements"])
    key: str = Field(description="key of the row", examples=["I-24-08131/1"])
    question: str = Field(
        description="what a person would have to check, in words",
        examples=["Was the participant really involved in incident I-24-08131?"],
    )


class CorrectionSet(Given):
    """Corrections that together would take the participant out of the queue."""

    corrections: list[CorrectionGiven] = Field(description="the facts to check, each needed")
    after: ScoreSide = Field(description="the score on the record so corrected")


class Actionable(Given):
    """Recorded facts that, if they were wrong and corrected, would move the participant out of the queue."""

    in_queue: bool = Field(description="whether the participant ranks within the capacity now", examples=[True])
    capacity_rank: int = Field(description="last rank within the capacity, places by rank alone", examples=[21])
    found: list[CorrectionSet] = Field(description="the smallest sets found, all of one size; empty: none")
    considered: int = Field(description="recorded facts that could be corrected, a count", examples=[7])
    tried: int = Field(description="sets of corrections that were scored, a count", examples=[12])
    says: str = Field(description="the result in words", examples=["No set of up to 3 corrections would do it."])


class ExplainAnswer(Versions):
    """One score with everything that it is made of."""

    participant_id: ParticipantId = Field(examples=["P-004217"])
    rated: bool = Field(description="false where too little is known for a score or the participant is not at risk")
    not_rated_reason: str | None = Field(description="why there is no score, in words")
    base: float | None = Field(description="margin of the average participant, in log-odds")
    margin: float | None = Field(description="log-odds; base plus all contributions")
    probability: Probability | None = Field(description="calibrated probability within horizon_days, 0 to 1")
    lower: Probability | None = Field(description=f"lower end of {INTERVAL}")
    upper: Probability | None = Field(description=f"upper end of {INTERVAL}")
    expected_incidents: float | None = Field(description="expected incidents within horizon_days")
    rank: int | None = Field(description="place in the cohort at as_of")
    percentile: float | None = Field(description="share of the rated cohort ranked at or below, 0 to 100")
    cohort_size: int | None = Field(description="participants at risk at as_of")
    factors: list[Factor] = Field(description="every factor group, the strongest first")
    raising: list[Factor] = Field(description="at most five groups that raise the score, over a floor")
    mitigating: list[Factor] = Field(description="at most five groups that lower the score, over a floor")
    residual: float | None = Field(description="margin minus base minus all contributions, in log-odds; about 0")
    changed_since: ChangedSince | None = Field(default=None, description="what changed; null: not asked for")
    nearest_peers: NearPeers | None = Field(default=None, description="who is much alike; null: not asked for")
    actionable: Actionable | None = Field(default=None, description="facts to check; null: not asked for")
