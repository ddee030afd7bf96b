"""docs/access.md agrees with the code."""

from pathlib import Path

from serving.access.page import completed
from serving.access.permissions import Permission, Role
from serving.access.routes import ROUTES

PAGE = Path(__file__).parents[3] / "docs" / "access.md"


def test_the_tables_of_the_page_are_those_of_the_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == completed(text), "run: python -m serving.access.page"
    assert all(f"`{permission.value}`" in text for permission in Permission)
    assert all(role.value.replace("_", " ") in text for role in Role)
    assert all(f"`{method} {template}`" in text for method, template in ROUTES)
