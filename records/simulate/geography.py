"""Countries, ports and field offices: where the goods of a participant come from and enter.

Port numbers are Schedule D codes. Every risk effect is an assumption on the log scale.
"""

from dataclasses import dataclass

import numpy as np

from records.simulate.streams import Floats

REGIONS: dict[str, tuple[str, ...]] = {
    "mexico": ("MX",),
    "canada": ("CA",),
    "andean": ("CO", "EC", "PE"),
    "central_america": ("GT", "HN", "SV", "NI", "CR", "PA"),
    "caribbean": ("DO", "JM", "TT"),
    "east_asia": ("CN", "TW", "HK", "KR", "JP", "VN", "TH"),
    "south_asia": ("IN", "BD", "PK", "LK"),
    "europe": ("DE", "IT", "FR", "GB", "NL", "ES", "PL", "TR"),
    "southern_cone": ("BR", "CL", "AR"),
}
REGION_NAMES = tuple(REGIONS)
COUNTRIES = tuple(country for members in REGIONS.values() for country in members)
COUNTRY_REGION = np.array([r for r, members in enumerate(REGIONS.values()) for _ in members])
COUNTRY_WEIGHT = np.array(
    [1, 1, 5, 4, 3, 4, 3, 2, 1, 2, 2, 5, 1, 1, 10, 2, 1, 2, 2, 3, 1, 6, 2, 1, 1, 4, 3, 2, 2, 1, 1, 1, 2, 4, 2, 1],
    dtype=np.float64,
)
REGION_RISK = np.array([0.9, -0.4, 1.4, 0.7, 0.9, -0.6, -0.4, -0.9, 0.2])

MODE_NAMES = ("truck", "rail", "sea", "air")


@dataclass(frozen=True)
class Port:
    """One port of entry: Schedule D code, supervising office, modes, regions it serves."""

    code: str
    office: str
    modes: str
    regions: str
    weight: float


_SOUTH = "mexico central_america"
_ASIA = "east_asia south_asia"
_SOUTHERN_SEA = "andean central_america caribbean southern_cone"
PORTS = (
    Port("2304", "Laredo", "truck rail", _SOUTH, 9),
    Port("2305", "Laredo", "truck", _SOUTH, 4),
    Port("2301", "Laredo", "truck rail", _SOUTH, 2),
    Port("2402", "El Paso", "truck rail", _SOUTH, 5),
    Port("2506", "San Diego", "truck", _SOUTH, 6),
    Port("2503", "San Diego", "truck rail", _SOUTH, 2),
    Port("2604", "Tucson", "truck rail", _SOUTH, 3),
    Port("3801", "Detroit", "truck rail", "canada", 6),
    Port("3802", "Detroit", "truck rail", "canada", 3),
    Port("0901", "Buffalo", "truck rail", "canada", 4),
    Port("0712", "Buffalo", "truck", "canada", 2),
    Port("3004", "Seattle", "truck rail", "canada", 3),
    Port("0106", "Boston", "truck", "canada", 1),
    Port("2704", "Los Angeles", "sea", _ASIA, 8),
    Port("2709", "Los Angeles", "sea", _ASIA, 7),
    Port("3001", "Seattle", "sea", _ASIA, 3),
    Port("2811", "San Francisco", "sea air", _ASIA, 3),
    Port("4601", "New York", "sea", f"europe {_SOUTHERN_SEA} {_ASIA}", 6),
    Port("1703", "Atlanta", "sea", f"europe {_ASIA} southern_cone", 5),
    Port("1601", "Atlanta", "sea", f"europe {_ASIA}", 3),
    Port("1401", "Baltimore", "sea", f"europe {_ASIA}", 3),
    Port("1101", "Baltimore", "sea", f"europe {_SOUTHERN_SEA}", 3),
    Port("5201", "Miami", "sea air", _SOUTHERN_SEA, 5),
    Port("5203", "Miami", "sea", _SOUTHERN_SEA, 5),
    Port("5301", "Houston", "sea", f"europe {_SOUTHERN_SEA} mexico", 4),
    Port("2002", "New Orleans", "sea", _SOUTHERN_SEA, 2),
    Port("4909", "San Juan", "sea", "caribbean andean", 2),
    Port("4701", "New York", "air", f"europe {_ASIA} {_SOUTHERN_SEA} mexico canada", 5),
    Port("2720", "Los Angeles", "air", f"{_ASIA} mexico", 4),
    Port("5206", "Miami", "air", f"{_SOUTHERN_SEA} mexico", 4),
    Port("3901", "Chicago", "air", f"{_ASIA} europe canada mexico", 5),
)
PORT_CODES = np.array([port.code for port in PORTS])
OFFICES = tuple(sorted({port.office for port in PORTS}))
PORT_OFFICE = np.array([OFFICES.index(port.office) for port in PORTS])


def port_weights() -> Floats:
    """How likely each port is for a region and a mode: (regions, modes, ports)."""
    weights = np.full((len(REGION_NAMES), len(MODE_NAMES), len(PORTS)), 1e-9)
    for p, port in enumerate(PORTS):
        for region in port.regions.split():
            for mode in port.modes.split():
                weights[REGION_NAMES.index(region), MODE_NAMES.index(mode), p] = port.weight
    return weights


def mode_weights() -> Floats:
    """How likely each mode is for the goods of a region: (regions, modes)."""
    over_land = np.array([0.85, 0.10, 0.0, 0.05])
    over_sea = np.array([0.0, 0.0, 0.85, 0.15])
    return np.array([over_land if region in ("mexico", "canada") else over_sea for region in REGION_NAMES])


@dataclass(frozen=True)
class CorridorRisk:
    """Log effects of one program's corridors: by country, by port, and by kind of business and office."""

    country: Floats
    port: Floats
    group_office: Floats


def draw_corridor_risk(rng: np.random.Generator, groups: int) -> CorridorRisk:
    """The corridor effects of one program; they differ from seed to seed around the regions' own."""
    return CorridorRisk(
        country=REGION_RISK[COUNTRY_REGION] + 0.3 * rng.standard_normal(len(COUNTRIES)),
        port=0.3 * rng.standard_normal(len(PORTS)) + 0.3 * rng.standard_normal(len(OFFICES))[PORT_OFFICE],
        group_office=0.35 * rng.standard_normal((groups, len(OFFICES))),
    )
