"""What the service takes and gives, field by field, with units, meanings and examples."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

MAX_PARTICIPANTS = 10_000

AS_OF_MEANING = (
    "the moment of prediction: only what was known before this date is used; from the day after the first record "
    "to today. Left out: today, or the day after the record's end where the record ends earlier (as that of a "
    "simulated program may)"
)

ParticipantId = Annotated[
    str,
    Field(strict=True, min_length=1, max_length=100, description="the program's own account number"),
]
AsOf = Annotated[date, Field(strict=True, description=AS_OF_MEANING, examples=["2024-10-01"])]
Probability = Annotated[float, Field(ge=0, le=1)]
INTERVAL = (
    "the 95 % interval of the participant's own probability, which differs from probability, a mean over participants "
    "that look alike, by what no record tells"
)


class Asked(BaseModel):
    """What is sent. Unknown fields are refused, and messages never repeat what was sent."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)


class Given(BaseModel):
    """What is answered."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class ScoreRequest(Asked):
    """Which participants to score, and as of when."""

    participant_ids: Annotated[list[ParticipantId], Field(min_length=1, max_length=MAX_PARTICIPANTS)] = Field(
        description="1 to 10,000 participants; one named twice is answered twice", examples=[["P-004217", "P-009118"]]
    )
    as_of: AsOf | None = None


class QueueRequest(Asked):
    """How many cases can be examined, and as of when."""

    as_of: AsOf | None = None
    capacity: Annotated[int, Field(strict=True, ge=1, le=MAX_PARTICIPANTS)] | None = Field(
        default=None, description="cases that can be examined; left out: the setting `capacity`", examples=[14]
    )
    audit_share: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=None,
        description="share of the capacity drawn at random so that targeting stays measurable, 0 to 1; left out: the "
        "setting `audit_share`",
        examples=[0.15],
    )


class Versions(Given):
    """What every answer was made from."""

    model_version: str = Field(description="version of the model in the registry", examples=["9"])
    model_digest: str = Field(description="SHA-256 digest of the model's bundle")
    data_version: str = Field(description="version of the record", examples=["5f0c9e"])
    as_of: date = Field(description=AS_OF_MEANING, examples=["2024-10-01"])
    horizon_days: int = Field(description="days that the score looks ahead from as_of", examples=[365])


class FeatureReason(Given):
    """One feature's part in a reason."""

    name: str = Field(description="the feature's name in the catalog", examples=["incidents_prior_365d"])
    phrase: str = Field(description="what the feature is, in words")
    unit: str = Field(description="unit of value and peer_median", examples=["incidents"])
    value: float | None = Field(description="the participant's value, in unit; null: not applicable or unknown")
    peer_median: float | None = Field(description="median of the cohort at as_of, in unit")
    contribution: float = Field(description="part of the margin, in log-odds; positive raises the score")


class Reason(Given):
    """One governed factor group's part in a score."""

    family: str = Field(description="factor group in the catalog", examples=["drug_incidents"])
    title: str = Field(description="the group's name in words", examples=["Drug incidents"])
    contribution: float = Field(description="part of the margin, in log-odds; positive raises the score")
    phrase: str = Field(description="the reason in one sentence")
    probability_without: Probability | None = Field(
        description="probability without this group, 0 to 1; approximate", examples=[0.24]
    )
    evidence: list[str] = Field(description="incident ids behind the reason", examples=[["I-24-08131"]])


class Factor(Reason):
    """One factor group with its features."""

    features: list[FeatureReason] = Field(description="the group's features")


class Score(Given):
    """One participant's score."""

    participant_id: ParticipantId
    rated: bool = Field(description="false where too little is known for a score or the participant is not at risk")
    not_rated_reason: str | None = Field(
        description="why there is no score, in words",
        examples=[
            "26 days of record carry 31 % of what a score is read from; a score needs 60 %, "
            "and most is missing of examinations and trade volume"
        ],
    )
    margin: float | None = Field(description="log-odds, the value that ranks; null when not rated")
    probability: Probability | None = Field(
        description="calibrated probability of at least one incident within horizon_days, 0 to 1", examples=[0.62]
    )
    lower: Probability | None = Field(description=f"lower end of {INTERVAL}", examples=[0.06])
    upper: Probability | None = Field(description=f"upper end of {INTERVAL}", examples=[0.97])
    expected_incidents: float | None = Field(description="expected incidents within horizon_days", examples=[2.1])
    rank: int | None = Field(description="place in the cohort at as_of, 1 the highest margin", examples=[2])
    percentile: float | None = Field(description="share of the rated cohort ranked at or below, 0 to 100")
    reasons: list[Reason] = Field(description="up to five factor groups that raise the score, the strongest first")


class ScoreAnswer(Versions):
    """Scores in the order of the request."""

    cohort_size: int = Field(description="participants at risk at as_of")
    scores: list[Score] = Field(description="the scores, in the order of the request")


class QueuePlace(Score):
    """One place of the list."""

    place: int = Field(description="place in the list, from 1", examples=[1])
    drawn: str = Field(description="`rank` or, for the share drawn at random, `audit`", examples=["rank"])


class QueueAnswer(Versions):
    """The list of cases to examine."""

    capacity: int = Field(description="cases that can be examined")
    audit_share: float = Field(description="share of the capacity drawn at random, 0 to 1")
    cohort_size: int = Field(description="participants at risk at as_of")
    queue: list[QueuePlace] = Field(description="the cases, in the order of examination")


class ModelAnswer(Given):
    """The model in service and the record it reads."""

    model_version: str = Field(description="version of the model in the registry")
    model_digest: str = Field(description="SHA-256 digest of the model's bundle")
    horizon_days: int = Field(description="days that a score looks ahead")
    catalog_hash: str = Field(description="hash of the feature catalog the model was fitted on")
    features: list[str] = Field(description="the model's features, in order")
    program: str = Field(description="what the record is about")
    simulated: bool = Field(description="true when every record is invented")
    data_version: str = Field(description="version of the record")
    first_as_of: date = Field(description="earliest date that can be asked for")
    last_as_of: date = Field(description="latest date that can be asked for: today")
    default_as_of: date = Field(description="date used when as_of is left out")
    evaluation: dict[str, Any] | None = Field(
        description="what training measured on its calibration dates, when the bundle carries it"
    )


class ErrorBody(Given):
    """What went wrong."""

    code: str = Field(description="stable name of the kind of failure", examples=["unknown_participant"])
    message: str = Field(description="what was expected and what to do, in words")
    details: dict[str, Any] = Field(description="facts for the program that asked, such as the unknown ids")


class ErrorAnswer(Given):
    """The one shape of every failure."""

    error: ErrorBody
