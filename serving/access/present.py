"""Who is signed in during the present request, for pages: name, what may be done, the token that forms carry."""

from contextvars import ContextVar
from dataclasses import dataclass, field

from markupsafe import Markup

from serving.access.permissions import ROLES, Permission, Role
from serving.caller import LOCAL, Caller, set_caller

FORM_FIELD = "form_token"
"""The field of every form that changes something."""


@dataclass(frozen=True)
class Present:
    """Who asks. ``session`` and ``form_token`` are empty where the request came with a token, or nobody signs in."""

    caller: Caller
    name: str
    permissions: frozenset[Permission]
    session: str = field(default="", repr=False)
    form_token: str = field(default="", repr=False)


NOBODY_SIGNS_IN = Present(LOCAL, "", ROLES[Role.MANAGER])
"""Whoever asks where the setting ``identity`` is ``none``."""

_PRESENT: ContextVar[Present | None] = ContextVar("present", default=None)


def present() -> Present | None:
    """Who is signed in; None where nobody is."""
    return _PRESENT.get()


def set_present(who: Present) -> None:
    """Say who asks, for the rest of the present request; the door's to call."""
    _PRESENT.set(who)
    set_caller(who.caller)


def may(permission: str) -> bool:
    """Whether whoever asks may do it: for links and buttons; the door decides."""
    who = present()
    return who is not None and permission in who.permissions


def form_token() -> Markup:
    """The hidden field that every form with ``method="post"`` carries."""
    who = present()
    return Markup('<input type="hidden" name="{}" value="{}">').format(FORM_FIELD, who.form_token if who else "")
