"""The addresses of the documents about the model: each as a page, as JSON for programs and as Markdown to file."""

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, Response

from models.documents import Document
from serving.console.document_page import document_content, kept_of, slug_of
from serving.console.pages import render
from serving.documents import DOCUMENTS
from serving.problems import NotFound
from serving.wiring import Holder


def add_documents_about_the_model(app: FastAPI, holder: Holder) -> None:
    """``/console/model-card`` and ``/console/impact-assessment``, each with ``.json`` and ``.md``."""
    for name in DOCUMENTS:
        _add_document(app, holder, name)


def _add_document(app: FastAPI, holder: Holder, name: str) -> None:
    address, title = f"/console/{slug_of(name)}", DOCUMENTS[name]

    def page() -> str:
        workspace = holder.get()
        return render("document.html", workspace, **document_content(workspace, name))

    def as_json() -> Response:
        return JSONResponse(_document(holder, name).to_dict())

    def as_markdown() -> Response:
        text = _document(holder, name).to_markdown()
        headers = {"Content-Disposition": f'attachment; filename="{slug_of(name)}.md"'}
        return Response(text, media_type="text/markdown; charset=utf-8", headers=headers)

    app.add_api_route(
        address,
        page,
        methods=["GET"],
        tags=["Console"],
        response_class=HTMLResponse,
        summary=title,
        operation_id=f"{name}_page",
        description=f"{title} of the model in service, as its checks left it, as a page.",
    )
    app.add_api_route(
        f"{address}.json",
        as_json,
        methods=["GET"],
        tags=["Console"],
        summary=f"{title} as JSON",
        operation_id=f"{name}_json",
        description=f"{title} of the model in service with the numbers behind it; 404 where it was never checked.",
    )
    app.add_api_route(
        f"{address}.md",
        as_markdown,
        methods=["GET"],
        tags=["Console"],
        response_class=Response,
        responses={200: {"content": {"text/markdown": {}}, "description": title}},
        summary=f"{title} as Markdown",
        operation_id=f"{name}_markdown",
        description=f"{title} of the model in service to file; 404 where it was never checked.",
    )


def _document(holder: Holder, name: str) -> Document:
    kept = kept_of(holder.get(), name)
    if kept.document is None:
        raise NotFound(
            f"There is no {DOCUMENTS[name].lower()} of the model in service. "
            f"{kept.problem or 'It was never checked.'} Run trustlane check, then start the service again."
        )
    return kept.document
