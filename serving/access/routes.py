"""Who may use which page and endpoint: one table, one line each.

A route is a method and the template that the router has. What stands here as :data:`PUBLIC` is answered to
anybody: the probes, because whatever restarts the service has no account; the description of the interface and the
look of the pages, because they hold no record; signing in. A route that is not here is answered to nobody.
"""

from dataclasses import dataclass
from re import Pattern
from typing import Final

from starlette.routing import compile_path

from serving.access.permissions import Permission

PUBLIC: Final = None
"""Instead of a permission: anybody, signed in or not."""

SCORES, MODEL = Permission.SCORES_READ, Permission.MODEL_READ

ROUTES: dict[tuple[str, str], Permission | None] = {
    # Whether the service lives, and how it is spoken to
    ("GET", "/livez"): PUBLIC,
    ("GET", "/healthz"): PUBLIC,
    ("GET", "/readyz"): PUBLIC,
    ("GET", "/"): PUBLIC,
    ("GET", "/docs.json"): PUBLIC,
    ("GET", "/schema.json"): PUBLIC,
    ("GET", "/metrics"): Permission.METRICS_READ,
    # For programs
    ("POST", "/score"): SCORES,
    ("POST", "/explain"): SCORES,
    ("POST", "/queue"): SCORES,
    ("POST", "/decisions"): Permission.DECISIONS_WRITE,
    ("POST", "/what_if"): Permission.WHAT_IF_ASK,
    ("POST", "/incidents"): Permission.INCIDENTS_WRITE,
    ("GET", "/participants"): SCORES,
    ("GET", "/exports/scores.csv"): Permission.EXPORTS_READ,
    ("GET", "/exports/scores.parquet"): Permission.EXPORTS_READ,
    ("GET", "/exports/queue.csv"): Permission.EXPORTS_READ,
    ("GET", "/exports/queue.parquet"): Permission.EXPORTS_READ,
    ("GET", "/model"): MODEL,
    # For people
    ("GET", "/console"): SCORES,
    ("GET", "/console/queue"): SCORES,
    ("GET", "/console/queue.csv"): Permission.EXPORTS_READ,
    ("GET", "/console/participants"): SCORES,
    ("GET", "/console/participants/{participant_id}"): SCORES,
    ("POST", "/console/queue/take"): Permission.DECISIONS_WRITE,
    ("POST", "/console/participants/{participant_id}/moves"): Permission.DECISIONS_WRITE,
    ("GET", "/console/model"): MODEL,
    ("GET", "/console/model-card"): MODEL,
    ("GET", "/console/model-card.json"): MODEL,
    ("GET", "/console/model-card.md"): MODEL,
    ("GET", "/console/impact-assessment"): MODEL,
    ("GET", "/console/impact-assessment.json"): MODEL,
    ("GET", "/console/impact-assessment.md"): MODEL,
    # Accounts
    ("GET", "/console/sign-in"): PUBLIC,
    ("POST", "/console/sign-in"): PUBLIC,
    ("POST", "/console/sign-out"): Permission.OWN_ACCOUNT,
    ("GET", "/console/account"): Permission.OWN_ACCOUNT,
    ("POST", "/console/account/password"): Permission.OWN_ACCOUNT,
    ("POST", "/console/account/tokens"): Permission.OWN_ACCOUNT,
    ("POST", "/console/account/tokens/{token_id}/revoke"): Permission.OWN_ACCOUNT,
    ("GET", "/console/accounts"): Permission.ACCOUNTS_MANAGE,
    ("POST", "/console/accounts"): Permission.ACCOUNTS_MANAGE,
    ("POST", "/console/accounts/{account_id}/change"): Permission.ACCOUNTS_MANAGE,
    ("POST", "/console/accounts/{account_id}/password"): Permission.ACCOUNTS_MANAGE,
    ("POST", "/console/accounts/{account_id}/disable"): Permission.ACCOUNTS_MANAGE,
    ("GET", "/console/views"): Permission.VIEWS_READ,
    ("GET", "/console/static/{path:path}"): PUBLIC,
}


@dataclass(frozen=True)
class Found:
    """What the table says of a request: a line, or the methods that the path has instead, or nothing."""

    template: str = ""
    permission: Permission | None = None
    listed: bool = False
    other_methods: tuple[str, ...] = ()


class RouteTable:
    """The table, ready to be asked.

    Parameters
    ----------
    routes : dict
        Method and template to the permission needed, None for anybody. Of two templates that fit, the first holds.
    """

    def __init__(self, routes: dict[tuple[str, str], Permission | None]) -> None:
        self._plain = {key: need for key, need in routes.items() if "{" not in key[1]}
        self._patterns: list[tuple[str, str, Pattern[str]]] = [
            (method, template, compile_path(template)[0]) for method, template in routes if "{" in template
        ]
        self._routes = dict(routes)

    def find(self, method: str, path: str) -> Found:
        """The line for a request. A HEAD is as good as a GET; a slash at the end changes nothing."""
        asked = "GET" if method == "HEAD" else method
        trimmed = path.rstrip("/") or "/"
        if (asked, trimmed) in self._plain:
            return Found(trimmed, self._plain[asked, trimmed], listed=True)
        fitting = {(way, template) for way, template, pattern in self._patterns if pattern.match(trimmed)}
        for key in (key for key in self._routes if key in fitting and key[0] == asked):
            return Found(key[1], self._routes[key], listed=True)
        others = {way for way, _ in fitting} | {way for way, template in self._plain if template == trimmed}
        return Found(other_methods=tuple(sorted(others)))


TABLE = RouteTable(ROUTES)
