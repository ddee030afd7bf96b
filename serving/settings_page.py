"""docs/settings.md, made from :class:`serving.settings.Settings`."""

from serving.settings import CONFIG_FILE, describe_settings

INTRODUCTION = f"""# Settings

Made from `serving/settings.py` by `python -m serving.settings_page`; a test keeps it true.

A setting comes from an argument of the verb, else from the environment, else from `{CONFIG_FILE}` in the working folder
(or the file that `TRUSTLANE_CONFIG` names), else from its default. An unknown name or a value that does not fit is
refused, all of them at once.

| in `{CONFIG_FILE}` | in the environment | default | meaning |
| --- | --- | --- | --- |
"""


def render_page() -> str:
    """The whole page as Markdown."""
    rows = [
        f"| `{item.name}` | `{item.variable}` | {f'`{item.default}`' if item.default else 'empty'} | {item.meaning} |"
        for item in describe_settings()
    ]
    return INTRODUCTION + "\n".join(rows) + "\n"


if __name__ == "__main__":
    import sys
    from pathlib import Path

    Path(sys.argv[1] if len(sys.argv) > 1 else "docs/settings.md").write_text(render_page(), encoding="utf-8")
