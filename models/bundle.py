"""A model as a folder: text boosters, one JSON file, golden rows and digests. Nothing is ever unpickled.

```
bundle.json       features, catalog entries, calibration, counts, peers, specification, versions
golden.json       rows with the scores they must give again
booster-00.txt    LightGBM's text, one file a booster; replica-00.txt and on are those of the interval
SHA256SUMS        digest of every file above, as sha256sum writes it
pinned.json       outside the digests: the registered version, written when the registry hands the folder out
```
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np

from models.calibration import CountCurve
from models.calibration_choice import read_calibrator
from models.candidates.kinds import candidate_from_table
from models.carried import Carried
from models.catalog_check import require_same_catalog
from models.errors import BundleCorrupt, SpecRefused
from models.fitted import RiskModel, content_digest
from models.linear import LinearPart
from models.own_rates import OwnRates
from models.parts.boosted import EXPONENTIAL_TOLERANCE, BoostedPart
from models.parts.part import MarginPart
from models.parts.stored import read_part
from models.peers import PeerMedians
from models.spec import ModelSpec, Specification
from models.trees import Matrix, Trees

CLASSIFIER_FORMAT, PART_FORMAT = 3, 4
"""The classifier has its trees at the top; every other kind names its part. Code that knows only one of them refuses
the other by name. Formats 1 and 2 had neither own rates nor what a score needs, and are refused: train again.
"""

BUNDLE, GOLDEN, SUMS, PINNED = "bundle.json", "golden.json", "SHA256SUMS", "pinned.json"


def write_bundle(model: RiskModel, folder: Path) -> str:
    """Write ``model`` to ``folder`` and give its digest. The folder appears whole or not at all.

    An older bundle of the same name is replaced only once the new one is complete.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, text in _files(model).items():
            (staging / name).write_text(text, encoding="utf-8")
        sums = "".join(f"{_sha256(staging / name)}  {name}\n" for name in sorted(_files_in(staging)))
        (staging / SUMS).write_text(sums, encoding="utf-8")
        staging.chmod(0o755)
        _swap(staging, folder)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return model.digest


def read_bundle(folder: Path) -> RiskModel:
    """Read the model in ``folder`` after checking digests, catalog and golden rows.

    Raises
    ------
    BundleCorrupt
        A file is missing, was changed or cannot be parsed, or a golden row does not come out again. Names the file.
    CatalogMismatch
        A feature it reads is defined otherwise in this code; carries the difference.
    """
    folder = Path(folder)
    _check_digests(folder)
    content = _read_json(folder, BUNDLE)
    if content.get("format") != _format(content):
        raise BundleCorrupt(BUNDLE, f"expected format {_format(content)}, got {content.get('format')!r}")
    texts = _checked_texts(folder, content)
    require_same_catalog(content["catalog"])
    try:
        model = _parse(content, texts, _read_json(folder, GOLDEN)["values"])
    except (KeyError, TypeError, ValueError, SpecRefused, lgb.basic.LightGBMError) as problem:
        raise BundleCorrupt(BUNDLE, f"cannot be parsed ({problem})") from problem
    check_golden_rows(model, _read_json(folder, GOLDEN))
    return _pinned(model, folder)


def pin_bundle(folder: Path, registered_version: str, digest: str) -> None:
    """Note beside the bundle which registered version it is; :func:`read_bundle` names the model by it."""
    text = json.dumps({"registered_version": registered_version, "digest": digest}, indent=2, sort_keys=True)
    staged = Path(folder) / f".{PINNED}"
    staged.write_text(text + "\n", encoding="utf-8")
    os.replace(staged, Path(folder) / PINNED)


def golden_rows(model: RiskModel) -> dict[str, Any]:
    """The model's golden rows with every score they give, as plain values."""
    margin = model.margin_of(model.golden)
    lower, upper = model.interval_of(model.golden, margin)
    base, contributions = model.contributions_of(model.golden)
    return {
        "values": [[None if np.isnan(value) else float(value) for value in row] for row in model.golden],
        "margin": margin.tolist(),
        "base": base,
        "contributions": contributions.tolist(),
        "probability": model.probability(margin).tolist(),
        "expected_incidents": model.expected_incidents(margin).tolist(),
        "lower": lower.tolist(),
        "upper": upper.tolist(),
    }


def check_golden_rows(model: RiskModel, stored: Mapping[str, Any] | None = None) -> None:
    """BundleCorrupt when the golden rows do not give their stored scores again (readiness asks this, too).

    Margins and contributions that are sums must come out bit for bit; what went through exp or log may differ as much
    as the part allows. Without ``stored`` the model must agree with itself: base + contributions = margin, bounds
    around probabilities.
    """
    if stored is not None:
        again = golden_rows(model)
        for name in ("margin", "base", "contributions", "probability", "expected_incidents", "lower", "upper"):
            expected, got = np.asarray(stored[name], dtype=np.float64), np.asarray(again[name], dtype=np.float64)
            sums = name in ("margin", "base", "contributions")
            tolerance = model.part.tolerance if sums else max(model.part.tolerance, EXPONENTIAL_TOLERANCE)
            if expected.shape != got.shape or not np.allclose(got, expected, rtol=tolerance, atol=tolerance):
                raise BundleCorrupt(GOLDEN, f"the golden rows give another {name} than the one stored with them")
    margin = model.margin_of(model.golden)
    base, contributions = model.contributions_of(model.golden)
    lower, upper = model.interval_of(model.golden, margin)
    probability = model.probability(margin)
    if np.abs(base + contributions.sum(axis=1) - margin).max(initial=0.0) > 1e-6:
        raise BundleCorrupt(GOLDEN, "contributions of the golden rows do not add up to their margins")
    if not ((lower <= probability) & (probability <= upper)).all():
        raise BundleCorrupt(GOLDEN, "intervals of the golden rows do not hold their probabilities")


def _files(model: RiskModel) -> dict[str, str]:
    described = model.to_dict()
    content = {"format": _format(described), "digest": model.digest, **described}
    files = {BUNDLE: _dump(content), GOLDEN: _dump(golden_rows(model))}
    files |= {f"booster-{number:02d}.txt": trees.text for number, trees in enumerate(model.trees)}
    files |= {f"replica-{number:02d}.txt": trees.text for number, trees in enumerate(model.replicas)}
    return files


def _checked_texts(folder: Path, content: Mapping[str, Any]) -> list[str]:
    """The boosters' texts, once they and the content have the digest that the content states.

    This comes before any parsing: LightGBM ends the whole process on a text that is cut or bent.
    """
    names = [f"booster-{number:02d}.txt" for number in range(int(content.get("trees", 0)))]
    names += [f"replica-{number:02d}.txt" for number in range(int(content.get("replicas", 0)))]
    for name in names:
        if not (folder / name).is_file():
            raise BundleCorrupt(name, "is missing")
    texts = [(folder / name).read_text(encoding="utf-8", errors="replace") for name in names]
    described = {key: value for key, value in content.items() if key not in ("format", "digest")}
    if content_digest(described, texts) != content.get("digest"):
        raise BundleCorrupt(BUNDLE, "the model does not have the digest it states")
    return texts


def _parse(content: Mapping[str, Any], texts: Sequence[str], golden: Sequence[Sequence[float | None]]) -> RiskModel:
    features = tuple(content["features"])
    trees = [Trees(text) for text in texts]
    values: Matrix = np.array(golden, dtype=np.float64).astype(np.float32).reshape(len(golden), len(features))
    return RiskModel(
        features=features,
        catalog=tuple(_entry(entry) for entry in content["catalog"]),
        catalog_hash=content["catalog_hash"],
        horizon_days=content["horizon_days"],
        spec=_specification(content),
        seed=content["seed"],
        part=_part(content, trees[: content["trees"]]),
        replicas=tuple(trees[content["trees"] :]),
        calibration=read_calibrator(content["calibration"]),
        counts=CountCurve.from_dict(content["counts"]),
        own_rates=OwnRates.from_dict(content["own_rates"]),
        carried=Carried.from_dict(content["carried"]),
        peers=PeerMedians.from_dict(content["peers"]),
        importance=tuple(content["importance"]),
        golden=values,
        data_version=content["data_version"],
        facts=content["facts"],
    )


def _format(content: Mapping[str, Any]) -> int:
    return PART_FORMAT if "part" in content else CLASSIFIER_FORMAT


def _specification(content: Mapping[str, Any]) -> Specification:
    return candidate_from_table(content["spec"]) if "part" in content else ModelSpec.from_dict(content["spec"])


def _part(content: Mapping[str, Any], trees: Sequence[Trees]) -> MarginPart:
    if "part" in content:
        return read_part(content["part"], trees)
    spec = ModelSpec.from_dict(content["spec"])
    linear = None if content["linear"] is None else LinearPart.from_dict(content["linear"])
    return BoostedPart(tuple(trees), linear, spec.linear_weight, spec.negative_share)


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}


def _pinned(model: RiskModel, folder: Path) -> RiskModel:
    if not (folder / PINNED).is_file():
        return model
    pinned = _read_json(folder, PINNED)
    if pinned.get("digest") != model.digest:
        raise BundleCorrupt(PINNED, f"expected the digest {model.digest}, got {pinned.get('digest')!r}")
    return model.named(str(pinned["registered_version"]))


def _check_digests(folder: Path) -> None:
    if not (folder / SUMS).is_file():
        raise BundleCorrupt(SUMS, f"is missing in {folder}")
    listed: set[str] = set()
    for line in (folder / SUMS).read_text(encoding="utf-8", errors="replace").splitlines():
        digest, _, name = line.partition("  ")
        if not name or Path(name).name != name:
            raise BundleCorrupt(SUMS, f"expected lines '<sha256>  <file>', got {line!r}")
        if not (folder / name).is_file():
            raise BundleCorrupt(name, "is missing")
        if _sha256(folder / name) != digest:
            raise BundleCorrupt(name, "was changed after it was written (its SHA-256 differs)")
        listed.add(name)
    unlisted = sorted(_files_in(folder) - listed - {SUMS, PINNED})
    if unlisted or not {BUNDLE, GOLDEN} <= listed:
        raise BundleCorrupt(SUMS, f"does not list {', '.join(unlisted or sorted({BUNDLE, GOLDEN} - listed))}")


def _files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _read_json(folder: Path, name: str) -> dict[str, Any]:
    try:
        content = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise BundleCorrupt(name, f"cannot be read ({problem})") from problem
    if not isinstance(content, dict):
        raise BundleCorrupt(name, "expected a JSON object")
    return content


def _dump(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _swap(staging: Path, folder: Path) -> None:
    if not folder.exists():
        staging.rename(folder)
        return
    older = Path(tempfile.mkdtemp(prefix=f".{folder.name}-older-", dir=folder.parent))
    folder.rename(older / folder.name)
    staging.rename(folder)
    shutil.rmtree(older)
