"""A notice's own XML (eForms, in UBL 2.3), understood: pure, into the same notice as a search row."""

import math
import re
from collections.abc import Iterable
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from services.ingest.domain.readings import Reading, RecordRefused
from services.ingest.domain.tender_dates import day_of, moment_of
from services.ingest.domain.tender_state import reading_of
from services.ingest.domain.tenders import STATUS_OF_FORM, Lot, Money, Notice, purchase_of
from services.ingest.domain.words import clean
from services.ingest.sources.ted_rows import MAX_LOTS, NUMBER, PROCEDURE

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
EFORMS = "http://data.europa.eu/p27/eforms-ubl-extension"
NAMES = {
    "cac": f"{UBL}CommonAggregateComponents-2",
    "cbc": f"{UBL}CommonBasicComponents-2",
    "efac": f"{EFORMS}-aggregate-components/1",
    "efbc": f"{EFORMS}-basic-components/1",
}
ROOTS = tuple(
    f"{{{UBL}{name}-2}}{name}" for name in ("ContractNotice", "PriorInformationNotice", "ContractAwardNotice")
)
PERIODS = (
    "cac:TenderingProcess/cac:ParticipationRequestReceptionPeriod",
    "cac:TenderingProcess//efac:InterestExpressionReceptionPeriod",
    "cac:TenderingProcess/cac:TenderSubmissionDeadlinePeriod",
)


def read_notice(xml: bytes) -> Notice:
    """One notice of an XML document. Raises RecordRefused."""
    try:
        return _notice(_root(xml))
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        if isinstance(error, RecordRefused):
            raise
        raise RecordRefused("bad_field", f"{type(error).__name__}: {error}"[:300]) from error


def read_xml(xml: bytes) -> Reading:
    """One notice by itself as a reading. Raises RecordRefused."""
    return reading_of(purchase_of([read_notice(xml)]))


def _root(xml: bytes) -> Element:
    try:
        root: Element = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise RecordRefused("bad_xml", f"the notice is not XML that can be read: {error}"[:300]) from error
    if root.tag not in ROOTS:
        raise RecordRefused("not_a_notice", f"{root.tag[-80:]!r} is not an eForms notice")
    return root


def _notice(root: Element) -> Notice:
    procedure, form = _text(root, "cbc:ContractFolderID").lower(), _attribute(root, "cbc:NoticeTypeCode", "listName")
    if not PROCEDURE.fullmatch(procedure):
        raise RecordRefused("no_procedure", f"{procedure[:60]!r} is not the identifier of a procedure")
    if form not in STATUS_OF_FORM:
        raise RecordRefused("unknown_form", f"a notice of form {form[:40]!r} is not known")
    project = root.find("cac:ProcurementProject", NAMES)
    parts = root.findall("cac:ProcurementProjectLot", NAMES)
    if len(parts) > MAX_LOTS:
        raise RecordRefused("bad_field", f"{len(parts)} lots cannot be")
    lots = tuple(_lot(part) for part in parts if _attribute(part, "cbc:ID", "schemeName") != "LotsGroup")
    number = NUMBER.fullmatch(_text(root, ".//efbc:NoticePublicationID"))
    published = _text(root, ".//efbc:PublicationDate") or _text(root, "cbc:IssueDate")
    buyer = _organisation(root, _text(root, "cac:ContractingParty/cac:Party/cac:PartyIdentification/cbc:ID"))
    projects = [
        one for one in (project, *(part.find("cac:ProcurementProject", NAMES) for part in parts)) if one is not None
    ]
    return Notice(
        procedure=procedure,
        form=form,
        number=f"{number[1]}-{number[2]}" if number else "",
        published_on=day_of(published) if published else None,
        version=int(version) if re.fullmatch(r"\d{1,9}", version := _text(root, "cbc:VersionID")) else 1,
        language=_text(root, "cbc:NoticeLanguageCode").lower(),
        titles=_texts(project, "cbc:Name"),
        descriptions=_texts(project, "cbc:Description"),
        lots=lots,
        deadlines=tuple(lot.closes_at for lot in lots if lot.closes_at),
        value=_value(project),
        buyers=_texts(buyer, "cac:PartyName/cbc:Name"),
        buyer_cities={"": city} if (city := _text(buyer, "cac:PostalAddress/cbc:CityName")) else {},
        buyer_countries=_all(buyer, "cac:PostalAddress/cac:Country/cbc:IdentificationCode"),
        places=tuple(code for one in projects for code in _places(one)),
        nature=_text(project, "cbc:ProcurementTypeCode"),
        way=_text(root, "cac:TenderingProcess/cbc:ProcedureCode"),
        change_reason=_text(root, ".//efac:Changes/efac:ChangeReason/cbc:ReasonCode"),
        changes=_texts(root, ".//efac:Changes/efac:Change/efbc:ChangeDescription"),
        outcomes=_all(root, ".//efac:LotResult/cbc:TenderResultCode"),
        buys_over_time=any(code != "none" for code in _listed(root, "ContractingSystemTypeCode", "dps-usage")),
    )


def _lot(part: Element) -> Lot:
    project = part.find("cac:ProcurementProject", NAMES)
    periods = (part.find(path, NAMES) for path in PERIODS)
    return Lot(
        id=_text(part, "cbc:ID"),
        titles=_texts(project, "cbc:Name"),
        descriptions=_texts(project, "cbc:Description"),
        value=_value(project),
        closes_at=next((moment for period in periods if (moment := _closing(period))), None),
    )


def _closing(period: Element | None) -> datetime | None:
    day = _text(period, "cbc:EndDate")
    return moment_of(day, _text(period, "cbc:EndTime")) if day else None


def _value(project: Element | None) -> Money | None:
    path = "cac:RequestedTenderTotal/cbc:EstimatedOverallContractAmount"
    written = _text(project, path)
    if not written:
        return None
    amount = float(written)
    if not math.isfinite(amount):
        raise ValueError(f"{written[:40]!r} is not an amount")
    return Money(amount, _attribute(project, path, "currencyID").upper()[:3])


def _organisation(root: Element, wanted: str) -> Element | None:
    """The buyer among the organisations and contact points the notice lists; None without one."""
    for organisation in root.iterfind(".//efac:Organizations/efac:Organization", NAMES):
        for part in (*organisation.findall("efac:Company", NAMES), *organisation.findall("efac:TouchPoint", NAMES)):
            if wanted and _text(part, "cac:PartyIdentification/cbc:ID") == wanted:
                return part
    return None


def _places(project: Element) -> Iterable[str]:
    for place in project.iterfind("cac:RealizedLocation/cac:Address", NAMES):
        yield from (_text(place, "cbc:CountrySubentityCode"), _text(place, "cac:Country/cbc:IdentificationCode"))


def _listed(root: Element, name: str, list_name: str) -> Iterable[str]:
    found = root.iterfind(f".//cbc:{name}", NAMES)
    return (clean(one.text or "") for one in found if one.get("listName") == list_name)


def _text(element: Element | None, path: str) -> str:
    found = element.find(path, NAMES) if element is not None else None
    return clean(found.text or "") if found is not None else ""


def _attribute(element: Element | None, path: str, name: str) -> str:
    found = element.find(path, NAMES) if element is not None else None
    return clean(found.get(name, "")) if found is not None else ""


def _all(element: Element | None, path: str) -> tuple[str, ...]:
    found = element.findall(path, NAMES) if element is not None else []
    return tuple(clean(one.text) for one in found if one.text)


def _texts(element: Element | None, path: str) -> dict[str, str]:
    """Texts by language; several in one language follow each other."""
    texts: dict[str, str] = {}
    for one in element.iterfind(path, NAMES) if element is not None else ():
        language, text = one.get("languageID", "").strip().lower()[:3], clean(one.text or "")
        if language and text:
            texts[language] = f"{texts[language]}; {text}" if language in texts else text
    return texts
