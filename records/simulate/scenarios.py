"""The programs that the simulator can make, as named sets of assumptions.

Only the totals of the audit are facts; every other number here and in the modules that read it is an
assumption. All scenarios are calibrated to the same recorded totals, in proportion to participants and years, so that
they differ in structure, not in size; ``no_signal`` keeps the incidents, but not how few are involved in them.
``default`` is another name of ``gao``.
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
    participants : int
        Accounts of a program of which nobody says how many it has.
    withdrawals_per_year, merger_share : float
        Withdrawals for each participant and year; the share of them that are mergers into another account.
    succession : bool
        Whether the heir of a merger carries on the business and its risk, the higher of the two from then on.
    targeting : float
        Spread of the logarithm of the examination rate by visible traits: country, field office, volume.
    other_channels : float
        Factor on the chances of discovery other than by examination and by the participant itself.
    honest_share : float or None
        Share of participants that nearly always report themselves; the others never do. None: everyone sometimes does.
    evasion : float
        How far participants behave before a visit that they know of and lapse after it, and how far the visit is
        deceived: 0 not at all, 1 in full.
    drift : float
        How far the effects of corridors and business types have become others at the end: 0 not at all, 1 in full.
    redefined : bool
        Whether the program counts other types of incidents from the record's turning month on.
    equal : bool
        Whether all participants have the same intensity and the same chance of detection at all times.
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
    participants: int = 11_700
    withdrawals_per_year: float = 0.0135
    merger_share: float = 0.10
    succession: bool = False
    targeting: float = 0.0
    other_channels: float = 1.0
    honest_share: float | None = None
    evasion: float = 0.0
    drift: float = 0.0
    redefined: bool = False
    equal: bool = False


_DEFAULT = Scenario()

_SCENARIOS = {
    "gao": _DEFAULT,
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
    "targeted_exams": replace(_DEFAULT, targeting=1.3, other_channels=0.3, self_report_collected=0.1),
    "definition_change": replace(_DEFAULT, redefined=True),
    "drift": replace(_DEFAULT, drift=1.0),
    "no_signal": replace(_DEFAULT, equal=True, episodes_per_year=0.0, contagion=0.0, excitation=0.0, joint_share=0.0),
    "merged_accounts": replace(
        _DEFAULT, withdrawals_per_year=0.05, merger_share=0.6, succession=True, newcomer_share=0.25
    ),
    "small_program": replace(_DEFAULT, participants=800),
    "evasion": replace(_DEFAULT, evasion=1.0),
    "self_reporters": replace(_DEFAULT, honest_share=0.4, self_report_collected=1.0),
}

SCENARIOS = MappingProxyType(_SCENARIOS)
"""Every scenario by name; what each is for stands in :data:`MEANINGS`."""

MEANINGS = MappingProxyType(
    {
        "gao": "the audit's program: incomplete, late, duplicated and inconsistent records of a heavy-tailed risk",
        "default": "another name of gao",
        "low_noise": "nearly every incident is recorded, soon, once and under the right account",
        "heavy_contagion": "incidents spread along partnerships and repeat, and the person matters less",
        "late_reports": "reports come four times later, and one in ten only with a batch of old cases",
        "cold_start": "nearly half of the accounts enroll inside the record, so that most risk has no history",
        "targeted_exams": "examinations aim at visible traits that risk does not follow, and records follow the aim",
        "definition_change": "from one month on breaches of security count as incidents, and counterfeits no longer",
        "drift": "corridors, business types and volumes change their part in the risk during the record",
        "no_signal": "everyone has the same risk and the same detection: nothing predicts anything, history included",
        "merged_accounts": "one account in seven merges into another, which carries on its business and its risk",
        "small_program": "800 participants unless told otherwise: a dozen positives a year",
        "evasion": "participants behave before a visit that they know of, deceive it, and lapse after",
        "self_reporters": "four in ten report nearly all of their own incidents, six in ten conceal theirs",
    }
)


def find_scenario(name: str) -> Scenario:
    """The scenario called ``name``; UnknownScenario lists the names there are."""
    if name not in SCENARIOS:
        raise UnknownScenario(name, SCENARIOS)
    return SCENARIOS[name]
