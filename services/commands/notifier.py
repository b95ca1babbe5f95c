"""Commands that speak to the notifier: whether every match became of something."""

import typer

from services.commands.place import service_at_rest
from services.commands.speech import err, tell, work

UNBALANCED = 1


def reconcile() -> None:
    """Count what became of every match found for a recipient. Exit code 1 when one is missing."""
    from services.notifier.store.reconciliation import Reconciling
    from shared.requests import AskReconciliation, Reconciliation

    async def count() -> None:
        async with service_at_rest("notifier") as context:
            reconciling = Reconciling(context.database, context.clock, context.common.timezone)
            found: Reconciliation = await reconciling.ask(AskReconciliation())
        cancelled = sum(found.cancelled.values())
        tell(
            f"{found.found} found: {found.told} told, {found.pending} pending, {found.failed} failed, "
            f"{cancelled} cancelled, {found.unaccounted} unaccounted for",
            *(f"  cancelled, {reason}: {number}" for reason, number in found.cancelled.items()),
        )
        if found.unaccounted:
            err.print("matches became of nothing: the log of the notifier says what failed")
            raise typer.Exit(UNBALANCED)

    work(count())
