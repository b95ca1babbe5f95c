"""What staff are told by mail, in words."""

from pydantic import BaseModel, ConfigDict

from services.notifier.mail.readers import Reader
from services.notifier.mail.why import shortened

MAX_NAME = 200
MAX_QUOTED = 500


class Notice(BaseModel):
    """A notice as it was planned; which fields are filled depends on `what`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    what: str
    organisation: str = ""
    title: str = ""
    domain: str = ""
    reply: str = ""
    source: str = ""
    problem: str = ""


def notice_in_words(notice: Notice, reader: Reader) -> tuple[str, tuple[str, ...], str, str]:
    """A title, sentences, what a machine said if it did, and the page to look at."""
    _ = reader.gettext
    organisation, title = shortened(notice.organisation, MAX_NAME), shortened(notice.title, MAX_NAME)
    if notice.what == "interested":
        return (
            _("À rappeler : %(organisation)s") % {"organisation": organisation},
            (
                _("Cette organisation est intéressée par une opportunité, et souhaite que vous la rappeliez."),
                _("Opportunité : %(title)s") % {"title": title},
            ),
            "",
            "staff/answers",
        )
    if notice.what == "called_back":
        return (
            _("Rappelée : %(organisation)s") % {"organisation": organisation},
            (_("Opportunité : %(title)s") % {"title": title},),
            "",
            "staff/answers",
        )
    if notice.what == "domain_paused":
        domain = shortened(notice.domain, MAX_NAME)
        return (
            _("Les messages vers %(domain)s attendent") % {"domain": domain},
            (
                _("Ce domaine refuse nos messages par règlement. Ils attendent, et personne n’est désabonné."),
                _("Réponse du serveur :"),
            ),
            shortened(notice.reply, MAX_QUOTED),
            "staff/deliveries",
        )
    if notice.what == "source_troubled":
        source = shortened(notice.source, MAX_NAME)
        return (
            _("La source %(source)s demande un regard") % {"source": source},
            (_("Ce que la collecte a constaté :"),),
            shortened(notice.problem, MAX_QUOTED),
            "staff/sources",
        )
    return _("Passerelle demande un regard"), (_("Les détails sont sur la page de l’équipe."),), "", "staff"
