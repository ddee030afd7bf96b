"""Train again from what a run recorded, and compare the bytes."""

from dataclasses import dataclass, field

from models.fitted import RiskModel
from records.known import Records
from records.progress import Report, silent
from training.fitting import Fitted, fit_version
from training.recipe import Recipe, recipe_of


@dataclass(frozen=True)
class Reproduction:
    """What a run recorded, and what came of it when it was trained again.

    Attributes
    ----------
    recorded, again : Recipe
        The run's ingredients and the present ones, each with the digest of its model.
    fitted : Fitted
        The model trained again and its rows.
    """

    recorded: Recipe
    again: Recipe
    fitted: Fitted = field(repr=False)

    @property
    def same(self) -> bool:
        """Whether the models are the same, byte for byte."""
        return self.recorded.model == self.again.model

    @property
    def differences(self) -> tuple[str, ...]:
        """The ingredients that are not what they were."""
        return self.recorded.differences(self.again)

    @property
    def model(self) -> RiskModel:
        """The model trained again."""
        return self.fitted.model

    def text(self) -> str:
        """What to tell a person: the digests, and what differs."""
        lines = [
            f"Recorded: model {self.recorded.model}, recipe {self.recorded.digest}",
            f"Again:    model {self.again.model}, recipe {self.again.digest}",
        ]
        if self.same:
            lines.append("The same, byte for byte.")
        elif not self.differences:
            lines.append("Not the same, though no ingredient differs: the fit itself varies on this machine.")
        else:
            lines.append("Not the same. What differs:")
        lines += [f"  - {words}" for words in self.differences]
        return "\n".join(lines)


def reproduce(recorded: Recipe, records: Records, *, report: Report = silent) -> Reproduction:
    """Train again by a recorded recipe.

    Parameters
    ----------
    recorded : Recipe
        From the run: :func:`training.reproduce.read_recipe`.
    records : Records
        The record at ``recorded.data_version``.
    report : Report
        Told before each step.
    """
    config = recorded.train_config()
    fitted = fit_version(records, config, report=report)
    return Reproduction(recorded, recipe_of(fitted.model, config), fitted)
