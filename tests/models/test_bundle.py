"""A stored model is the model, or it is refused by name."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from model_slices import COUNTS, QUICK, blended_model, make_matrix, quick_model, slices

from models import bundle, catalog_check
from models.bundle import check_golden_rows, golden_rows, pin_bundle, read_bundle, write_bundle
from models.errors import BundleCorrupt, CatalogMismatch
from models.risk_model import fit_risk_model

MODELS = pytest.mark.parametrize("make", [quick_model, blended_model], ids=["trees", "blend"])


@MODELS
def test_what_is_read_back_is_what_was_written(make, tmp_path: Path):
    digest = write_bundle(make(), tmp_path / "model")
    again = read_bundle(tmp_path / "model")
    matrix = make_matrix(50, 9)
    assert again == make()
    assert again.digest == digest == make().digest
    assert golden_rows(again) == golden_rows(make())
    assert (again.margin(matrix) == make().margin(matrix)).all()
    assert (again.contributions(matrix)[1] == make().contributions(matrix)[1]).all()
    assert (again.interval(matrix)[0] == make().interval(matrix)[0]).all()


def test_a_model_of_one_column_is_stored_as_well(tmp_path: Path):
    parts = [replace(part, matrix=part.matrix[[COUNTS[0]]]) for part in slices()]
    model = fit_risk_model(parts[0], parts[1], QUICK, seed=1)
    write_bundle(model, tmp_path / "model")
    assert read_bundle(tmp_path / "model") == model


@MODELS
def test_the_same_model_gives_the_same_files(make, tmp_path: Path):
    write_bundle(make(), tmp_path / "one")
    write_bundle(make(), tmp_path / "two")
    sums = [(tmp_path / name / "SHA256SUMS").read_text() for name in ("one", "two")]
    assert sums[0] == sums[1]


def test_a_bundle_holds_text_and_nothing_that_runs(tmp_path: Path):
    write_bundle(quick_model(), tmp_path / "model")
    for path in (tmp_path / "model").iterdir():
        assert path.suffix in (".json", ".txt") or path.name == "SHA256SUMS"
        path.read_text(encoding="utf-8")


def names_of(folder: Path) -> list[str]:
    write_bundle(quick_model(), folder)
    return sorted(path.name for path in folder.iterdir())


def test_a_change_to_any_file_is_refused_by_its_name(tmp_path: Path):
    for name in names_of(tmp_path / "whole"):
        folder = tmp_path / name
        write_bundle(quick_model(), folder)
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(bytes(content))
        with pytest.raises(BundleCorrupt) as refused:
            read_bundle(folder)
        assert refused.value.file == name or name == "SHA256SUMS"


def test_a_missing_file_is_refused_by_its_name(tmp_path: Path):
    for name in names_of(tmp_path / "whole"):
        folder = tmp_path / name
        write_bundle(quick_model(), folder)
        (folder / name).unlink()
        with pytest.raises(BundleCorrupt, match="is missing") as refused:
            read_bundle(folder)
        assert refused.value.file == name


def test_a_file_that_nobody_listed_is_refused(tmp_path: Path):
    write_bundle(quick_model(), tmp_path / "model")
    (tmp_path / "model" / "extra.pkl").write_bytes(b"surprise")
    with pytest.raises(BundleCorrupt, match=r"extra\.pkl"):
        read_bundle(tmp_path / "model")


def forge(folder: Path, name: str, change) -> None:
    """Change a file and make the digests fit again, as a careful forger would."""
    (folder / name).write_text(change((folder / name).read_text(encoding="utf-8")), encoding="utf-8")
    lines = []
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, listed = line.split("  ")
        if listed == name:
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        lines.append(f"{digest}  {listed}\n")
    (folder / "SHA256SUMS").write_text("".join(lines))


def test_a_forged_booster_is_refused_though_its_digests_fit(tmp_path: Path):
    write_bundle(quick_model(), tmp_path / "model")
    forge(tmp_path / "model", "booster-00.txt", lambda text: text.replace("leaf_value=", "leaf_value=0.5 ", 1))
    with pytest.raises(BundleCorrupt):
        read_bundle(tmp_path / "model")


def test_golden_rows_that_do_not_come_out_again_are_refused(tmp_path: Path):
    write_bundle(quick_model(), tmp_path / "model")

    def nudge(text: str) -> str:
        stored = json.loads(text)
        stored["margin"][0] = float(np.nextafter(stored["margin"][0], np.inf))
        return json.dumps(stored)

    forge(tmp_path / "model", "golden.json", nudge)
    with pytest.raises(BundleCorrupt, match="another margin"):
        read_bundle(tmp_path / "model")


def test_a_model_that_does_not_add_up_is_refused():
    broken = replace(quick_model(), calibration=replace(quick_model().calibration, intercept=float("nan")))
    with pytest.raises(BundleCorrupt, match="do not hold their probabilities"):
        check_golden_rows(broken)


def test_a_feature_that_the_code_defines_otherwise_is_refused_with_the_difference(tmp_path: Path, monkeypatch):
    write_bundle(quick_model(), tmp_path / "model")
    changed = [
        replace(feature, monotone=0, meaning="something else") if feature.name == COUNTS[0] else feature
        for feature in catalog_check.CATALOG
        if feature.name != COUNTS[1]
    ]
    monkeypatch.setattr(catalog_check, "CATALOG", tuple(changed))
    with pytest.raises(CatalogMismatch) as refused:
        read_bundle(tmp_path / "model")
    lines = refused.value.difference
    assert any(COUNTS[0] in line and "monotone was 1, is 0" in line for line in lines)
    assert any(COUNTS[1] in line and "not in the code" in line for line in lines)
    assert all(line in str(refused.value) for line in lines)


def test_a_longer_catalog_breaks_no_model(tmp_path: Path, monkeypatch):
    write_bundle(quick_model(), tmp_path / "model")
    longer = (*catalog_check.CATALOG, replace(catalog_check.CATALOG[0], name="brand_new"))
    monkeypatch.setattr(catalog_check, "CATALOG", longer)
    assert read_bundle(tmp_path / "model") == quick_model()


def test_a_stopped_write_leaves_the_older_bundle_and_no_rubbish(tmp_path: Path, monkeypatch):
    write_bundle(quick_model(), tmp_path / "model")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bundle, "_swap", stop)
    with pytest.raises(KeyboardInterrupt):
        write_bundle(blended_model(), tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert read_bundle(tmp_path / "model") == quick_model()


def test_a_newer_bundle_replaces_the_older_one_whole(tmp_path: Path):
    write_bundle(blended_model(), tmp_path / "model")
    write_bundle(quick_model(), tmp_path / "model")
    assert read_bundle(tmp_path / "model") == quick_model()
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_pinned_bundle_knows_its_version_and_only_its_own(tmp_path: Path):
    digest = write_bundle(quick_model(), tmp_path / "model")
    assert read_bundle(tmp_path / "model").model_version == digest[:12]
    pin_bundle(tmp_path / "model", "trustlane-risk/3", digest)
    pinned = read_bundle(tmp_path / "model")
    assert pinned.model_version == "trustlane-risk/3"
    assert pinned.digest == digest
    pin_bundle(tmp_path / "model", "trustlane-risk/4", "0" * 64)
    with pytest.raises(BundleCorrupt, match=r"pinned\.json"):
        read_bundle(tmp_path / "model")
