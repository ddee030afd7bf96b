"""Accounts, sessions, tokens, tries to sign in, and the views that are only ever added to."""

import sqlalchemy as sa
from alembic import op

revision = "access_0001"
down_revision = None
branch_labels = None
depends_on = None

REFUSAL = "views are append-only"


def upgrade() -> None:
    """Make the tables, and the triggers that refuse."""
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("field_offices", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("disabled_at", sa.BigInteger),
        sa.Column("last_sign_in_at", sa.BigInteger),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False, index=True),
        sa.Column("form_token", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "tokens",
        sa.Column("token_id", sa.Text, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.account_id"), nullable=False, index=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("of", sa.String(80), nullable=False, index=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "views",
        sa.Column("file", sa.Text, primary_key=True),
        sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("participant_id", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False, index=True),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("data_version", sa.Text, nullable=False),
        sa.Column("as_of", sa.Text, nullable=False),
    )
    op.create_index("views_by_participant", "views", ["participant_id", "at"])
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Take them away."""
    for name in ("views", "sign_in_attempts", "tokens", "sessions", "accounts"):
        op.drop_table(name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop function views_refuse()")


# "insert or replace" deletes without a delete trigger on SQLite; so an insert must also be new.
SQLITE = (
    f"""create trigger views_refuse_update before update on views
    begin select raise(abort, '{REFUSAL}'); end""",
    f"""create trigger views_refuse_delete before delete on views
    begin select raise(abort, '{REFUSAL}'); end""",
    f"""create trigger views_are_new before insert on views
    when exists (select 1 from views
      where file = new.file and place = new.place and participant_id = new.participant_id)
    begin select raise(abort, '{REFUSAL}'); end""",  # noqa: S608 - words of our own
)
POSTGRESQL = (
    f"""create function views_refuse() returns trigger language plpgsql as $$
    begin raise exception '{REFUSAL}'; end $$""",
    """create trigger views_refuse_change before update or delete on views
    for each row execute function views_refuse()""",
    """create trigger views_refuse_truncate before truncate on views
    for each statement execute function views_refuse()""",
)
