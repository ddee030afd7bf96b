"""The cases as they now stand: a view over the ledger that can be made again from it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, with at most one open case a participant, and fill it from the ledger."""
    op.create_table(
        "cases",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("participant_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("cases_by_participant", "cases", ["participant_id"])
    op.create_index("cases_by_state", "cases", ["state"])
    waiting = sa.text("state in ('open', 'examining', 'proposed')")
    op.create_index(
        "one_open_case", "cases", ["participant_id"], unique=True, sqlite_where=waiting, postgresql_where=waiting
    )
    from casework.case_store import rebuild

    rebuild(op.get_bind())


def downgrade() -> None:
    """Take the table away; the ledger keeps everything."""
    op.drop_table("cases")
