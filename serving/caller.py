"""Who asks: carried with each request from the door to whatever it does, without being passed from hand to hand."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """An account that asks.

    ``account`` is its id, never a name; ``role`` the one that its permissions come from; ``field_offices`` the
    offices whose participants it may see, None for all.
    """

    account: str
    role: str
    field_offices: frozenset[str] | None = None


LOCAL = Caller("local", "manager")
"""Whoever asks of a service that knows no accounts."""

_CALLER: ContextVar[Caller] = ContextVar("caller", default=LOCAL)


def caller() -> Caller:
    """Who asks in the present request."""
    return _CALLER.get()


def set_caller(who: Caller) -> None:
    """Say who asks, for the rest of the present request; the door's to call."""
    _CALLER.set(who)
