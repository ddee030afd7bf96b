"""The verb features where it tells of the catalog instead of writing a matrix."""

from typing import Any

import click


def check_features_call(*, as_of: Any, out: Any, listed: bool, named: str | None, as_json: bool) -> bool:
    """Whether the catalog is asked for, and not a matrix; a usage error when neither is, or both, or half of one."""
    if listed and named:
        raise click.UsageError("Expected --list or --describe NAME, not both. Leave one out.")
    if listed or named:
        if as_of or out:
            raise click.UsageError("Expected the catalog or a matrix; got --as-of or --out beside. Leave them out.")
        return True
    if as_json:
        raise click.UsageError("Expected --json with --list or --describe NAME. Add one of them.")
    missing = [name for name, value in (("--as-of", as_of), ("--out", out)) if not value]
    if missing:
        raise click.UsageError(
            f"Missing option {' and '.join(missing)}. Expected --as-of and --out for a matrix, or --list or --describe."
        )
    return False


def print_catalog(*, listed: bool, named: str | None, as_json: bool) -> None:
    """Every feature, one a line, or one feature in full. Lines are never broken: they can be searched."""
    from features.description import described, description_json, description_text, list_json, list_text

    if named and not listed:
        feature = described(named)
        click.echo(description_json(feature) if as_json else description_text(feature))
    else:
        click.echo(list_json() if as_json else list_text())
