"""Passwords: hashed with Argon2id, compared at one price whether or not there is an account."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from serving.access.errors import PasswordRefused

SHORTEST, LONGEST = 12, 256
"""Characters of a password; no rule about kinds of characters, which only make passwords alike (NIST SP 800-63B)."""

HASHER = PasswordHasher()
"""Argon2id as RFC 9106 recommends where memory is limited: 64 MiB, 3 passes."""


def check_password(password: str, name: str) -> None:
    """Refuse a password that does not fit the rules.

    Raises
    ------
    PasswordRefused
        Too short, too long, or with the account's name in it.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordRefused(
            f"Expected a password of {SHORTEST} to {LONGEST} characters, got {len(password)}. Choose another."
        )
    if name and name.casefold() in password.casefold():
        raise PasswordRefused("Expected a password without the account's name in it. Choose another.")
    if len(set(password)) < 5:
        raise PasswordRefused("Expected a password of at least 5 different characters, got fewer. Choose another.")


def hash_password(password: str) -> str:
    """The hash that is stored."""
    return HASHER.hash(password)


def password_fits(password: str, stored: str | None) -> bool:
    """Whether it is the password. Without a stored hash the same work is done, and the answer is no."""
    try:
        HASHER.verify(stored or _nobodys_hash(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def needs_new_hash(stored: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return HASHER.check_needs_rehash(stored)


def generate_password() -> str:
    """A password of 120 random bits."""
    return secrets.token_urlsafe(15)


@cache
def _nobodys_hash() -> str:
    return HASHER.hash(secrets.token_urlsafe(32))
