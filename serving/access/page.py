"""The table of roles and permissions in docs/access.md, made from the code."""

from serving.access.permissions import MEANINGS, ROLES, Permission, Role
from serving.access.routes import ROUTES

BEGIN, END = "<!-- made by python -m serving.access.page -->", "<!-- end -->"


def render_tables() -> str:
    """Who may do what, and what each route needs, as Markdown."""
    roles = "".join(f" {role.value.replace('_', ' ')} |" for role in Role)
    lines = [f"| permission | allows to |{roles}", "| --- | --- |" + " --- |" * len(Role)]
    for permission in Permission:
        marks = "".join(f" {'yes' if permission in ROLES[role] else ''} |" for role in Role)
        lines.append(f"| `{permission.value}` | {MEANINGS[permission]} |{marks}")
    lines += ["", "| route | needs |", "| --- | --- |"]
    for (method, template), need in ROUTES.items():
        lines.append(f"| `{method} {template}` | {f'`{need.value}`' if need else 'nothing'} |")
    return "\n".join(lines)


def completed(text: str) -> str:
    """The page with its tables as the code has them."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{render_tables()}\n\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    import sys
    from pathlib import Path

    target = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/access.md")
    target.write_text(completed(target.read_text(encoding="utf-8")), encoding="utf-8")
