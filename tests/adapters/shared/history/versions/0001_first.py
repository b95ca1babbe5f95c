"""The three tables every service has."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    from tests.adapters.shared.test_runtime import metadata

    metadata.create_all(op.get_bind())


def downgrade() -> None:
    op.execute(sa.text("DROP TABLE outbox"))
