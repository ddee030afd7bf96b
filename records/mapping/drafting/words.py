"""What other programs call our columns and values: English and Spanish. Names are compared without case and marks."""

import re
import unicodedata
from functools import cache

from rapidfuzz.fuzz import ratio

from records.tables import BUSINESS_TYPES, INCIDENT_TYPES, TABLES

SHORT = {
    "no": "number", "num": "number", "nbr": "number", "nr": "number", "numero": "number", "#": "number",
    "acct": "account", "qty": "quantity", "dt": "date", "fecha": "date", "cd": "code", "nm": "name", "nombre": "name",
    "org": "organization", "loc": "location", "lic": "license", "hwy": "highway", "mx": "mexican", "tipo": "type",
}  # fmt: skip
FILLERS = frozenset({"of", "the", "de", "del", "la", "el", "y", "and", "a", "in"})

FIRM_IDS = (
    "participant id", "participant number", "account", "account number", "account id", "operator id", "license",
    "license number", "member id", "member number", "firm id", "firm number", "company id", "company number",
    "organization id", "customer id", "client id", "carrier id", "importer id", "establishment id", "facility id",
    "entity id", "cuenta", "socio", "licencia", "id empresa", "registration number", "permit number",
)  # fmt: skip
FIRM_NAMES = (
    "legal name", "firm name", "firm", "company", "company name", "operator name", "dba name", "member name",
    "participant name", "participant", "business name", "organization name", "carrier name", "importer name",
    "establishment name", "facility name", "account name", "empresa", "razon social", "name",
)  # fmt: skip
ENTERED = (
    "known at", "entered", "entry date", "date entered", "entered at", "created", "created at", "date created",
    "recorded", "recorded at", "record date", "registered", "registered at", "registrado", "date registro",
    "received", "report received", "date received", "received date", "received at", "inserted at", "load date",
    "posted", "closed", "closed at", "updated at", "last updated", "timestamp", "capturado",
)  # fmt: skip

COLUMN_WORDS: dict[str, tuple[str, ...]] = {
    "participant_id": FIRM_IDS,
    "legal_name": FIRM_NAMES,
    "party_name": ("party name", "party", *FIRM_NAMES),
    "known_at": ENTERED,
    "incident_id": (
        "incident id", "incident number", "report id", "report number", "case number", "case id", "case", "event id",
        "event number", "violation id", "violation number", "inspection id", "seizure number", "expediente",
        "number caso", "number expediente", "folio", "id",
    ),
    "occurred_on": (
        "occurred on", "occurred", "incident date", "event date", "occurrence date", "date", "local date",
        "local datetime", "violation date", "inspection date", "seizure date", "date hecho", "when", "day",
    ),
    "reported_on": ("reported on", "reported", "report date", "date reported", "notified", "notification date",
                    "told", "date reporte", "reportado"),
    "incident_type": ("incident type", "type", "kind", "cause", "category", "class", "clase", "violation type",
                      "event type", "offense", "nature"),
    "taxonomy_version": ("taxonomy version", "taxonomy"),
    "severity": ("severity", "gravity", "gravedad", "level", "seriousness", "significant", "critical count", "grade"),
    "discovery": ("discovery", "discovered by", "found by", "detected by", "discovery source", "how discovered"),
    "self_reported_before_discovery": ("self reported before discovery", "self reported", "self report"),
    "discovered_on": ("discovered on", "discovery date", "date discovered", "found on"),
    "self_reported_on": ("self reported on", "self report date"),
    "port": ("port", "port code", "port entry", "puerto"),
    "mode": ("mode", "transport mode", "mode transport", "conveyance", "modo"),
    "country_of_origin": ("country origin", "origin country", "origin", "pais origen"),
    "quantity_kg": ("quantity kg", "quantity", "weight", "weight kg", "kg", "peso", "peso kg", "quantity lb",
                    "seized weight", "seized quantity", "cantidad"),
    "retracted": ("retracted", "deleted", "void", "voided", "withdrawn", "cancelled", "status", "estado"),
    "business_type": ("business type", "kind", "type", "member type", "type business", "facility type", "sector",
                      "category", "giro"),
    "country": ("country", "country code", "pais", "nation"),
    "field_office": ("field office", "office", "district", "region", "state", "zip", "zip code", "oficina"),
    "size_band": ("size band", "size", "size class"),
    "enrolled_on": ("enrolled on", "enrolled", "member since", "since", "certified on", "joined", "enrollment date",
                    "certification date", "date alta"),
    "address": ("address", "street", "street address", "direccion", "domicilio"),
    "scheme": ("scheme", "number type", "identifier type"),
    "value": ("value", "identifier", "identifier value"),
    "valid_from": ("valid from", "from", "start", "start date"),
    "valid_to": ("valid to", "to", "until", "end", "end date"),
    "effective_on": ("effective on", "effective", "effective date", "status date", "since"),
    "status": ("status", "standing", "estado", "member status"),
    "tier": ("tier", "level", "nivel", "benefit tier"),
    "reason": ("reason", "why", "motivo", "remarks"),
    "party_no": ("party number", "line number", "party sequence"),
    "role": ("role", "party role", "rol"),
    "party_country": ("party country",),
    "party_address": ("party address",),
    "month": ("month", "period", "mes", "year month", "month start", "reporting month"),
    "shipments": ("shipments", "volume", "entries", "loads", "envios"),
    "crossings": ("crossings", "trips", "cruces"),
    "exams_random": ("exams random", "exams", "inspections", "examinations", "random exams"),
    "exams_targeted": ("exams targeted", "targeted exams", "targeted examinations"),
    "discrepancies": ("discrepancies", "findings", "failures"),
    "validation_id": ("validation id", "visit id", "audit id", "validation number", "inspection id"),
    "performed_on": ("performed on", "visit date", "validation date", "date performed", "audit date"),
    "outcome": ("outcome", "result", "results", "resultado"),
    "action_id": ("action id", "action number", "decision id"),
    "decided_on": ("decided on", "decision date", "action date"),
    "kind": ("kind", "action", "action type", "visit type", "measure"),
    "decided_by": ("decided by", "officer", "signed by"),
}  # fmt: skip
"""Phrases for a column beside its own name, likeliest first."""

TABLE_WORDS: dict[str, tuple[str, ...]] = {
    "participants": ("participant", "member", "firm", "company", "operator", "account", "register", "socio", "empresa"),
    "identifiers": ("identifier", "scac", "ein"),
    "statuses": ("status", "standing", "estado"),
    "incidents": ("incident", "event", "case", "violation", "seizure", "accident", "incidente", "caso"),
    "involvements": ("involvement", "party", "parties"),
    "exposures": ("exposure", "crossing", "shipment", "volume", "traffic", "activity", "cruce", "envio"),
    "validations": ("validation", "visit", "audit", "inspection", "visita"),
    "findings": ("finding", "deficiency"),
    "partnerships": ("partnership", "partner"),
    "actions": ("action", "enforcement", "decision", "sanction"),
    "merges": ("merge", "merger"),
    "duplicates": ("duplicate",),
}

VALUE_WORDS: dict[str, tuple[str, ...]] = {
    "highway_carrier": ("hwy carrier", "highway", "trucker", "motor carrier", "us highway carrier", "transportista"),
    "mexican_long_haul_carrier": ("mx long haul", "mexican carrier", "long haul", "mx carrier"),
    "foreign_manufacturer": ("manufacturer", "maker", "fabricante", "foreign mfr"),
    "third_party_logistics": ("3pl", "logistics", "third party logistics provider"),
    "sea_carrier": ("ocean carrier", "vessel operator", "naviera"),
    "port_terminal_operator": ("terminal operator", "marine terminal", "port operator"),
    "importer": ("importador",), "exporter": ("exportador",), "consolidator": ("freight consolidator", "consolidador"),
    "broker": ("customs broker", "agente aduanal"), "air_carrier": ("airline", "air"),
    "rail_carrier": ("railroad", "rail"),
    "drug": ("drugs", "droga", "drogas", "narcotics", "narcotic", "contraband drugs"),
    "human_smuggling": ("stowaway", "stowaways", "polizon", "migrants", "smuggling of persons", "trafico de personas"),
    "weapons": ("arms", "firearms", "armas"), "currency": ("cash", "bulk cash", "dinero", "divisas"),
    "counterfeit": ("ipr", "counterfeits", "falsificacion", "pirateria"), "forced_labor": ("trabajo forzoso",),
    "agricultural_contaminant": ("pest", "pests", "plaga", "contaminant"),
    "seal_tamper": ("seal broken", "broken seal", "seal", "precinto roto", "sello violado", "tampering"),
    "discrepancy_theft": ("theft", "robo", "cargo theft", "pilferage"),
    "unauthorized_access": ("intrusion", "trespass", "acceso no autorizado"),
    "identity_misuse": ("identity theft", "stolen identity"), "cyber_breach": ("cyber", "data breach", "hacking"),
    "internal_conspiracy": ("insider", "conspiracy"),
    "port_exam": ("exam", "port examination", "inspection"), "field_office": ("office",),
    "self_report": ("self", "self reported", "member", "autoreporte"),
    "other_agency": ("other", "police", "dea", "otra"),
    "truck": ("road", "camion", "highway"), "sea": ("ocean", "vessel", "ship", "mar"), "air": ("plane", "aereo"),
    "rail": ("train", "tren"), "other": ("otro", "unknown"),
    "certified": ("active", "certificado", "activo"), "validated": ("validado",), "suspended": ("suspendido",),
    "removed": ("expelled", "terminated", "baja"), "withdrawn": ("resigned", "left", "retirado"),
    "applicant": ("applied", "pending", "solicitante"),
    "micro": ("very small",), "small": ("chica", "pequena"), "medium": ("mid", "mediana"), "large": ("big", "grande"),
    "pass": ("passed", "ok", "aprobado"), "fail": ("failed", "reprobado"),
    "pass_with_findings": ("pass w conditions", "pass with conditions", "conditional pass"),
    "suspension": ("suspended",), "removal": ("removed", "expulsion"), "no_action": ("none", "no further action"),
}  # fmt: skip
"""What stands for an allowed value elsewhere."""

SEVERITY_WORDS = {
    "critical": 10, "very high": 9, "high": 8, "alta": 8, "alto": 8, "grave": 8, "serious": 8, "major": 8,
    "medium": 5, "moderate": 5, "media": 5, "medio": 5, "low": 2, "minor": 2, "baja": 2, "bajo": 2, "leve": 2,
}  # fmt: skip
RETRACTED_WORDS = {
    "void": True, "voided": True, "deleted": True, "cancelled": True, "canceled": True, "retracted": True,
    "withdrawn": True, "anulado": True, "cancelado": True, "open": False, "active": False, "valid": False,
    "amended": False, "closed": False, "corrected": False, "abierto": False, "vigente": False, "cerrado": False,
}  # fmt: skip

COUNTRIES = {
    "united states": "US", "united states of america": "US", "usa": "US", "estados unidos": "US", "eeuu": "US",
    "mexico": "MX", "mex": "MX", "canada": "CA", "can": "CA", "puerto rico": "PR", "guatemala": "GT", "honduras": "HN",
    "el salvador": "SV", "nicaragua": "NI", "costa rica": "CR", "panama": "PA", "colombia": "CO", "ecuador": "EC",
    "peru": "PE", "chile": "CL", "argentina": "AR", "brazil": "BR", "brasil": "BR", "venezuela": "VE",
    "dominican republic": "DO", "republica dominicana": "DO", "jamaica": "JM", "haiti": "HT", "china": "CN",
    "chn": "CN",
    "hong kong": "HK", "taiwan": "TW", "japan": "JP", "japon": "JP", "south korea": "KR", "korea": "KR",
    "vietnam": "VN",
    "viet nam": "VN", "thailand": "TH", "india": "IN", "bangladesh": "BD", "pakistan": "PK", "indonesia": "ID",
    "malaysia": "MY", "philippines": "PH", "singapore": "SG", "cambodia": "KH", "sri lanka": "LK", "turkey": "TR",
    "turkiye": "TR", "germany": "DE", "alemania": "DE", "deu": "DE", "france": "FR", "italy": "IT", "spain": "ES",
    "espana": "ES", "portugal": "PT", "united kingdom": "GB", "great britain": "GB", "gbr": "GB", "ireland": "IE",
    "netherlands": "NL", "belgium": "BE", "switzerland": "CH", "austria": "AT", "poland": "PL", "sweden": "SE",
    "denmark": "DK", "norway": "NO", "finland": "FI", "russia": "RU", "ukraine": "UA", "egypt": "EG", "morocco": "MA",
    "south africa": "ZA", "nigeria": "NG", "kenya": "KE", "israel": "IL", "saudi arabia": "SA",
    "united arab emirates": "AE", "australia": "AU", "new zealand": "NZ",
}  # fmt: skip

SPANISH_MONTHS = {
    "enero": "01", "febrero": "02", "marzo": "03", "abril": "04", "mayo": "05", "junio": "06", "julio": "07",
    "agosto": "08", "septiembre": "09", "setiembre": "09", "octubre": "10", "noviembre": "11", "diciembre": "12",
    "ene": "01", "feb": "02", "mar": "03", "abr": "04", "may": "05", "jun": "06", "jul": "07", "ago": "08", "sep": "09",
    "oct": "10", "nov": "11", "dic": "12",
}  # fmt: skip


@cache
def plain_words(name: str) -> tuple[str, ...]:
    """A name as plain words: camel case split, marks and accents off, short forms written out, fillers left out."""
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    found = re.findall(r"[a-z]+|\d+|#", text.lower())
    words = [SHORT.get(word, word) for word in found]
    return tuple(word for word in words if word not in FILLERS) or tuple(words)


@cache
def likeness(name: str, phrase: str) -> float:
    """How well a name fits a phrase, 0 to 1: the same words, one within the other, or nearly the same letters."""
    ours, theirs = plain_words(phrase), plain_words(name)
    if not ours or not theirs:
        return 0.0
    if ours == theirs:
        return 1.0
    if set(ours) == set(theirs):
        return 0.97
    if set(ours) <= set(theirs):
        return 0.55 + 0.35 * len(ours) / len(theirs)
    letters = ratio("".join(ours), "".join(theirs)) / 100
    return 0.75 * letters if letters > 0.85 else 0.0


def name_score(name: str, ours: str) -> float:
    """How well a foreign column's name fits one of our columns, 0 to 1."""
    if plain_words(name) == plain_words(ours):
        return 1.0
    phrases = COLUMN_WORDS.get(ours, ())
    return max((likeness(name, phrase) * (0.95 - 0.005 * place) for place, phrase in enumerate(phrases)), default=0.0)


def table_hint(file: str) -> dict[str, float]:
    """Which tables a file's name speaks of, by a word of it."""
    words = [word.rstrip("s") for word in plain_words(file)]
    return {table: 1.0 for table in TABLES if any(word.rstrip("s") in words for word in (table, *TABLE_WORDS[table]))}


def vocabulary(ours: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """The values that one of our columns may hold, or usually holds."""
    return INCIDENT_TYPES if ours == "incident_type" else allowed or (BUSINESS_TYPES if ours == "business_type" else ())


def nearest_value(word: str, allowed: tuple[str, ...]) -> tuple[str, str] | None:
    """One of the allowed values for a foreign word and how sure that is, or None."""
    plain = " ".join(plain_words(word))
    for value in allowed:
        if plain == " ".join(plain_words(value)):
            return value, "sure"
    for value in allowed:
        if any(plain == " ".join(plain_words(other)) for other in VALUE_WORDS.get(value, ())):
            return value, "likely"
    scored = [
        (ratio(plain, " ".join(plain_words(other))), value)
        for value in allowed
        for other in (value, *VALUE_WORDS.get(value, ()))
    ]
    best = max(scored, default=(0.0, ""))
    return (best[1], "a guess") if best[0] >= 80 else None
