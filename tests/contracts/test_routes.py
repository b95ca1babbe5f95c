"""One teller, some listener, and every listener routes what it hears: the routing tables equal the contracts."""

from collections.abc import Callable

import pytest

from shared.events import FACTS, SERVICES, Fact, durable_name
from shared.requests import Request
from shared.service import Parts

OF_ANY_SERVICE = "{service}"


def all_requests() -> list[type[Request]]:
    return Request.__subclasses__()


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.subject)
def test_a_fact_has_one_teller_and_somebody_else_who_listens(fact: type[Fact]) -> None:
    assert fact.teller in SERVICES
    assert fact.listeners
    assert set(fact.listeners) <= set(SERVICES) - {fact.teller}


def test_subjects_and_durables_are_each_used_once() -> None:
    subjects = [fact.subject for fact in FACTS]
    durables = [durable_name(listener, fact.subject) for fact in FACTS for listener in fact.listeners]
    assert len(set(subjects)) == len(subjects)
    assert len(set(durables)) == len(durables)


def test_every_fact_class_is_listed() -> None:
    unlisted = {fact.__name__ for fact in Fact.__subclasses__()} - {fact.__name__ for fact in FACTS}
    assert unlisted == {"Tick"}


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_routes_what_it_hears_and_nothing_else(name: str, built: Callable[[str], Parts]) -> None:
    hears = {fact.subject for fact in FACTS if name in fact.listeners}
    assert {fact.subject for fact in built(name).handlers} == hears


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_answers_every_request_it_owns_and_no_other(name: str, built: Callable[[str], Parts]) -> None:
    owns = {request.subject for request in all_requests() if request.owner == name}
    answers = {request.subject for request in built(name).requests if request.owner != OF_ANY_SERVICE}
    assert answers == owns


@pytest.mark.parametrize("request_class", all_requests(), ids=lambda request: request.__name__)
def test_a_request_names_its_owner_in_its_subject(request_class: type[Request]) -> None:
    sort, owner, verb = request_class.subject.split(".")
    assert sort in {"command", "question"}
    assert owner == request_class.owner
    assert owner in {*SERVICES, OF_ANY_SERVICE}
    assert verb.isidentifier()


@pytest.mark.parametrize("name", SERVICES)
async def test_jobs_have_a_name_of_their_own_and_one_way_of_being_due(name: str, built: Callable[[str], Parts]) -> None:
    jobs = built(name).jobs
    assert len({job.name for job in jobs}) == len(jobs)
    assert all((job.every is None) != (job.cron is None) for job in jobs)
