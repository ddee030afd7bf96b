"""Folders of documents in the state folder do not pile up."""

import os
from pathlib import Path

from models.documents import Table
from serving.console.document_page import _is_numeric
from serving.documents import remove_old_documents


def folders(state: Path) -> set[str]:
    return {path.name for path in state.iterdir()}


def test_the_documents_in_use_and_those_before_stay_and_nothing_else_is_touched(tmp_path: Path) -> None:
    for age, name in enumerate(("documents-v4-d", "documents-v3-c", "documents-v2-b", "documents-v1-a")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model_card.json").write_text("{}")
        os.utime(tmp_path / name, (1_700_000_000 - age, 1_700_000_000 - age))
    others = {"manifest.json", "bundle-1", ".documents-v9"}
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "bundle-1").mkdir()
    (tmp_path / ".documents-v9").mkdir()
    remove_old_documents(tmp_path, in_use="documents-v2-b")
    assert folders(tmp_path) == {"documents-v2-b", "documents-v4-d"} | others
    assert (tmp_path / "documents-v2-b" / "model_card.json").exists()
    remove_old_documents(tmp_path, in_use="documents-v2-b")
    remove_old_documents(tmp_path, in_use="documents-v4-d")
    assert folders(tmp_path) == {"documents-v2-b", "documents-v4-d"} | others


def test_a_column_of_margins_is_a_column_of_numbers() -> None:
    table = Table("t", ("Group", "Difference", "Words"), (("a", "± 1.5", "± much"), ("b", "± 0.2", "0.1")), "")
    assert [_is_numeric(table, place) for place in range(3)] == [False, True, False]
