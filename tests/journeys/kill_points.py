"""Where the process is killed: at each point five times, each time at another moment of the same step."""

Kills = tuple[str, str, str, str, str]

HARVESTER, STORE, HARVESTS = (
    "services.ingest.harvest:Harvester",
    "services.ingest.store:Store",
    "services.ingest.harvest_store:HarvestStore",
)
MATCHING, MATCHES = "services.matcher.handlers:Handlers", "services.matcher.store:Store"
HEARING = "services.notifier.handlers:Handlers"
KNOWING, PAIRS = "services.notifier.store.knowledge:Knowledge", "services.notifier.store.pairs:Pairs"
MORNINGS, SENDER, SMTP = (
    "services.notifier.store.mornings:Mornings",
    "services.notifier.sender:Sender",
    "services.notifier.mail.smtp:SmtpSession",
)
CONSENT, PEOPLE = "services.notifier.consent:ConsentCommands", "services.notifier.store.people:People"


def calls(step: str, *numbers: int) -> Kills:
    """The same step, at five of its calls."""
    one, two, three, four, five = (f"{step}:{number}" for number in numbers)
    return one, two, three, four, five


MAILS = (1, 2, 3, 5, 7)
POINTS: dict[str, Kills] = {
    "after a source is read": (
        f"{HARVESTER}._fetch:after:1",
        f"{HARVESTS}.start:after:1",
        f"{HARVESTER}._read:after:1",
        f"{HARVESTER}._is_catching_up:after:1",
        f"{HARVESTER}._store:before:1",
    ),
    "while a harvest is stored": (
        f"{STORE}.save:before:1",
        f"{HARVESTER}._save:before:1",
        f"{STORE}._put:before:1",
        f"{STORE}.tell:before:1",
        f"{STORE}.tell:after:1",
    ),
    "after a harvest is stored": (
        f"{HARVESTER}._save:after:1",
        f"{HARVESTER}._mark:before:1",
        f"{STORE}.mark_seen:after:1",
        f"{HARVESTER}._mark:after:1",
        f"{HARVESTS}.finish:before:1",
    ),
    "facts are read from the outbox, none is published": calls("shared.relay:Relay.publish:before", 1, 2, 3, 5, 8),
    "in the middle of publishing": calls("shared.bus:Bus.publish:after", 1, 3, 5, 8, 12),
    "after publishing, before it is marked": calls("shared.relay:Relay.publish:after", 1, 2, 3, 5, 8),
    "while scores are computed": (
        f"{MATCHING}.score_opportunity:after:1",
        f"{MATCHING}.score_opportunity:before:2",
        f"{MATCHING}.score_opportunity:after:3",
        f"{MATCHING}.score_profile:after:1",
        f"{MATCHING}._decide_closed:after:1",
    ),
    "before matches are stored": calls(f"{MATCHES}.save_matches:before", 1, 2, 3, 4, 5),
    "after matches are stored, before the fact is acknowledged": calls(f"{MATCHING}.write:after", 1, 2, 3, 4, 5),
    "a fact is noted as heard, its effect is not": (
        f"{KNOWING}.save_opportunity:before:1",
        f"{KNOWING}.save_opportunity:before:3",
        f"{KNOWING}.close_opportunity:before:1",
        f"{PAIRS}.save:before:1",
        f"{PAIRS}.save:after:3",
    ),
    "a fact is handled, before it is acknowledged": (
        f"{HEARING}.on_opportunity_amended:after:1",
        f"{HEARING}.on_opportunity_closed:after:1",
        f"{HEARING}.on_matches_changed:after:1",
        f"{HEARING}.on_matches_changed:after:3",
        f"{HEARING}.on_profile_described:after:1",
    ),
    "while a mail about one opportunity is planned": calls(
        "services.notifier.store.planning:Planning.plan_immediate:after", 1, 2, 3, 4, 5
    ),
    "while the mails of a morning are planned": (
        f"{MORNINGS}.plan:before:1",
        f"{MORNINGS}.plan:after:1",
        f"{MORNINGS}.carry:after:1",
        f"{MORNINGS}.note_windows:after:1",
        f"{MORNINGS}.note_next:after:1",
    ),
    "after a mail is claimed": calls(f"{SENDER}.claim:after", *MAILS),
    "while a mail is handed over": (
        f"{SMTP}.connect:after:1",
        f"{SMTP}.mail:after:2",
        f"{SMTP}.rcpt:after:3",
        f"{SMTP}.body:before:5",
        f"{SMTP}.body:after:7",
    ),
    "between the body and the point of no return": calls(f"{SENDER}.commit_dot:before", *MAILS),
    "at the point of no return": calls(f"{SENDER}.commit_dot:after", *MAILS),
    "after the final dot": calls(f"{SENDER}.final_dot:after", *MAILS),
    "a mail was taken, before that is noted": calls(f"{SENDER}.commit_sent:before", *MAILS),
    "after a mail is marked sent": calls(f"{SENDER}.commit_sent:after", *MAILS),
    "while somebody confirms": (
        f"{PEOPLE}.use_token:after:1",
        f"{CONSENT}._activate:after:1",
        f"{CONSENT}.confirm:after:1",
        "services.portal.web.signing_in:confirm_organisation:before:1",
        "services.portal.web.signing_in:confirm_organisation:after:1",
    ),
    "while somebody leaves": (
        f"{PEOPLE}.end:after:1",
        "services.notifier.store.calling_off:CallingOff.of_subscriptions:after:1",
        f"{CONSENT}.unsubscribe:after:1",
        "services.portal.web.leaving:end_memberships:before:1",
        "services.portal.web.leaving:follow:after:1",
    ),
}

FIRST_START = "while tables are made at the first start"
WHEN_FIRST_STARTED: Kills = calls("alembic.ddl.impl:DefaultImpl.create_table:after", 2, 9, 16, 24, 31)

STOPPING = "while it stops"
WHEN_STOPPED: Kills = (
    "shared.bus:Bus.stop:before:1",
    f"{SENDER}._stop:before:1",
    "shared.runtime:cancel_all:before:2",
    "shared.bus:Bus.stop:after:4",
    "shared.database:Database.close:after:3",
)
