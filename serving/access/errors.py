"""Everything about accounts that can be refused, as one tree.

AccessError
├── AccountRefused       an account cannot be made or changed as asked
├── PasswordRefused      a password does not fit the rules
├── TokenRefused         a token cannot be made as asked
└── SignInRefused        name or password are not right, or the account cannot sign in: never said which
    └── TooManyAttempts  the next try must wait; carries the seconds
"""


class AccessError(Exception):
    """Anything wrong with an account. Messages say: expected, got, do this."""


class AccountRefused(AccessError):
    """An account cannot be made or changed as asked."""


class PasswordRefused(AccessError):
    """A password does not fit the rules. The message never repeats it."""


class TokenRefused(AccessError):
    """A token cannot be made as asked."""


class SignInRefused(AccessError):
    """Name or password are not right, or the account cannot sign in. The message is the same for all of them."""

    def __init__(self, message: str = "Name or password are not right. Check both and try again.") -> None:
        super().__init__(message)


class TooManyAttempts(SignInRefused):
    """The next try must wait ``seconds``."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many tries. Wait {seconds} seconds and try again.")
        self.seconds = seconds
