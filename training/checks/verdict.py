"""What a release check says, and the report of all of them."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Verdict = Literal["passed", "failed", "warned", "not judged"]
Figure = float | int | str | bool | None


@dataclass(frozen=True)
class CheckResult:
    """The answer of one numbered check.

    Attributes
    ----------
    number, name : which check.
    verdict : str
        ``passed``; ``failed``; ``warned`` (a person should know, and nothing is refused); ``not judged`` (what it
        takes to tell is missing, as the sentence says).
    sentence : str
        What was found, for a manager.
    figures : mapping
        The numbers behind the sentence.
    advice : str
        What to do where it did not pass.
    required : bool
        Whether a release may go without an answer: a required check that is not judged stands in the way.
    """

    number: int
    name: str
    verdict: Verdict
    sentence: str
    figures: Mapping[str, Figure] = field(default_factory=dict)
    advice: str = ""
    required: bool = False

    @property
    def blocks(self) -> bool:
        """Whether promotion refuses because of it."""
        return self.verdict == "failed" or (self.verdict == "not judged" and self.required)

    def line(self) -> str:
        """Number, verdict, name and what was found, on one line."""
        return f"{self.number:>2}  {self.verdict:<10}  {self.name}: {self.sentence}"


@dataclass(frozen=True)
class ReleaseReport:
    """All checks of one version.

    Attributes
    ----------
    model_digest, data_version : str
        What was judged: the digest of the version's bundle, and its record.
    results : tuple of CheckResult
        In the order of their numbers.
    """

    model_digest: str
    data_version: str
    results: tuple[CheckResult, ...]

    @property
    def blocking(self) -> tuple[CheckResult, ...]:
        """The checks that stand in the way of a release."""
        return tuple(result for result in self.results if result.blocks)

    def text(self) -> str:
        """A line for each check."""
        return "\n".join(result.line() for result in self.results)

    def refusal(self) -> str:
        """The numbered list of what stands in the way, and what to do about each."""
        return "\n".join(f"{result.line()}\n    {result.advice}" for result in self.blocking)

    def to_json(self) -> str:
        """The report as text; a figure that is not a number is null."""
        told = {
            "model_digest": self.model_digest,
            "data_version": self.data_version,
            "blocking": [result.number for result in self.blocking],
            "checks": [_plain(asdict(result)) for result in self.results],
        }
        return json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "ReleaseReport":
        """The report that :meth:`to_json` wrote."""
        told = json.loads(text)
        return cls(told["model_digest"], told["data_version"], tuple(CheckResult(**each) for each in told["checks"]))


def listed(words: Sequence[str], most: int = 3) -> str:
    """The first words of a list, and how many follow."""
    return ", ".join(words[:most]) + (f" and {len(words) - most} more" if len(words) > most else "")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.item() if hasattr(value, "item") else value
