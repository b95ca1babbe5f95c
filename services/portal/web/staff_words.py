"""The words staff add to the thesaurus, and those learned from bilingual lists."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.portal.domain.labels import N_
from services.portal.domain.words import clean_line
from services.portal.web.declare import ANSWERS_TO_KEEP
from services.portal.web.drawing import Drawing
from services.portal.web.forms import page_number, typed_in
from services.portal.web.site import Site
from services.portal.web.visitor import Visitor
from shared.bus import OwnerDown
from shared.requests import (
    AddTranslation,
    AskVocabulary,
    RemoveTranslation,
    VocabularyPage,
    VocabularyReply,
)

PAGE_SIZE = 50
MATCHER_DOWN = N_("Le service de rapprochement est momentanément interrompu : réessayez dans un instant.")
REFUSED_WORDS = {
    "known": N_("Ces mots sont déjà là."),
    "unknown": N_("Ces mots ne sont plus là."),
    "invalid": N_("Écrivez des mots des deux côtés, sans virgule ni signe, 100 lettres au plus."),
}


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    async def draw_words(request: Request, *, status: int = 200, **values: object) -> HTMLResponse:
        text, page = clean_line(request.query_params.get("text", "")[:100]), page_number(request)
        found = VocabularyPage()
        try:
            question = AskVocabulary(text=text, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE)
            found = await site.bus.ask(question)
        except OwnerDown:
            status, values = 503, {"down": MATCHER_DOWN, **values}
        pages = -(-found.total // PAGE_SIZE)
        shown = {"found": found, "text": text, "page": page, "pages": pages, "problem": "", "typed": {}, **values}
        return drawing.page(request, "staff/vocabulary.html", status=status, **shown)

    @router.get("/staff/vocabulary")
    async def vocabulary(request: Request) -> HTMLResponse:
        done = "done" in request.query_params
        notice = N_("C’est fait. Les mots compteront dans un instant.") if done else ""
        return await draw_words(request, notice=notice)

    async def change(request: Request, question: AddTranslation | RemoveTranslation, deed: str) -> Response:
        visitor: Visitor = request.state.visitor
        typed = {"french": question.french, "english": question.english}
        try:
            answer: VocabularyReply = await site.bus.ask(question)
        except OwnerDown:
            return await draw_words(request, status=503, down=ANSWERS_TO_KEEP, typed=typed)
        if answer.refused is not None:
            problem = REFUSED_WORDS.get(answer.refused, REFUSED_WORDS["invalid"])
            return await draw_words(request, status=422, problem=problem, typed=typed)
        await site.store.staff.log(
            visitor.person_id, deed, f"{question.french} → {question.english}"[:200], now=site.now()
        )
        return RedirectResponse("/staff/vocabulary?done=1", 303)

    @router.post("/staff/vocabulary")
    async def add(request: Request) -> Response:
        fields = (await typed_in(request, maximum=200)).fields
        visitor: Visitor = request.state.visitor
        french, english = clean_line(fields.get("french", "")), clean_line(fields.get("english", ""))
        question = AddTranslation(french=french, english=english, by=visitor.person_id)
        return await change(request, question, "added words")

    @router.post("/staff/vocabulary/remove")
    async def remove(request: Request) -> Response:
        fields = (await typed_in(request, maximum=200)).fields
        visitor: Visitor = request.state.visitor
        question = RemoveTranslation(
            french=fields.get("french", ""), english=fields.get("english", ""), by=visitor.person_id
        )
        return await change(request, question, "took back words")

    return router
