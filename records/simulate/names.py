"""Invented names of firms, put together from parts, plausible for the country.

A stem is two or three invented syllables; a firm is a stem, sometimes a second word, a trade and a legal form. Names in
the program are distinct except for a few sister firms, as in reality; firms outside it draw on syllables of their own.
"""

from dataclasses import dataclass

import numpy as np

from records.simulate.streams import Ints


@dataclass(frozen=True)
class Tongue:
    """The parts of names in one language area."""

    heads: tuple[str, ...]
    tails: tuple[str, ...]
    seconds: tuple[str, ...]
    forms: tuple[str, ...]
    trades: dict[str, tuple[str, ...]]
    trade_first: bool = False


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.replace("_", " ").split("|"))


_ENGLISH = Tongue(
    heads=_split(
        "Al|Bar|Bel|Bran|Cal|Car|Cor|Dal|Dor|El|Fal|Far|Gal|Gren|Hal|Har|Jas|Kel|Kor|Lan|Lor|Mar|Mer|Nor|Or|Pel"
        "|Quin|Ral|Ros|Sel|Stan|Tal|Tor|Val|Ver|Wen|Wil|Yar|Zan|Thorn"
    ),
    tails=_split(
        "aby|aston|avane|bourne|by|croft|dale|den|dine|fax|field|ford|gate|grove|ham|holt|ington|ivar|land|ley"
        "|mere|mont|more|ora|port|rick|sett|shaw|son|stead|ston|thorpe|ton|vale|vane|way|well|wick|worth|yard"
    ),
    seconds=_split("&_Sons|Brothers|National|Northern|Pacific|Atlantic|Inland|Heritage|Summit|Prairie|Lakeside|Crown"),
    forms=_split("Inc.|LLC|Corp.|Co.|Ltd."),
    trades={
        "carrier": _split("Trucking|Transport|Freight Lines|Haulage|Carriers|Express"),
        "maker": _split("Manufacturing|Industries|Products|Components|Plastics|Textiles|Foods|Packaging"),
        "trader": _split("Imports|Trading|Distribution|Supply|Home Goods|Produce|Electronics|Apparel|Hardware|Tools"),
        "agent": _split("Logistics|Customs Brokers|Forwarding|Consolidators|Global Services|Warehousing"),
    },
)
_SPANISH = Tongue(
    heads=_split(
        "Al|Bar|Cas|Cor|Dal|Es|Fron|Gar|Gua|Her|Jal|Lar|Man|Mon|Nav|Ol|Pal|Qui|Ram|Ros|Sal|Sol|Tam|Tor|Val|Ver"
        "|Vil|Xal|Zar|Per|Tec|Chi"
    ),
    tails=_split(
        "ada|aldo|ámez|ández|ares|ario|aval|ejo|eda|endes|enas|eral|ero|ete|ibar|ida|illo|imar|ino|isco|ito|íz"
        "|oble|olid|ona|orio|osa|otal|ú|uela|ués|uria|ñán|omar"
    ),
    seconds=_split("del Norte|del Bajío|del Pacífico|de Oriente|Hermanos|Internacional|e Hijos|Unidos|del Valle|y Cía"),
    forms=_split("S.A. de C.V.|S. de R.L. de C.V.|S.A.|S.A.S.|S.A.P.I. de C.V."),
    trades={
        "carrier": _split("Transportes|Autotransportes|Fletes|Express|Líneas de Carga|Acarreos"),
        "maker": _split("Manufacturas|Industrias|Productos|Empaques|Plásticos|Textiles|Alimentos|Componentes"),
        "trader": _split("Comercializadora|Exportadora|Distribuidora|Agrícola|Hortalizas|Importadora"),
        "agent": _split("Logística|Agencia Aduanal|Almacenes|Consolidadora|Servicios Aduanales"),
    },
    trade_first=True,
)
_EAST = Tongue(
    heads=_split(
        "An|Bao|Chang|Da|Fei|Fu|Guang|Hai|He|Hong|Hua|Jia|Jin|Jing|Kai|Lian|Ling|Long|Min|Nan|Qing|Rui|Shun|Tai"
        "|Tian|Wei|Xin|Yong|Yuan|Zhen|Minh|Hoang|Dae|Han|Kita|Naka"
    ),
    tails=_split(
        "an|bang|cheng|da|de|dong|fa|feng|gang|guan|hao|he|hui|jun|ke|lai|li|long|lu|mei|ning|peng|qi|rong|sen"
        "|sheng|tai|tong|wang|xiang|xing|yang|yi|yu|yue|zhong|moto|gawa|seong|phat"
    ),
    seconds=_split("East|Golden Bridge|Harbour|New Star|Double Dragon|United|Evergrand|Bright|Delta"),
    forms=_split("Co., Ltd.|Co. Ltd|Ltd.|Corp."),
    trades={
        "carrier": _split("Shipping|Transport|Container Lines|Express"),
        "maker": _split(
            "Textile|Electronic Technology|Furniture|Plastic Products|Garment|Metal Products|Toys|Ceramics"
        ),
        "trader": _split("Import & Export|Trading|International Trade|Commerce"),
        "agent": _split("Logistics|Freight Forwarding|Supply Chain|Warehousing"),
    },
)
_EUROPE = Tongue(
    heads=_split(
        "Brü|Ber|Dür|Eck|Fran|Gie|Hei|Kö|Lüt|Mül|Nie|Ost|Ren|Schö|Ste|Tra|Ül|Vog|Wal|Zim|Cha|Bel|Mont|Fer|Lom"
        "|Gio|Kowa|Nowa|Van|Dra"
    ),
    tails=_split(
        "bach|berg|brück|burg|dorf|feld|hagen|hausen|heim|hof|holz|mann|meier|ner|rich|stein|tal|wald|eau|ert|ier"
        "|in|ault|ini|elli|ozzi|ski|wicz|sen|dijk"
    ),
    seconds=_split("Nord|Süd|Frères|Fratelli|& Söhne|Europe|Rhein|Alpes"),
    forms=_split("GmbH|AG|S.à r.l.|S.r.l.|S.p.A.|B.V.|Sp. z o.o.|SAS"),
    trades={
        "carrier": _split("Spedition|Transport|Lines|Cargo"),
        "maker": _split("Maschinenbau|Industrie|Werke|Technik|Componenti|Textil"),
        "trader": _split("Handel|Export|Commerce|Trading"),
        "agent": _split("Logistik|Logistique|Forwarding|Services"),
    },
)
_OUTSIDE = Tongue(
    heads=_split("Ib|Och|Ub|Ighe|Oze|Uwe|Agbo|Ezu|Iko|Ozo|Uku|Ajo|Enu|Iru|Omo|Upo"),
    tails=_split(
        "bhane|chuku|dhabe|gwuma|jhora|kpasi|mbeko|ndzaba|ngozu|nkweti|pshava|tswane|vhudzi|xhoba|zhivu|bzeka"
    ),
    seconds=_split("Joint|First|Crossroads|Riverside"),
    forms=_split("LLC|Ltd.|S.A.|Co."),
    trades={
        kind: _split("Hauling|Ventures|Merchants|Provisions|Movers") for kind in ("carrier", "maker", "trader", "agent")
    },
)
_BY_COUNTRY = {"US": _ENGLISH, "CA": _ENGLISH, "GB": _ENGLISH, "IN": _ENGLISH, "BD": _ENGLISH, "PK": _ENGLISH}
_BY_COUNTRY |= dict.fromkeys(("LK", "JM", "TT"), _ENGLISH)
_BY_COUNTRY |= dict.fromkeys(("CN", "TW", "HK", "KR", "JP", "VN", "TH"), _EAST)
_BY_COUNTRY |= dict.fromkeys(("DE", "IT", "FR", "NL", "PL", "TR"), _EUROPE)
_TRADE = {
    "importer": "trader",
    "exporter": "trader",
    "highway_carrier": "carrier",
    "mexican_long_haul_carrier": "carrier",
    "sea_carrier": "carrier",
    "air_carrier": "carrier",
    "rail_carrier": "carrier",
    "foreign_manufacturer": "maker",
}
SISTER_SHARE = 0.015
"""Share of firms whose name repeats another's stem and trade under a different legal form or second word."""


def tongue_of(country: str) -> Tongue:
    """The parts of names in a country."""
    return _BY_COUNTRY.get(country, _SPANISH)


def name_firms(rng: np.random.Generator, countries: list[str], business_types: list[str]) -> list[str]:
    """A name for each firm, no two the same."""
    tongues = [tongue_of(country) for country in countries]
    return _distinct_names(rng, tongues, [_TRADE.get(kind, "agent") for kind in business_types], SISTER_SHARE)


def name_outsiders(rng: np.random.Generator, size: int) -> list[str]:
    """Names of firms outside the program, no two the same (or fewer stems than ``size`` allow)."""
    return _distinct_names(rng, [_OUTSIDE] * size, ["carrier"] * size, 0.0)


def _distinct_names(
    rng: np.random.Generator, tongues: list[Tongue], trades: list[str], sister_share: float
) -> list[str]:
    taken: set[str] = set()
    cores: set[tuple[str, str]] = set()
    names: list[str] = []
    for tongue, trade in zip(tongues, trades, strict=True):
        sister = rng.random() < sister_share
        for attempt in range(200):
            draws = rng.integers(0, 1_000_000, size=6)
            core, name = _compose(tongue, trade, draws, with_second=bool(draws[5] % 5 < 2) or attempt > 20)
            if name not in taken and (sister or core not in cores or attempt > 100):
                break
        taken.add(name)
        cores.add(core)
        names.append(name)
    return names


def _compose(tongue: Tongue, trade: str, draws: Ints, *, with_second: bool) -> tuple[tuple[str, str], str]:
    def pick(parts: tuple[str, ...], place: int) -> str:
        return parts[int(draws[place]) % len(parts)]

    stem = pick(tongue.heads, 0) + pick(tongue.tails, 1)
    second = f" {pick(tongue.seconds, 2)}" if with_second else ""
    activity, form = pick(tongue.trades[trade], 3), pick(tongue.forms, 4)
    words = f"{activity} {stem}{second}" if tongue.trade_first else f"{stem}{second} {activity}"
    return (stem, activity + second), f"{words}, {form}" if tongue.trade_first else f"{words} {form}"


_SHORT = {
    "Transportes": "Transp.",
    "International": "Intl",
    "Internacional": "Int",
    "Logistics": "Logist.",
    "Manufacturing": "Mfg",
    "Industries": "Ind",
    "Industrias": "Ind.",
    "Brothers": "Bros",
    "Trading": "Trdg",
}


def misspell(rng: np.random.Generator, name: str) -> str:
    """The name as a hurried reporter writes it: letters swapped, dropped, doubled, no legal form, short words."""
    kind = int(rng.integers(0, 6))
    if kind == 0:
        return name.upper().replace(",", "").replace(".", "")
    if kind == 1:
        return name.rsplit(",", 1)[0] if "," in name else name.rsplit(" ", 1)[0]
    if kind == 2:
        return " ".join(_SHORT.get(word, word) for word in name.split(" "))
    place = int(rng.integers(1, max(2, len(name) - 2)))
    if kind == 3:
        return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    if kind == 4:
        return name[:place] + name[place + 1 :]
    return name[:place] + name[place] + name[place:]
