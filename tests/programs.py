"""Tiny programs of a few rows, written as the raw files that a program would send."""

from pathlib import Path

PARTICIPANTS = """participant_id,legal_name,business_type,country,enrolled_on,known_at
P1,Transportes Nubelar SA de CV,mexican_long_haul_carrier,MX,2018-03-01,2018-03-02
P2,Harbor Light Imports LLC,importer,US,2019-06-01,2019-06-02
P3,Aurora Brokerage Inc,broker,US,2020-01-01,2020-01-02
"""

IDENTIFIERS = """participant_id,scheme,value,valid_from,known_at
P1,scac,TNBL,2018-03-01,2018-03-02
P2,ein,12-3456789,2019-06-01,2019-06-02
"""

INCIDENTS = """incident_id,occurred_on,reported_on,incident_type,severity,discovery,known_at
I1,2021-03-01,2021-03-05,drug,8,port_exam,2021-03-10
I2,2021-07-15,2021-07-15,seal_tamper,3,self_report,2021-07-20
I3,2022-02-01,2022-02-02,drug,9,port_exam,2022-02-20
"""

INVOLVEMENTS = """incident_id,party_no,participant_id,role,party_name,party_scheme,party_value,known_at
I1,1,P1,carrier,Transportes Nubelar,,,2021-03-10
I2,1,,carrier,TRANSPORTES NUBELAR,scac,TNBL,2021-07-20
I3,1,,importer,Harbor Ligth Imports LLC,,,2022-02-20
"""


def write_program(folder: Path, **changes: str) -> Path:
    """A complete small program; ``changes`` replace or add files by table name."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "participants": PARTICIPANTS,
        "identifiers": IDENTIFIERS,
        "incidents": INCIDENTS,
        "involvements": INVOLVEMENTS,
        **changes,
    }
    for table, text in files.items():
        (folder / f"{table}.portal.csv").write_text(text, encoding="utf-8")
    return folder
