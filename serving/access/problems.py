"""What the door answers instead of what was asked."""

from http import HTTPStatus

from serving.access.permissions import MEANINGS, Permission, roles_with
from serving.problems import Problem

TO_LET_A_PROGRAM_IN = "trustlane account token --name NAME --for TEXT"
TO_ADD_AN_ACCOUNT = "trustlane account add --name NAME --role manager --generate"


class SignInNeeded(Problem):
    """No token, or one that does not hold (any more)."""

    status = HTTPStatus.UNAUTHORIZED
    code = "sign_in_needed"

    def __init__(self, *, any_account: bool = True) -> None:
        commands = [TO_LET_A_PROGRAM_IN] if any_account else [TO_ADD_AN_ACCOUNT, TO_LET_A_PROGRAM_IN]
        none = "" if any_account else "There is no account yet. "
        super().__init__(
            f"{none}Expected a token that is in force in the header Authorization: Bearer TOKEN, got none. "
            f"Make one with `{'`, after `'.join(reversed(commands))}`.",
            {"commands": commands},
        )


class NotPermitted(Problem):
    """The account, or the token, may not do this; ``details`` says what it is called and which roles may."""

    status = HTTPStatus.FORBIDDEN
    code = "not_permitted"

    def __init__(self, permission: Permission) -> None:
        roles = [role.value for role in roles_with(permission)]
        super().__init__(
            f"This needs the permission {permission.value} ({MEANINGS[permission]}), which this account or token does "
            f"not have. Roles that have it: {', '.join(roles).replace('_', ' ')}. Ask a manager.",
            {"permission": permission.value, "roles": roles},
        )


class FormRefused(Problem):
    """A form did not come from a page of this session. Nothing was changed."""

    status = HTTPStatus.FORBIDDEN
    code = "form_refused"

    def __init__(self) -> None:
        super().__init__(
            "This form did not come from a page of your present session, so nothing was changed. Open the page again "
            "and send the form from there."
        )


class AccountsAway(Problem):
    """The database of accounts does not answer, so nobody can be let in."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "accounts_away"

    def __init__(self) -> None:
        super().__init__("The database of accounts does not answer. Try again in a moment; see the setting database.")
