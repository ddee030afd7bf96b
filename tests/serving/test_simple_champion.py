"""A simple rule as champion: scored, listed, explained and shown as any model is."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from models.baselines.columns import DECAYED, SHIPMENTS, WATCHED

MAKE_RULE = """
import pandas as pd
from models.registry import promote
from records.lake import Lake
from serving.pin import pin_champion
from serving.settings import read_settings
from training.train import TrainConfig, train_model

settings = read_settings()
config = TrainConfig.from_dict(
    {"plan": {"step_months": 6, "calibration_dates": 2}, "model": {"kind": "gamma_poisson", "calibration": "platt"}}
)
done = train_model(Lake(settings.lake).read(), config, tracking_uri=settings.mlflow)
promote(settings.mlflow, done.version, "the rule of the tests", now=pd.Timestamp("2024-11-05"))
pin_champion(settings)
"""


@pytest.fixture(scope="module")
def places(world: Any, in_child: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Registry and pinned bundle of a rule that was trained on the world's record."""
    folder = tmp_path_factory.mktemp("rule")
    own = {"mlflow": f"sqlite:///{folder}/mlruns/mlflow.db", "state": str(folder / "state")}
    in_child(MAKE_RULE, environment=world.environment | {f"TRUSTLANE_{key.upper()}": each for key, each in own.items()})
    return own


def test_a_rule_is_scored_listed_explained_and_shown_over_the_real_service(
    reload: Callable[..., TestClient], places: dict[str, str]
) -> None:
    client = reload(**places)
    model = client.get("/model").json()
    assert model["model_version"] == "trustlane-risk/1"
    assert client.get("/readyz").status_code == 200
    queue = client.post("/queue", json={"capacity": 10}).json()
    by_rank = [each for each in queue["queue"] if each["drawn"] == "rank"]
    margins = [each["margin"] for each in by_rank]
    assert len(margins) > 3
    assert margins == sorted(margins, reverse=True)
    first = by_rank[0]["participant_id"]
    scored = client.post("/score", json={"participant_ids": [first]}).json()["scores"][0]
    assert 0 < scored["lower"] <= scored["probability"] <= scored["upper"] < 1
    told = client.post("/explain", json={"participant_id": first}).json()
    factors = told["factors"]
    assert told["base"] + sum(each["contribution"] for each in factors) == pytest.approx(told["margin"], abs=1e-6)
    assert told["margin"] == scored["margin"] == margins[0]
    features = {feature["name"]: feature for each in factors for feature in each["features"]}
    assert set(features) == {DECAYED, WATCHED, SHIPMENTS}
    assert all(feature["phrase"].strip() for feature in features.values())
    assert features[DECAYED]["contribution"] > 0
    for page in ("/console", f"/console/participants/{first}", "/console/model"):
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert "Traceback" not in answer.text
