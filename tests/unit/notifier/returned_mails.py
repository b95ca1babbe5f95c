"""Returned mails made from RFC 3464, RFC 5965 and the forms that programs and providers publish; all fictional."""

from collections.abc import Iterator
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import NamedTuple

from services.notifier.domain.returns import ReturnKind
from services.notifier.domain.tokens import envelope_sender
from tests.unit.notifier.smtp_replies import REPLIES, Said

SECRET = b"0" * 32
ID = "5e1f0c9a7b3d4e2f8a6b1c0d9e8f7a6b"
RETURNS_TO, MAIL_FROM = "retours@passerelle.example", "veille@passerelle.example"
RECIPIENT = "x@commune.example"


class Sample(NamedTuple):
    """A returned mail and what it means."""

    name: str
    content: bytes
    kind: ReturnKind


def verp(message_id: str = ID, secret: bytes = SECRET) -> str:
    return envelope_sender(secret, message_id, RETURNS_TO)


def original(message_id: str = ID, to: str = RECIPIENT) -> EmailMessage:
    """The mail of ours that comes back."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = MAIL_FROM, to, "Nouveau : Cheese and unknown user of spam quotas"
    mail["Message-ID"] = f"<{message_id}@passerelle.example>"
    mail.set_content("Un appel est ouvert. User unknown, mailbox full, blocked for spam: ce sont des mots du titre.")
    return mail


def report(
    status: str,
    diagnostic: str = "",
    *,
    action: str = "failed",
    to: str | None = None,
    final: str = RECIPIENT,
    words: str = "This is the mail system at host relay.example. Your message could not be delivered.",
    message_id: str = ID,
    returned_id: str = "<report-1@relay.example>",
    inner: bool = True,
) -> bytes:
    """A delivery report as RFC 3464 has it."""
    mail = MIMEMultipart("report", **{"report-type": "delivery-status"})
    mail["From"], mail["To"] = "MAILER-DAEMON@relay.example (Mail Delivery System)", to or verp(message_id)
    mail["Subject"], mail["Auto-Submitted"] = "Undelivered Mail Returned to Sender", "auto-replied"
    mail["Message-ID"] = returned_id
    mail.attach(MIMEText(words))
    mail.attach(_delivery_status(status, diagnostic, action, final))
    if inner:
        mail.attach(MIMEMessage(original(message_id)))
    return mail.as_bytes()


def _delivery_status(status: str, diagnostic: str, action: str, final: str) -> MIMEBase:
    part = MIMEBase("message", "delivery-status")
    about_mail, about_recipient = EmailMessage(), EmailMessage()
    about_mail["Reporting-MTA"] = "dns; relay.example"
    if final:
        about_recipient["Final-Recipient"] = f"rfc822; {final}"
    about_recipient["Action"] = action
    if status:
        about_recipient["Status"] = status
    if diagnostic:
        about_recipient["Diagnostic-Code"] = " ".join(diagnostic.split())
    part.set_payload([about_mail, about_recipient])
    return part


def complaint(
    feedback: str = "abuse", *, to: str | None = None, mail_from: str = "", message_id: str = ID, returned_id: str = ""
) -> bytes:
    """A feedback report as RFC 5965 has it."""
    mail = MIMEMultipart("report", **{"report-type": "feedback-report"})
    mail["From"], mail["To"], mail["Subject"] = "fbl@provider.example", to or verp(message_id), "FW: complaint"
    mail["Message-ID"] = returned_id or f"<{feedback}-1@provider.example>"
    mail.attach(MIMEText("This is an email abuse report for an email message received from IP 192.0.2.1."))
    fields = EmailMessage()
    fields["Feedback-Type"], fields["User-Agent"], fields["Version"] = feedback, "Provider-FBL/1.0", "1"
    if mail_from:
        fields["Original-Mail-From"] = f"<{mail_from}>"
    part = MIMEBase("message", "feedback-report")
    part.set_payload([fields])
    mail.attach(part)
    mail.attach(MIMEMessage(original(message_id)))
    return mail.as_bytes()


def plain(words: str, *, sender: str = "Mail Delivery System <Mailer-Daemon@relay.example>", **heads: str) -> bytes:
    """A reply in words alone."""
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, verp()
    mail["Subject"] = heads.pop("subject", "Mail delivery failed: returning message to sender")
    for name, value in heads.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(words)
    return mail.as_bytes()


def exim(reply: Said) -> bytes:
    said = f"{reply.code} " + reply.text.replace("\n", f"\n    {reply.code} ")
    return plain(
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be"
        " delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
        f"  {RECIPIENT}\n    host mx.commune.example [192.0.2.7]\n    SMTP error from remote mail server after RCPT"
        f" TO:<{RECIPIENT}>:\n    {said}\n\n------ This is a copy of the message, including all the headers. ------\n\n"
        f"Return-path: <{verp()}>\nMessage-ID: <{ID}@passerelle.example>\nSubject: User unknown, spam, quota\n",
        X_Failed_Recipients=RECIPIENT,
        Auto_Submitted="auto-replied",
    )


def qmail(reply: Said) -> bytes:
    return plain(
        f"Hi. This is the qmail-send program at relay.example.\nI'm afraid I wasn't able to deliver your message to the"
        " following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        f"<{RECIPIENT}>:\n"
        f"192.0.2.7 does not like recipient.\nRemote host said: {reply.code} {reply.text}\nGiving up on 192.0.2.7.\n\n"
        "--- Below this line is a copy of the message.\n\nReturn-Path: <a@b.example>\nSubject: User unknown\n",
        sender="MAILER-DAEMON@relay.example",
        subject="failure notice",
    )


AWAY = (
    ("Absence du bureau", "Je suis absent jusqu’au 3 décembre. En cas d’urgence, écrire à mairie@commune.example."),
    ("Réponse automatique : Nouveau", "Je suis en congés. Votre message ne sera pas transféré."),
    ("Automatic reply: Nouveau", "I am out of the office with no access to my mailbox."),
    ("Out of Office AutoReply", "My mailbox is full of work; I am away."),
    ("Abwesenheitsnotiz", "Ich bin nicht im Büro."),
    ("[Mailinblack] Authentifiez-vous", "Cliquez pour que votre message soit remis à x@commune.example."),
    ("Please confirm your message", "Challenge: your message could not be delivered until you prove you are human."),
    ("Re: Nouveau", "Merci ! Mon ancienne adresse est invalide, l’utilisateur inconnu c’est moi."),
)
FEEDBACK: tuple[tuple[str, ReturnKind], ...] = (
    ("abuse", "complaint"), ("fraud", "complaint"), ("opt-out", "complaint"), ("Abuse", "complaint"),
    ("not-spam", "none"), ("auth-failure", "none"), ("virus", "none"), ("other", "none"),
)  # fmt: skip


def samples() -> Iterator[Sample]:
    """All of them."""
    permanent = [said for said in REPLIES if said.code >= 500 and said.step in {"rcpt", "dot"}]
    for number, said in enumerate(permanent):
        kind: ReturnKind = "bounced" if said.verdict == "address" else "delayed"
        form = (_as_report, _as_report, exim, qmail)[number % 4]
        yield Sample(f"{form.__name__.strip('_')}: {said.by} {said.code} {said.text[:30]}", form(said), kind)
    yield from _reports()
    yield from _words()
    for feedback, meant in FEEDBACK:
        yield Sample(f"feedback: {feedback}", complaint(feedback), meant)
    for number, (subject, words) in enumerate(AWAY):
        marked = {"Auto_Submitted": "auto-replied"} if number % 2 else {"Precedence": "bulk"}
        away = plain(words, sender=f"Élue <{RECIPIENT}>", subject=subject, **marked)
        yield Sample(f"away: {subject}", away, "none")


def _as_report(said: Said) -> bytes:
    return report("5.0.0" if "5." not in said.text else "", f"smtp; {said.code} {said.text}")


def _reports() -> Iterator[Sample]:
    gone, later = "smtp; 550 5.1.1 User unknown", "smtp; 451 4.7.1 Greylisted, please try again later"
    yield Sample("delayed by Postfix", report("4.7.1", later, action="delayed"), "delayed")
    yield Sample("delayed though gone", report("4.4.1", gone, action="delayed"), "delayed")
    yield Sample("given up after five days", report("4.4.7", "smtp; 451 4.3.0 timeout"), "delayed")
    yield Sample("given up, host away", report("5.4.7", "smtp; 550 5.4.7 delivery time expired"), "delayed")
    yield Sample("routing loop", report("5.4.6", "smtp; 554 5.4.6 Hop count exceeded"), "delayed")
    yield Sample("full", report("5.2.2", "x-unix; mailbox full"), "delayed")
    yield Sample("unix user", report("5.1.1", "x-unix; user unknown"), "bounced")
    yield Sample("no diagnostic", report("5.1.1"), "bounced")
    yield Sample("no reason at all", report("5.0.0"), "delayed")
    yield Sample("reason in words", report("5.0.0", words="x@commune.example: Domain does not exist"), "bounced")
    yield Sample("only received", report("2.1.5", "smtp; 250 2.1.5 ok", action="delivered"), "none")
    yield Sample("relayed", report("2.0.0", action="relayed"), "none")
    yield Sample("to a list", report("2.0.0", action="expanded"), "none")
    exchange = "smtp; 550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup"
    yield Sample("nothing sent back", report("5.1.10", exchange, inner=False), "bounced")
    yield Sample("virus", report("5.7.1", "smtp; 554 5.7.1 virus found, user unknown to us"), "delayed")


def _words() -> Iterator[Sample]:
    waits = (
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been"
        " delivered to one or more of its\nrecipients after more than 24 hours on the queue on relay.example.\n\n"
        f"The address to which the message has not yet been delivered is:\n\n  {RECIPIENT}\n\nNo action is required."
    )
    yield Sample("Exim waits", plain(waits, subject="Warning: message 1abc-0001-XY delayed 24 hours"), "delayed")
    french = f"Votre message n’a pas pu être remis à {RECIPIENT} : la boîte du destinataire est pleine (quota)."
    yield Sample("French, full", plain(french, subject="Échec de la remise (failure)"), "delayed")
    silent = f"Delivery to the following recipients failed permanently:\n\n   * {RECIPIENT}\n"
    yield Sample("no reason in words", plain(silent, subject="Delivery Status Notification (Failure)"), "delayed")
    spam = "Buy our watches. Unknown user? No such user pays less!"
    yield Sample("spam", plain(spam, sender="Shop <shop@spam.example>", subject="Offer"), "none")
