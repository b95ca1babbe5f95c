"""Notices in the shape of TED's search API and of eForms, written by hand about fictional buyers."""

from copy import deepcopy
from typing import Any
from uuid import UUID

PROCEDURE = "5b0d6a1e-0000-4000-8000-000000000001"

NOTICE: dict[str, Any] = {
    "publication-number": "700001-2026",
    "publication-date": ["2026-10-20+02:00"],
    "notice-identifier": "aaaa0000-0000-4000-8000-000000000001",
    "notice-version": 1,
    "procedure-identifier": PROCEDURE,
    "notice-type": "cn-standard",
    "form-type": "competition",
    "official-language": ["FRA"],
    "notice-title": {
        "fra": "Madagascar – Services d'ingénierie – Réseau d'eau de Valdoré",
        "eng": "Madagascar – Engineering services – Réseau d'eau de Valdoré",
    },
    "title-proc": {"fra": "Réseau d'eau de Valdoré"},
    "description-proc": {"fra": "Études et suivi d'un réseau d'eau potable pour la ville de Valdoré."},
    "identifier-lot": ["LOT-0001", "LOT-0002"],
    "title-lot": {"fra": ["Études", "Suivi du chantier"]},
    "description-lot": {"fra": ["Plans et calculs.", "Visites chaque semaine."]},
    "deadline-receipt-tender-date-lot": ["2026-12-01+01:00", "2026-12-15+01:00"],
    "deadline-receipt-tender-time-lot": ["12:00:00+01:00", "17:30:00+01:00"],
    "estimated-value-proc": 300000.0,
    "estimated-value-cur-proc": "EUR",
    "estimated-value-lot": [100000.0, 200000.0],
    "estimated-value-cur-lot": ["EUR", "EUR"],
    "buyer-name": {"fra": ["Régie des eaux de Valdoré"]},
    "buyer-city": {"fra": ["Valdoré"]},
    "buyer-country": ["MDG"],
    "classification-cpv": ["71300000", "71300000"],
    "place-of-performance": ["MDG", "MDG"],
    "contract-nature-main-proc": "services",
    "procedure-type": "open",
    "links": {"html": {"FRA": "https://ted.europa.eu/fr/notice/-/detail/700001-2026"}},
}


def notice(**fields: Any) -> dict[str, Any]:
    """A row with some fields replaced (`title_proc` for `title-proc`); None removes a field."""
    made = deepcopy(NOTICE)
    for name, value in fields.items():
        made[name.replace("_", "-")] = value
        if value is None:
            del made[name.replace("_", "-")]
    return made


def procedure(number: int) -> str:
    return str(UUID(int=number, version=4))


def numbered(number: int, **fields: Any) -> dict[str, Any]:
    """One of many notices, each of its own purchase."""
    given = {
        "publication_number": f"{710000 + number}-2026",
        "procedure_identifier": procedure(number),
        "notice_identifier": procedure(10_000 + number),
        "title_proc": {"fra": f"Étude numéro {number} pour Valdoré"},
        **fields,
    }
    return notice(**given)


def texts(name: str, **by_language: str) -> str:
    return "".join(
        f'<cbc:{name} languageID="{language.upper()}">{text}</cbc:{name}>' for language, text in by_language.items()
    )


def lot_xml(number: int, *, inner: str = "", process: str = "") -> str:
    return f"""<cac:ProcurementProjectLot>
  <cbc:ID schemeName="Lot">LOT-{number:04d}</cbc:ID>
  <cac:TenderingProcess>{process}</cac:TenderingProcess>
  <cac:ProcurementProject>{inner or texts("Name", fra=f"Part {number}")}</cac:ProcurementProject>
</cac:ProcurementProjectLot>"""


def period(name: str, day: str, hour: str) -> str:
    return f"<cac:{name}><cbc:EndDate>{day}</cbc:EndDate><cbc:EndTime>{hour}</cbc:EndTime></cac:{name}>"


def eforms(
    *,
    folder: str = PROCEDURE,
    form: str = "competition",
    root: str = "ContractNotice",
    project: str = "",
    lots: str = "",
    changes: str = "",
    results: str = "",
) -> bytes:
    """A whole notice. `project`, `lots`, `changes` and `results` are XML put in their places."""
    ubl = "urn:oasis:names:specification:ubl:schema:xsd:"
    ext = "http://data.europa.eu/p27/eforms-ubl-extension"
    project = project or (
        texts("Name", fra="Réseau d'eau de Valdoré", eng="Water network of Valdoré")
        + texts("Description", fra="Études du réseau d'eau.", eng="Studies of the water network.")
        + "<cbc:ProcurementTypeCode>services</cbc:ProcurementTypeCode>"
        + '<cac:RequestedTenderTotal><cbc:EstimatedOverallContractAmount currencyID="EUR">300000'
        + "</cbc:EstimatedOverallContractAmount></cac:RequestedTenderTotal>"
        + "<cac:RealizedLocation><cac:Address><cac:Country><cbc:IdentificationCode>MDG</cbc:IdentificationCode>"
        + "</cac:Country></cac:Address></cac:RealizedLocation>"
    )
    lots = lots or lot_xml(1, process=period("TenderSubmissionDeadlinePeriod", "2026-12-01+01:00", "12:00:00+01:00"))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<{root} xmlns="{ubl}{root}-2" xmlns:cac="{ubl}CommonAggregateComponents-2" xmlns:cbc="{ubl}CommonBasicComponents-2"
  xmlns:ext="{ubl}CommonExtensionComponents-2" xmlns:efext="{ext}s/1"
  xmlns:efac="{ext}-aggregate-components/1" xmlns:efbc="{ext}-basic-components/1">
 <ext:UBLExtensions><ext:UBLExtension><ext:ExtensionContent><efext:EformsExtension>
  {changes}{results}
  <efac:Organizations><efac:Organization><efac:Company>
   <cac:PartyIdentification><cbc:ID>ORG-0001</cbc:ID></cac:PartyIdentification>
   <cac:PartyName>{texts("Name", fra="Régie des eaux de Valdoré")}</cac:PartyName>
   <cac:PostalAddress><cbc:CityName>Valdoré</cbc:CityName>
    <cac:Country><cbc:IdentificationCode>MDG</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
  </efac:Company></efac:Organization></efac:Organizations>
 </efext:EformsExtension></ext:ExtensionContent></ext:UBLExtension></ext:UBLExtensions>
 <cbc:ID schemeName="notice-id">aaaa0000-0000-4000-8000-000000000001</cbc:ID>
 <cbc:ContractFolderID>{folder}</cbc:ContractFolderID>
 <cbc:IssueDate>2026-10-20+02:00</cbc:IssueDate>
 <cbc:VersionID>01</cbc:VersionID>
 <cbc:NoticeTypeCode listName="{form}">cn-standard</cbc:NoticeTypeCode>
 <cbc:NoticeLanguageCode>FRA</cbc:NoticeLanguageCode>
 <cac:ContractingParty><cac:Party><cac:PartyIdentification><cbc:ID>ORG-0001</cbc:ID></cac:PartyIdentification>
 </cac:Party></cac:ContractingParty>
 <cac:TenderingProcess><cbc:ProcedureCode>open</cbc:ProcedureCode></cac:TenderingProcess>
 <cac:ProcurementProject>{project}</cac:ProcurementProject>
 {lots}
</{root}>""".encode()
