"""The programs that the simulator can make, as named sets of assumptions.

Only the totals of the audit are facts; every other number here and in the modules that read it is an
assumption. All scenarios are calibrated to the same recorded totals, so that they differ in structure, not in size.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType

from records.simulate.errors import UnknownScenario


@dataclass(frozen=True)
class Scenario:
    """The assumptions of one simulated program.

    Attributes
    ----------
    frailty_sd, weakness_sd, corridor_sd, volume_sd : float
        Spread of the parts of log-intensity: the person, the security weaknesses, the corridor, and volume.
    episodes_per_year : float
        Infiltrations for each participant and year.
    episode_level : float
        Incidents a month that an infiltration brings, in the median.
    contagion, excitation : float
        The most that partners' and own recent incidents add to intensity, as a multiple of it.
    joint_share : float
        Share of incidents that involve a partner as well.
    detection : float
        Factor on the chance of every channel of discovery.
    self_report_collected : float
        Share of the participants' own reports that reach the record.
    delay : float
        Factor on every reporting delay.
    legacy_share : float
        Share of incidents that become known only with a later batch of old cases.
    duplicate_share : float
        Share of incidents found by two channels that are recorded twice.
    amended_share, spurious_share : float
        Share of incidents recorded wrongly at first; records of incidents that were none, for each recorded one.
    named_share, numbered_share : float
        Share of parties sent with the participant_id, and with a registration number; the rest bear only a name.
    misspelled_share, wrong_number_share : float
        Share of names with an error; share of numbers with one.
    newcomer_share : float or None
        Share of accounts enrolled inside the record; None keeps the stock stable.
    """

    frailty_sd: float = 0.8
    weakness_sd: float = 2.0
    corridor_sd: float = 1.5
    volume_sd: float = 1.2
    episodes_per_year: float = 0.0065
    episode_level: float = 0.6
    contagion: float = 2.0
    excitation: float = 0.8
    joint_share: float = 0.05
    detection: float = 1.0
    self_report_collected: float = 0.35
    delay: float = 1.0
    legacy_share: float = 0.02
    duplicate_share: float = 0.4
    amended_share: float = 0.12
    spurious_share: float = 0.02
    named_share: float = 0.4
    numbered_share: float = 0.35
    misspelled_share: float = 0.25
    wrong_number_share: float = 0.05
    newcomer_share: float | None = None


_DEFAULT = Scenario()

_SCENARIOS = {
    "default": _DEFAULT,
    "low_noise": replace(
        _DEFAULT,
        detection=3.0,
        episodes_per_year=0.004,
        self_report_collected=1.0,
        delay=0.2,
        legacy_share=0.0,
        duplicate_share=0.0,
        amended_share=0.0,
        spurious_share=0.0,
        named_share=0.95,
        numbered_share=0.05,
        misspelled_share=0.0,
        wrong_number_share=0.0,
    ),
    "heavy_contagion": replace(
        _DEFAULT, contagion=6.0, excitation=2.0, joint_share=0.12, episodes_per_year=0.003, frailty_sd=0.5
    ),
    "late_reports": replace(_DEFAULT, delay=4.0, legacy_share=0.10),
    "cold_start": replace(_DEFAULT, newcomer_share=0.45, frailty_sd=0.6),
}

SCENARIOS = MappingProxyType(_SCENARIOS)
"""Every scenario by name; what each is for stands in :data:`MEANINGS`."""

MEANINGS = MappingProxyType(
    {
        "default": "the audit's program: incomplete, late, duplicated and inconsistent records of a heavy-tailed risk",
        "low_noise": "nearly every incident is recorded, soon, once and under the right account",
        "heavy_contagion": "incidents spread along partnerships and repeat, and the person matters less",
        "late_reports": "reports come four times later, and one in ten only with a batch of old cases",
        "cold_start": "nearly half of the accounts enroll inside the record, so that most risk has no history",
    }
)


def find_scenario(name: str) -> Scenario:
    """The scenario called ``name``; UnknownScenario lists the names there are."""
    if name not in SCENARIOS:
        raise UnknownScenario(name, SCENARIOS)
    return SCENARIOS[name]
