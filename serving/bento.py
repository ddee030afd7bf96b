"""The typed door to BentoML's decorators, which carry no types of their own."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import bentoml
from fastapi import FastAPI
from pydantic import BaseModel

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C")


def endpoint(route: str, gives: type[BaseModel]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Answer ``POST route``; the one positional-only parameter is the body, ``gives`` the documented answer."""
    return cast(Callable[[Callable[P, R]], Callable[P, R]], bentoml.api(route=route, output_spec=gives))


def on_startup(method: Callable[P, R]) -> Callable[P, R]:
    """Call the method in each worker once it is made."""
    return cast(Callable[P, R], bentoml.on_startup(method))


def on_deployment(function: Callable[[], None]) -> Callable[[], None]:
    """Call the function once, before any worker starts."""
    return cast(Callable[[], None], bentoml.on_deployment(function))


def service(service_class: type[Any], app: FastAPI, **config: Any) -> Callable[[type[C]], Any]:
    """Make a class a service of ``service_class`` with an application mounted at ``/``."""

    def decorate(inner: type[C]) -> Any:
        mounted = bentoml.asgi_app(app, path="/")(inner)
        return bentoml.service(service_class=service_class, **config)(mounted)

    return decorate
