"""Where the links of mails lead: pages with a button, signed where they speak for somebody."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, urlencode

from services.notifier.domain.tokens import answer_token, check_in_token, leave_token, unsubscribe_token
from shared.requests import CheckInAnswer

Verdict = Literal["not_for_us", "interested"]


@dataclass(frozen=True)
class Links:
    """Every link that a mail carries. None of them changes anything when it is only opened."""

    public_url: str
    secret: bytes = field(repr=False)

    def page(self, path: str, **query: str) -> str:
        return f"{self.public_url}/{path}" + (f"?{urlencode(query)}" if query else "")

    def opportunity(self, opportunity_id: str) -> str:
        return self.page(f"opportunities/{quote(opportunity_id, safe='')}")

    def calendar(self, opportunity_id: str) -> str:
        """The deadline as a file for a calendar."""
        return f"{self.opportunity(opportunity_id)}/deadline.ics"

    def answer(self, subscription_id: str, opportunity_id: str, verdict: Verdict) -> str:
        return self.page("answer", token=answer_token(self.secret, subscription_id, opportunity_id), verdict=verdict)

    def check_in(self, message_id: str, answer: CheckInAnswer) -> str:
        return self.page("check-in", token=check_in_token(self.secret, message_id), answer=answer)

    def leaving_token(self, person_id: str, subscription_ids: tuple[str, ...]) -> str:
        """For a mail about one subscription a token that ends that one, else one that ends all of the person's."""
        if len(subscription_ids) == 1:
            return unsubscribe_token(self.secret, subscription_ids[0])
        return leave_token(self.secret, person_id)
