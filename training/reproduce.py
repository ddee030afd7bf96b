"""What a run recorded of its making, read from MLflow."""

from models.run_files import read_run_file
from training.errors import RunRefused
from training.recipe import RECIPE, Recipe


def read_recipe(tracking_uri: str, run_id: str) -> Recipe:
    """The recipe of a training run.

    Raises
    ------
    UnknownRun
        There is no such run.
    RunRefused
        The run trained no model, or kept no recipe, or the recipe was changed since.
    """
    text = read_run_file(tracking_uri, run_id, RECIPE)
    if text is None:
        raise RunRefused(
            f"Expected a training run with {RECIPE}; run {run_id} holds none. "
            "Name a run of trustlane train, or train again."
        )
    return Recipe.from_json(text.decode("utf-8"))
