"""What people answered, for the office: whom to call back, and why opportunities are refused."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.portal.domain.labels import ANSWER_REASONS, N_
from services.portal.store.answers import KeptAnswer
from services.portal.web import plots
from services.portal.web.drawing import Drawing, texts
from services.portal.web.forms import page_number
from services.portal.web.site import Site
from services.portal.web.visitor import Visitor
from shared.spreadsheets import as_csv

PAGE_SIZE = 50
MOST_EXPORTED = 50_000
NO_REASON = N_("Sans raison donnée")
REFUSALS = N_("Refus")
CALLED = N_("C’est noté : cette organisation a été rappelée.")
COLUMNS = (
    "organisation_id", "organisation", "opportunity_id", "title", "verdict", "reason", "note", "reach",
    "answered_at", "called_back_at",
)  # fmt: skip


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    async def refusals(language: str) -> list[tuple[str, int]]:
        """Each reason in words with how often it was given, the most frequent first."""
        _ = texts(language).gettext
        counts = await site.store.answers.refusals()
        by_count = sorted(counts.items(), key=lambda reason: (-reason[1], reason[0]))
        return [(_(ANSWER_REASONS.get(code, NO_REASON)), count) for code, count in by_count]

    @router.get("/staff/answers")
    async def answers(request: Request) -> HTMLResponse:
        visitor: Visitor = request.state.visitor
        page = page_number(request)
        total, waiting = await site.store.answers.counts()
        calls = await site.store.answers.wanted_calls(limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
        return drawing.page(
            request,
            "staff/answers.html",
            notice=CALLED if "called" in request.query_params else "",
            calls=calls,
            waiting=waiting,
            refusals=await refusals(visitor.language),
            page=page,
            pages=max(1, -(-total // PAGE_SIZE)),
        )

    @router.get("/staff/answers/reasons.svg")
    async def reasons(request: Request) -> Response:
        language = request.state.visitor.language
        name = texts(language).gettext(REFUSALS)
        drawn = await run_in_threadpool(plots.counts, await refusals(language), name)
        return Response(drawn, media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=60"})

    @router.get("/staff/answers/export")
    async def export() -> Response:
        rows = [_row(kept) for kept in await site.store.answers.all(limit=MOST_EXPORTED)]
        headers = {"Content-Disposition": 'attachment; filename="reponses.csv"'}
        content = await run_in_threadpool(as_csv, COLUMNS, rows)
        return Response(content, media_type="text/csv; charset=utf-8", headers=headers)

    @router.post("/staff/answers/{answer_number}/called-back")
    async def called_back(request: Request, answer_number: int) -> Response:
        visitor: Visitor = request.state.visitor
        if not await site.store.answers.note_call(answer_number, by=visitor.person_id, now=site.now()):
            return RedirectResponse("/staff/answers", 303)
        await site.store.staff.log(visitor.person_id, "called somebody back", str(answer_number), now=site.now())
        return RedirectResponse("/staff/answers?called=1", 303)

    return router


def _row(kept: KeptAnswer) -> list[str]:
    answer = kept.answer
    called = kept.called_back_at.isoformat() if kept.called_back_at else ""
    said = (answer.verdict, answer.reason or "", answer.note, answer.reach)
    about = (answer.organisation_id, kept.organisation, answer.opportunity_id, kept.title)
    return [*about, *said, kept.answered_at.isoformat(), called]
