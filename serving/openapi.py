"""The OpenAPI document, completed: BentoML describes its own error bodies, which never leave this service."""

from typing import Any

from pydantic.json_schema import models_json_schema

from serving.contracts import ErrorAnswer
from serving.problems import Problem

REFERENCE = "#/components/schemas/ErrorAnswer"
BENTOML_ERRORS = ("InvalidArgument", "NotFound", "InternalServerError", "TaskStatusResponse")
POSTED = ("400", "401", "403", "404", "413", "415", "422", "429", "500", "503", "504")
READ = ("401", "403", "404", "422", "429", "500", "503", "504")
OPEN = ("/", "/docs.json", "/schema.json", "/console/sign-in")
PROBES = ("/livez", "/readyz", "/healthz", "/metrics")


def complete_openapi(document: dict[str, Any]) -> dict[str, Any]:
    """The document of BentoML with our title, our one error shape and every status that can be answered."""
    meanings = _meanings(Problem)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in BENTOML_ERRORS:
        schemas.pop(name, None)
    for name in [name for name in schemas if name in ("HTTPValidationError", "ValidationError")]:
        del schemas[name]
    _, ours = models_json_schema([(ErrorAnswer, "serialization")], ref_template="#/components/schemas/{model}")
    schemas.update(ours["$defs"])
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            kept = {
                status: body for status, body in operation["responses"].items() if str(status).startswith(("2", "3"))
            }
            statuses = (
                (*POSTED, "403", "409")
                if path == "/decisions"
                else POSTED
                if method == "post"
                else ("503",)
                if path in PROBES
                else READ
            )
            operation["responses"] = kept | {status: _error(meanings.get(status, "Failure")) for status in statuses}
            if path not in (*PROBES, *OPEN):
                operation["security"] = [{"token": []}]
    document["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "made by `trustlane account token`"}
    }
    document["info"] = {
        "title": "Trustlane",
        "version": "1",
        "description": "Scores with reasons for a trusted-trader program. A score orders the work; it is never the "
        "ground for an action.",
    }
    return document


def _error(meaning: str) -> dict[str, Any]:
    return {"description": meaning, "content": {"application/json": {"schema": {"$ref": REFERENCE}}}}


def _meanings(kind: type[Problem]) -> dict[str, str]:
    """What each status means, from the tree of problems: every kind with its stable code."""
    found: dict[str, list[str]] = {}
    kinds = [kind]
    while kinds:
        current = kinds.pop(0)
        kinds.extend(current.__subclasses__())
        words = (current.__doc__ or "").splitlines()[0]
        if current is not Problem:
            found.setdefault(str(int(current.status)), []).append(f"`{current.code}`: {words}")
    return {status: " ".join(lines) for status, lines in found.items()}
