"""The criteria of a folder while the service runs: what cannot be read does not take the last good version away."""

from pathlib import Path

from casework.criteria.checks import check_criteria
from casework.criteria.tables import Criteria, read_criteria
from casework.errors import CriteriaError


class KeptCriteria:
    """The last good version of a folder.

    Attributes
    ----------
    current : Criteria
        What holds.
    problem : str
        What stands against the folder as it now is; empty when nothing does.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.current = self._read()
        self.problem = ""

    def refresh(self) -> Criteria:
        """Read the folder again; a version that cannot be used leaves the last good one, and ``problem`` says why."""
        try:
            self.current = self._read()
            self.problem = ""
        except CriteriaError as error:
            self.problem = f"{self.current.name} still holds. {error}"
        return self.current

    def _read(self) -> Criteria:
        read = read_criteria(self._folder)
        findings = check_criteria(read)
        if findings:
            words = "; ".join(f"{each.table}: {each.words}" for each in findings)
            raise CriteriaError(f"Expected criteria without findings in {self._folder}, got: {words}. Correct them.")
        return read
