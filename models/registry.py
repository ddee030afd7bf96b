"""The only door to MLflow's model registry: versions, the champion, and who was champion since when.

MLflow keeps no history of its aliases, so every promotion is appended as a numbered tag, on the version and on the
registered model, and none is ever overwritten. The alias moves last.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from models.bundle import pin_bundle, read_bundle
from models.errors import BundleCorrupt, NoChampion, PromotionRefused, TrackingRefused, UnknownVersion
from models.experiments import LoggedRun, Tracking, connect, mlflow, open_tracking, quietly
from models.fitted import RiskModel

REGISTERED_NAME = "trustlane-risk"
ALIAS = "champion"
DIGEST_TAG = "bundle_digest"
PROMOTION_TAG = "promotion"
LEAST_REASON = 10
DESCRIPTION = (
    "Risk of at least one security incident within the horizon, for trusted-trader participants. "
    "The version with the alias `champion` is the one that serves; tags `promotion.NNNN` tell who was when, and why."
)


@dataclass(frozen=True)
class Champion:
    """The serving version: its number, its address and the digest of its bundle."""

    version: str
    uri: str
    digest: str


@dataclass(frozen=True)
class Promotion:
    """One change of champion: what replaced what, when, why, by whom, and whether a check was overruled."""

    version: str
    replaced: str
    at: str
    reason: str
    by: str
    forced: bool


def register(
    tracking_uri: str, run: LoggedRun, model: RiskModel, *, description: str, tags: Mapping[str, str] | None = None
) -> str:
    """Register the model of a finished run as a new version, and give its number.

    The version exists only from here on: a run that stopped before leaves none behind.
    """
    if not run.model_uri:
        raise PromotionRefused("Expected a run that logged a model; got one without. Log the model with the run.")
    with quietly():
        client = _client(tracking_uri)
        if not client.search_registered_models(filter_string=f"name = '{REGISTERED_NAME}'"):
            client.create_registered_model(REGISTERED_NAME, description=DESCRIPTION)
        kept = {DIGEST_TAG: model.digest, "data_version": model.data_version, "catalog_hash": model.catalog_hash}
        version = client.create_model_version(
            REGISTERED_NAME,
            source=run.model_uri,
            run_id=run.run_id,
            model_id=run.model_id or None,
            description=description,
            tags={**kept, **(tags or {})},
        )
        return str(version.version)


def promote(
    tracking_uri: str, version: str, reason: str, *, now: pd.Timestamp, by: str = "", forced: bool = False
) -> Promotion:
    """Make ``version`` the champion after its bundle was read whole: digests, catalog, golden rows.

    Parameters
    ----------
    tracking_uri, version : which version of which registry.
    reason : str
        Why, at least ten characters; kept for good.
    now : Timestamp
        When, UTC.
    by : str
        Who signs.
    forced : bool
        A check was overruled by ``reason``.

    Raises
    ------
    PromotionRefused
        No reason, or the version is champion already.
    UnknownVersion, BundleCorrupt, CatalogMismatch
        The version is not there, or must not be served.
    """
    if len(reason.strip()) < LEAST_REASON:
        raise PromotionRefused(
            f"Expected a reason of at least {LEAST_REASON} characters for a promotion; got {len(reason.strip())}. "
            "Say why this version should serve."
        )
    with tempfile.TemporaryDirectory() as staging:
        model = load_version(tracking_uri, version, Path(staging))
    with quietly():
        client = _client(tracking_uri)
        replaced = _champion_version(client)
        if replaced == version:
            raise PromotionRefused(f"Version {version} is the champion already. Name another version.")
        if model.digest != _version(client, version).tags.get(DIGEST_TAG):
            raise BundleCorrupt("bundle.json", "the registry knows this version by another digest")
        promotion = Promotion(version, replaced, now.isoformat(), reason.strip(), by, forced)
        key = f"{PROMOTION_TAG}.{len(promotions(tracking_uri)) + 1:04d}"
        text = json.dumps(asdict(promotion), ensure_ascii=False)
        client.set_registered_model_tag(REGISTERED_NAME, key, text)
        client.set_model_version_tag(REGISTERED_NAME, version, key, text)
        client.set_registered_model_alias(REGISTERED_NAME, ALIAS, version)
    return promotion


def promotions(tracking_uri: str) -> tuple[Promotion, ...]:
    """Every change of champion, oldest first."""
    with quietly():
        client = _client(tracking_uri)
        found = client.search_registered_models(filter_string=f"name = '{REGISTERED_NAME}'")
        tags = found[0].tags if found else {}
    keys = sorted(key for key in tags if re.fullmatch(rf"{PROMOTION_TAG}\.\d+", key))
    return tuple(Promotion(**json.loads(tags[key])) for key in keys)


def resolve_champion(tracking_uri: str) -> Champion:
    """Which version serves. Cheap enough to ask every few seconds; NoChampion says what to do."""
    with quietly():
        client = _client(tracking_uri)
        version = _champion_version(client)
        if not version:
            raise NoChampion(tracking_uri)
        digest = _version(client, version).tags.get(DIGEST_TAG, "")
    return Champion(version, f"models:/{REGISTERED_NAME}/{version}", digest)


def load_champion(tracking_uri: str, cache_dir: Path) -> RiskModel:
    """The champion, read from a checked bundle under ``cache_dir`` that is fetched once a version."""
    return read_bundle(download_champion(tracking_uri, cache_dir))


def download_champion(tracking_uri: str, folder: Path) -> Path:
    """Put the champion's bundle in a folder of its own under ``folder``, checked and pinned, and give its path.

    Workers read it with :func:`models.bundle.read_bundle` and never import MLflow. A new champion gets a new
    folder, so a worker that reads the old one is not disturbed.
    """
    champion = resolve_champion(tracking_uri)
    target = Path(folder) / f"v{champion.version}-{champion.digest[:12]}"
    if target.is_dir():
        try:
            if read_bundle(target).digest == champion.digest:
                return target
        except BundleCorrupt:
            shutil.rmtree(target)
    return _fetch(tracking_uri, champion.version, target)


def load_version(tracking_uri: str, version: str, cache_dir: Path) -> RiskModel:
    """Any registered version, read from a checked bundle fetched to ``cache_dir``."""
    return read_bundle(_fetch(tracking_uri, version, Path(cache_dir) / f"v{version}"))


def version_tags(tracking_uri: str, version: str) -> dict[str, str]:
    """The tags of a version; UnknownVersion when there is none."""
    with quietly():
        return dict(_version(_client(tracking_uri), version).tags)


def tag_version(tracking_uri: str, version: str, tags: Mapping[str, str]) -> None:
    """Add tags to a version, for example the figures of its backtest."""
    with quietly():
        client = _client(tracking_uri)
        _version(client, version)
        for name, value in tags.items():
            client.set_model_version_tag(REGISTERED_NAME, version, name, str(value))


def latest_version(tracking_uri: str) -> str:
    """The version registered last; UnknownVersion when there is none."""
    with quietly():
        found = _client(tracking_uri).search_model_versions(f"name = '{REGISTERED_NAME}'")
    if not found:
        raise UnknownVersion(f"Expected a registered version in {tracking_uri}; there is none. Run `trustlane train`.")
    return str(max(int(version.version) for version in found))


def _client(tracking_uri: str) -> Any:
    return connect(open_tracking(tracking_uri))


def _champion_version(client: Any) -> str:
    try:
        return str(client.get_model_version_by_alias(REGISTERED_NAME, ALIAS).version)
    except mlflow().exceptions.MlflowException as problem:
        if _is_missing(problem):
            return ""
        raise TrackingRefused(f"The registry does not answer: {problem}. Check the tracking address.") from problem


def _version(client: Any, version: str) -> Any:
    try:
        return client.get_model_version(REGISTERED_NAME, version)
    except mlflow().exceptions.MlflowException as problem:
        if not _is_missing(problem):
            raise TrackingRefused(f"The registry does not answer: {problem}. Check the tracking address.") from problem
        known = [each.version for each in client.search_model_versions(f"name = '{REGISTERED_NAME}'")]
        words = ", ".join(str(number) for number in sorted(map(int, known))) or "none; run `trustlane train`"
        raise UnknownVersion(
            f"Expected a version of {REGISTERED_NAME}; got {version!r}. There are: {words}."
        ) from problem


def _is_missing(problem: Any) -> bool:
    return problem.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


def _fetch(tracking_uri: str, version: str, target: Path) -> Path:
    """Copy the version's bundle to ``target``, which appears checked and pinned or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with quietly(), tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as staging:
        client = _client(tracking_uri)
        _version(client, version)
        address = f"models:/{REGISTERED_NAME}/{version}/artifacts/bundle"
        fetched = Path(mlflow().artifacts.download_artifacts(artifact_uri=address, dst_path=staging))
        model = read_bundle(fetched)
        pin_bundle(fetched, f"{REGISTERED_NAME}/{version}", model.digest)
        if target.exists():
            shutil.rmtree(target)
        fetched.rename(target)
    return target


__all__ = [
    "ALIAS",
    "REGISTERED_NAME",
    "Champion",
    "Promotion",
    "Tracking",
    "download_champion",
    "latest_version",
    "load_champion",
    "load_version",
    "promote",
    "promotions",
    "register",
    "resolve_champion",
    "tag_version",
    "version_tags",
]
