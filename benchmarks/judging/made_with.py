"""What the figures were made with, and how long a backtest took."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.judging.tables import table

MOST_MINUTES = 6


def speed_lines(kept: Mapping[str, Any]) -> list[str]:
    """One backtest of five origins, six candidates and every baseline, against what is promised."""
    config, participants = kept["question"]["config"], kept["counts"]["all"]["participants"]
    seconds, processor = kept["seconds"]["backtest"], kept["processor_seconds"]["backtest"]
    before, after = kept["load_before_and_after"]
    alone = before <= 1 and after <= 2.5
    within = "within" if seconds <= 60 * MOST_MINUTES else "above"
    rows = [[stage, f"{taken:.0f}"] for stage, taken in kept["stages"].items()]
    machine = kept["machine"]
    return [
        f"A backtest of {len(kept['origins'])} origins, {len(config['candidates'])} candidates, every baseline and "
        f"three rankings that know more, {participants:,.0f} at risk at an origin, {config['replicates']} draws: "
        f"{seconds:.0f} s on the clock, {within} the promised {MOST_MINUTES} minutes, and {processor:.0f} s of the "
        f"processor, on {machine['processor']}.",
        ""
        if alone
        else f"Others were at work on the machine (load {before} before and {after} after): the clock is too long by "
        "what they took.",
        "",
        *table(["where the time went", "seconds"], rows),
        "",
    ]


def made_with(kept: Sequence[Mapping[str, Any]]) -> list[str]:
    """Versions, machines and code of all answers; more than one of a kind is said."""
    if not kept:
        return ["Nothing was run."]
    versions = _distinct([", ".join(f"{name} {number}" for name, number in each["versions"].items()) for each in kept])
    machines = _distinct([", ".join(each["machine"].values()) for each in kept])
    code = _distinct([each["code"]["training.backtest"] for each in kept])
    minutes = sum(sum(each["seconds"].values()) for each in kept) / 60
    processor = sum(sum(each["processor_seconds"].values()) for each in kept) / 60
    lines = [f"- Programs: {len(kept)}; {minutes:.0f} minutes on the clock, {processor:.0f} of the processor."]
    lines += [f"- {each}" for each in (*machines, *versions)]
    lines.append(
        f"- Code of the backtest (digests by package) in {len(code)} version{'s' * (len(code) > 1)}: {'; '.join(code)}."
    )
    rows = [
        [
            each["cell"],
            each["data_version"],
            f"{each['seconds']['backtest']:.0f}",
            f"{each['processor_seconds']['backtest']:.0f}",
        ]
        for each in kept
    ]
    return [*lines, "", *table(["program", "data version", "backtest, seconds", "of the processor"], rows), ""]


def _distinct(values: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(values))
