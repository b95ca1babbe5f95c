"""Leaving: unsubscribing with certainty, taking one's data along, being forgotten."""

from collections.abc import Iterable

from services.portal.web.site import Site
from services.portal.web.visitor import Visitor
from shared.bus import OwnerDown
from shared.events import OrganisationWithdrawn
from shared.requests import Erase, Preferences, Unsubscribe, Unsubscribed


async def unsubscribe(site: Site, request: Unsubscribe) -> Unsubscribed | None:
    """Have the notifier stop mail; None when it is away and the wish is kept, to be carried out first."""
    try:
        answer: Unsubscribed = await site.bus.ask(request)
    except OwnerDown:
        await site.store.wishes.keep(request, at=site.now())
        return None
    return answer


async def follow(site: Site, answer: Unsubscribed) -> None:
    """Withdraw what nobody is written to about any more, after an unsubscribe by the token of a mail."""
    if answer.person_id is None:
        return
    if answer.organisation_id is not None:
        await end_memberships(site, answer.person_id, [answer.organisation_id])
        return
    organisations = await site.store.organisations.of_person(answer.person_id)
    await end_memberships(site, answer.person_id, [organisation.state.id for organisation in organisations])


async def leave(site: Site, person_id: str, organisation_ids: Iterable[str]) -> bool:
    """Stop mail for some organisations of a person; False when the wish is kept for later."""
    done = True
    for organisation_id in organisation_ids:
        wish = Unsubscribe(person_id=person_id, organisation_id=organisation_id)
        done = await unsubscribe(site, wish) is not None and done
        await end_memberships(site, person_id, [organisation_id])
    return done


async def leave_all(site: Site, person_id: str) -> bool:
    """Stop every mail to a person; False when the wish is kept for later."""
    answer = await unsubscribe(site, Unsubscribe(person_id=person_id))
    organisations = await site.store.organisations.of_person(person_id)
    await end_memberships(site, person_id, [organisation.state.id for organisation in organisations])
    return answer is not None


async def end_memberships(site: Site, person_id: str, organisation_ids: Iterable[str]) -> None:
    """End memberships, and tell the organisations nobody speaks for any more."""
    now = site.now()
    async with site.store.database.writing() as connection:
        withdrawn = await site.store.organisations.leave(connection, person_id, organisation_ids, now=now)
        facts = [
            OrganisationWithdrawn(happened_at=now, organisation_id=one, version=version) for one, version in withdrawn
        ]
        await site.store.outbox.tell(connection, *facts)


async def erase(site: Site, person_id: str) -> None:
    """Forget a person everywhere. Raises OwnerDown before anything is changed."""
    await site.bus.ask(Erase(person_id=person_id))
    organisations = await site.store.organisations.of_person(person_id)
    await end_memberships(site, person_id, [organisation.state.id for organisation in organisations])
    async with site.store.database.writing() as connection:
        await site.store.organisations.forget(connection, person_id)
        await site.store.alerts.forget(connection, person_id)
        await site.store.answers.forget(connection, person_id)
        await site.store.sessions.close_all(connection, person_id)
    await site.store.staff.remove(person_id)


async def export(site: Site, visitor: Visitor, held: Preferences) -> dict[str, object]:
    """All that is held of a person, as JSON values."""
    organisations = []
    for organisation in await site.store.organisations.of_person(visitor.person_id):
        versions = await site.store.organisations.versions(organisation.state.id)
        organisations.append(
            {
                **organisation.state.model_dump(mode="json"),
                "place": organisation.place,
                "status": organisation.status,
                "declared_at": organisation.declared_at.isoformat(),
                "consent_text_version": organisation.consent_text_version,
                "texts": [{"version": v, "text": text, "at": at.isoformat()} for v, text, at in versions],
            }
        )
    return {
        "person_id": visitor.person_id,
        "exported_at": site.now().isoformat(),
        "email": held.masked_email,
        "subscriptions": [subscription.model_dump(mode="json") for subscription in held.subscriptions],
        "organisations": organisations,
        "answers": [
            {**vars(kept.answer), "answered_at": kept.answered_at.isoformat(), "title": kept.title}
            for kept in await site.store.answers.of_person(visitor.person_id)
        ],
        "session_opened_at": visitor.session.opened_at.isoformat() if visitor.session else None,
    }
