"""7. Reproducible: trained again from what the run recorded, the model has the same bytes."""

from training.checks.verdict import CheckResult, listed
from training.reproduction import Reproduction

NUMBER, NAME = 7, "Reproducible"


def check_reproducible(found: Reproduction | None) -> CheckResult:
    """The digest of the version's bundle and of the bundle trained anew, see :mod:`training.reproduction`."""
    if found is None:
        why = "the run did not record what it was made of."
        return CheckResult(
            NUMBER, NAME, "not judged", why, {}, "Train again with this version of Trustlane.", required=True
        )
    figures = {"recorded": found.recorded.model, "again": found.again.model, "differs": ", ".join(found.differences)}
    if found.same:
        sentence = f"trained again it has the same bytes, digest {found.again.model[:12]}."
        return CheckResult(NUMBER, NAME, "passed", sentence, figures, required=True)
    what = listed(found.differences) if found.differences else "nothing that is recorded: the fit itself varies"
    sentence = f"trained again it has other bytes; of its ingredients differs {what}."
    advice = "Train a new version with the present ingredients, and promote that."
    return CheckResult(NUMBER, NAME, "failed", sentence, figures, advice, required=True)
