"""What can be permitted, and which role may do what. Roles only map to permissions; nothing asks for a role."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing that an account may be allowed to do. What ends in ``:read`` changes nothing."""

    SCORES_READ = "scores:read"
    MODEL_READ = "model:read"
    EXPORTS_READ = "exports:read"
    MANAGEMENT_READ = "management:read"
    VIEWS_READ = "views:read"
    METRICS_READ = "metrics:read"
    WHAT_IF_ASK = "what_if:ask"
    INCIDENTS_WRITE = "incidents:write"
    DECISIONS_WRITE = "decisions:write"
    DECISIONS_REVIEW = "decisions:review"
    ACCOUNTS_MANAGE = "accounts:manage"
    OWN_ACCOUNT = "own_account:use"


MEANINGS = {
    Permission.SCORES_READ: "see participants, scores, reasons and the queue",
    Permission.MODEL_READ: "see the model, its card and its measures",
    Permission.EXPORTS_READ: "take lists and scores away as files",
    Permission.MANAGEMENT_READ: "see the figures of the program and of its decisions",
    Permission.VIEWS_READ: "see who looked at which score",
    Permission.METRICS_READ: "read the service's counters",
    Permission.WHAT_IF_ASK: "ask for the score of a hypothetical record; nothing is stored",
    Permission.INCIDENTS_WRITE: "record and amend incidents",
    Permission.DECISIONS_WRITE: "work on cases and propose decisions",
    Permission.DECISIONS_REVIEW: "confirm or send back what another person proposed",
    Permission.ACCOUNTS_MANAGE: "add, change and disable accounts",
    Permission.OWN_ACCOUNT: "sign in to the console, change the own password and make own tokens",
}


class Role(StrEnum):
    """What an account is for."""

    ANALYST = "analyst"
    SENIOR = "senior"
    MANAGER = "manager"
    DATA_SCIENTIST = "data_scientist"
    AUDITOR = "auditor"
    SERVICE = "service"


_ANALYST = frozenset(
    {
        Permission.SCORES_READ,
        Permission.MODEL_READ,
        Permission.EXPORTS_READ,
        Permission.WHAT_IF_ASK,
        Permission.DECISIONS_WRITE,
        Permission.OWN_ACCOUNT,
    }
)
_SENIOR = _ANALYST | {Permission.DECISIONS_REVIEW, Permission.INCIDENTS_WRITE}

ROLES: dict[Role, frozenset[Permission]] = {
    Role.ANALYST: _ANALYST,
    Role.SENIOR: _SENIOR,
    Role.MANAGER: _SENIOR
    | {
        Permission.MANAGEMENT_READ,
        Permission.VIEWS_READ,
        Permission.METRICS_READ,
        Permission.ACCOUNTS_MANAGE,
    },
    Role.DATA_SCIENTIST: frozenset(
        {
            Permission.SCORES_READ,
            Permission.MODEL_READ,
            Permission.EXPORTS_READ,
            Permission.METRICS_READ,
            Permission.WHAT_IF_ASK,
            Permission.OWN_ACCOUNT,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            Permission.SCORES_READ,
            Permission.MODEL_READ,
            Permission.MANAGEMENT_READ,
            Permission.VIEWS_READ,
            Permission.OWN_ACCOUNT,
        }
    ),
    Role.SERVICE: frozenset(
        {
            Permission.SCORES_READ,
            Permission.MODEL_READ,
            Permission.EXPORTS_READ,
            Permission.METRICS_READ,
            Permission.WHAT_IF_ASK,
            Permission.INCIDENTS_WRITE,
        }
    ),
}


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """The roles that may do it, in the order of :class:`Role`."""
    return tuple(role for role in Role if permission in ROLES[role])
