"""The entries of a draft for a file of incidents: the incidents, the firms in them, and what names each of them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from records.mapping.drafting.entries import Entry, Sheet, bookkeeping_of, lines_of
from records.mapping.drafting.guesses import (
    ENOUGH,
    Looks,
    Match,
    Matches,
    column_score,
    entered_columns,
    match_columns,
    scheme_columns,
)
from records.mapping.drafting.lines import Line, hole, line_for, text_expression
from records.mapping.drafting.looks import Look
from records.mapping.drafting.writing import toml_key
from records.mapping.values import as_text
from records.tables import TABLES


def incident_entries(sheet: Sheet, register: Sheet | None) -> list[Entry]:
    """Incidents, the firms involved in them, and the firms themselves where no register names them all."""
    matches = match_columns("incidents", sheet.looks)
    told = match_columns("involvements", sheet.looks)
    told = {name: match for name, match in told.items() if match.look.name not in _taken(matches, "incident_id")}
    number, several, notes = _incident_number(sheet, matches, told)
    kept = [line for line in lines_of("incidents", matches) if line.ours != "incident_id"]
    bookkeeping = tuple(bookkeeping_of("incidents", sheet, matches))
    hint = _where_hint(sheet)
    incidents = Entry(
        "incidents",
        sheet,
        (number, *kept, *bookkeeping),
        tuple(notes),
        first_by="known_at" if several else None,
        where_hint=hint,
    )
    known = next(line for line in bookkeeping if line.ours == "known_at")
    parties = (replace(number, decide=""), *_party_lines(sheet, told, register, several), replace(known, decide=""))
    involvements = Entry("involvements", sheet, parties, where_hint=hint)
    return [incidents, involvements]


def firms_entry(sheet: Sheet) -> Entry:
    """The firms that a file of incidents names: each enters the record with its first row."""
    matches = match_columns("incidents", sheet.looks)
    people = match_columns("participants", _without(sheet.looks, _taken(matches, "")))
    lines: list[Line] = []
    firm = people.get("participant_id") or people.get("legal_name")
    if firm is None:
        lines.append(hole("participant_id", "no column looks like it: name one"))
    for name, match in people.items():
        own = name in ("participant_id", "legal_name")
        if own or (firm and _belongs_to(match.look, firm.look)):
            lines.append(line_for(TABLES["participants"].column(name), match))
    if firm and "participant_id" not in people:
        named = text_expression(firm.look, case="upper", trim=True)
        why = f"no number names a firm: its name must do ({firm.look.name!r})"
        lines.append(Line("participant_id", named, why, decide=f"participant_id: {why}"))
    known = next(line for line in bookkeeping_of("incidents", sheet, matches) if line.ours == "known_at")
    lines.sort(key=lambda line: TABLES["participants"].column_names.index(line.ours))
    note = "no register names every firm of these rows: each enters the record with its first row"
    return Entry("participants", sheet, (*lines, replace(known, decide="")), (note,), first_by="known_at")


def _taken(matches: Matches, but: str) -> set[str]:
    return {match.look.name for name, match in matches.items() if name != but}


def _without(looks: Looks, names: set[str]) -> Looks:
    return {name: look for name, look in looks.items() if name not in names}


def _belongs_to(look: Look, firm: Look) -> bool:
    """Whether a firm nearly always has the same value: then it tells of the firm and not of the incident."""
    pairs = pd.DataFrame({"firm": firm.text, "value": look.text}).dropna()
    usual = pairs.groupby("firm")["value"].agg(lambda values: values.value_counts().iloc[0]).sum()
    return bool(len(pairs) and usual >= 0.9 * len(pairs))


def _incident_number(sheet: Sheet, matches: Matches, told: Matches) -> tuple[Line, bool, list[str]]:
    """What names an incident, whether rows of one number are its parties, and what to say about it."""
    if "incident_id" not in matches:
        return hole("incident_id", "no column looks like it: name one, or make one with template"), False, []
    look, sure = matches["incident_id"].look, matches["incident_id"].sure
    line = Line("incident_id", text_expression(look), f"{look.name!r} reads like it ({sure})")
    if look.is_unique:
        return replace(line, why=line.why + ", each once"), False, []
    firm = told.get("participant_id") or told.get("party_name")
    same_day = _belongs_to(matches["occurred_on"].look, look)
    if firm and same_day and not _belongs_to(firm.look, look):
        return line, True, [f"{look.name!r} repeats with other firms: its rows are the parties of one incident"]
    entered = [match.look for match in entered_columns(sheet.looks)]
    if firm and same_day and entered and _unique_with(look, entered[0]):
        note = f"{look.name!r} repeats with another {entered[0].name!r}: such rows are versions, the later amends"
        return line, False, [note]
    for other in sheet.looks.values():
        if other is not look and other.is_full and len(other.distinct) <= 30 and _unique_with(look, other):
            template = {"template": f"{{{other.name}}}-{{{look.name}}}"}
            why = f"{look.name!r} repeats, and is unique only within each {other.name!r}"
            return Line("incident_id", template, why + " (likely)"), False, []
    why = f"{look.name!r} repeats: make it unique with template, or the rows must differ in known_at"
    return replace(line, why=why, decide=f"incident_id: {why}"), False, []


def _unique_with(look: Look, other: Look) -> bool:
    pairs = pd.DataFrame({"a": as_text(look.values), "b": as_text(other.values)})
    return not bool(pairs.duplicated().any())


def _party_lines(sheet: Sheet, told: Matches, register: Sheet | None, several: bool) -> Iterator[Line]:
    firm = told.get("participant_id")
    if several and firm:
        yield Line(
            "party_no", text_expression(firm.look), "an incident has several rows: the firm numbers them (likely)"
        )
    else:
        yield Line("party_no", {"constant": "1"}, "each row names one firm")
    if firm:
        yield line_for(TABLES["involvements"].column("participant_id"), firm)
    elif "party_name" in told:
        yield _looked_up(told["party_name"], register)
    if "party_name" in told:
        yield line_for(TABLES["involvements"].column("party_name"), told["party_name"])
    for scheme, look in scheme_columns(sheet.looks)[:1]:
        if not firm or look is not firm.look:
            yield Line("party_scheme", {"constant": scheme}, f"{look.name!r} is named so (likely)")
            yield Line("party_value", text_expression(look), f"{look.name!r} holds such numbers (likely)")
    for name in ("role", "party_country", "party_address"):
        if name in told:
            yield line_for(TABLES["involvements"].column(name), told[name])


NORMAL = {"trim": True, "case": "upper", "replace": {".": "", ",": ""}}
"""How names are compared with those of the register."""


def _looked_up(match: Match, register: Sheet | None) -> Line:
    names = match_columns("participants", register.looks).get("legal_name") if register else None
    if names is None:
        return hole("participant_id", "no column looks like it: firms are named only, and linkage will try by name")
    share = _normal(match.look.text).isin(set(_normal(names.look.text))).mean()
    why = f"firms are named only: {share:.0%} of the rows have a name of the register, the rest is left to linkage"
    return Line("participant_id", text_expression(match.look, **NORMAL, lookup="accounts", unmatched="null"), why)


def _normal(text: pd.Series) -> pd.Series:
    bare = text.str.split().str.join(" ").str.upper().str.replace(".", "", regex=False)
    return bare.str.replace(",", "", regex=False)


def _where_hint(sheet: Sheet) -> str:
    """A count that is zero in many rows: perhaps only the others are incidents."""
    severity = TABLES["incidents"].column("severity")
    for look in sheet.looks.values():
        if look.number and "0" in look.distinct and column_score("incidents", severity, look) >= ENOUGH:
            zeros = int((look.text == "0").sum())
            if zeros >= 0.2 * len(look.text):
                condition = f"where = {{ {toml_key(look.name)} = {{ at_least = 1 }} }}"
                return f"{condition}  # {zeros:,} of {len(look.text):,} rows have 0"
    return ""


def covers(register: Sheet, sheets: Sequence[Sheet]) -> bool:
    """Whether a register names every firm that files of incidents refer to by number."""
    known = set(match_columns("participants", register.looks)["participant_id"].look.distinct)
    for sheet in sheets:
        firm = match_columns("involvements", sheet.looks).get("participant_id")
        if firm and not set(firm.look.distinct) <= known:
            return False
    return True
