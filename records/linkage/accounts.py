"""Which accounts are one, as merges told it at a moment."""

import pandas as pd

from records.known import NEVER, version_intervals

END = pd.Timestamp(NEVER)


class Accounts:
    """The merges of accounts, in knowledge time.

    Parameters
    ----------
    merges : DataFrame
        Every version, in the stored columns.
    """

    def __init__(self, merges: pd.DataFrame) -> None:
        spans = version_intervals(merges, ("participant_id",))
        spans = spans[~spans["retracted"] & (spans["known_from"] < spans["known_until"])]
        self._spans: dict[str, list[tuple[pd.Timestamp, pd.Timestamp, str]]] = {}
        for row in spans.to_dict("records"):
            told = (row["known_from"], row["known_until"], str(row["into_participant_id"]))
            self._spans.setdefault(str(row["participant_id"]), []).append(told)

    def __bool__(self) -> bool:
        return bool(self._spans)

    def survivor(self, participant_id: str, at: pd.Timestamp = END) -> tuple[str, pd.Timestamp]:
        """The account that continues this one as known at ``at`` (its end included), and since when that was known."""
        since, account, seen = pd.Timestamp.min, participant_id, {participant_id}
        while True:
            following = [
                span for span in self._spans.get(account, ()) if span[0] <= at < span[1] or span[1] == at == END
            ]
            if not following or following[0][2] in seen:
                return account, since
            since, account = max(since, following[0][0]), following[0][2]
            seen.add(account)

    def moments(self, participants: set[str]) -> set[pd.Timestamp]:
        """When what is known of the merges of these accounts, and of those that continue them, changes."""
        found: set[pd.Timestamp] = set()
        waiting, seen = list(participants), set(participants)
        while waiting:
            for begin, end, into in self._spans.get(waiting.pop(), ()):
                found |= {begin, end}
                if into not in seen:
                    seen.add(into)
                    waiting.append(into)
        return found - {END}
