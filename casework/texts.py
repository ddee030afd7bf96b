"""What persons type stands outside the ledger, which holds a salted digest of it.

A text can be erased on a lawful demand, with its salt: the chain still holds, and nobody can guess the text back.
"""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Connection, MetaData, String, Table, Text, insert, select, update

TEXTS = Table(
    "texts", MetaData(), Column("digest", String, primary_key=True), Column("salt", String), Column("text", Text)
)
ERASED = "(erased)"


class Private(str):
    """A text that may hold personal data: only its digest enters the ledger."""

    __slots__ = ()


def seal(connection: Connection, value: Any) -> Any:
    """``value`` with every private text kept apart and replaced by ``{"digest": ...}``."""
    if isinstance(value, Private):
        salt = secrets.token_hex(32)
        digest = text_digest(salt, value)
        connection.execute(insert(TEXTS).values(digest=digest, salt=salt, text=str(value)))
        return {"digest": digest}
    if isinstance(value, Mapping):
        return {name: seal(connection, part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [seal(connection, part) for part in value]
    return value


def unseal(connection: Connection, value: Any) -> Any:
    """``value`` with every digest replaced by its text, or by ``(erased)``."""
    if isinstance(value, Mapping):
        if set(value) == {"digest"}:
            found = connection.execute(select(TEXTS.c.text).where(TEXTS.c.digest == value["digest"])).scalar()
            return Private(ERASED if found is None else found)
        return {name: unseal(connection, part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [unseal(connection, part) for part in value]
    return value


def erase(connection: Connection, digest: str) -> None:
    """Forget a text and its salt; the digest stays."""
    connection.execute(update(TEXTS).where(TEXTS.c.digest == digest).values(text=None, salt=None))


def text_digest(salt: str, text: str) -> str:
    """SHA-256 of salt and text, as 64 hexadecimal digits."""
    return hashlib.sha256(f"{salt}\0{text}".encode()).hexdigest()
