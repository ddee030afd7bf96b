"""The ledger and the texts that stand outside it."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

REFUSAL = "the ledger is append-only"


def upgrade() -> None:
    """Make the tables and the triggers that refuse."""
    op.create_table(
        "ledger",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False, unique=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
    )
    op.create_index("ledger_by_entity", "ledger", ["entity", "sequence"])
    op.create_index("ledger_by_kind", "ledger", ["kind", "sequence"])
    op.create_table(
        "texts",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("salt", sa.String(64)),
        sa.Column("text", sa.Text),
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Take them away."""
    op.drop_table("texts")
    op.drop_table("ledger")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop function ledger_refuses()")
        op.execute("drop function ledger_continues()")


# "insert or replace" deletes without a delete trigger on SQLite, and a gap would look like a deletion; so an
# insert must also continue the chain.
SQLITE = (
    f"""create trigger ledger_refuses_update before update on ledger
    begin select raise(abort, '{REFUSAL}'); end""",
    f"""create trigger ledger_refuses_delete before delete on ledger
    begin select raise(abort, '{REFUSAL}'); end""",
    f"""create trigger ledger_continues before insert on ledger
    when new.sequence <> coalesce((select max(sequence) from ledger), 0) + 1
      or new.previous <> coalesce((select hash from ledger order by sequence desc limit 1), new.previous)
      or exists (select 1 from ledger where request = new.request or hash = new.hash)
    begin select raise(abort, '{REFUSAL} and continues its last entry'); end""",  # noqa: S608 - words of our own
)
POSTGRESQL = (
    f"""create function ledger_refuses() returns trigger language plpgsql as $$
    begin raise exception '{REFUSAL}'; end $$""",
    f"""create function ledger_continues() returns trigger language plpgsql as $$
    begin
      if new.sequence <> coalesce((select max(sequence) from ledger), 0) + 1
        or new.previous <> coalesce((select hash from ledger order by sequence desc limit 1), new.previous)
      then raise exception '{REFUSAL} and continues its last entry'; end if;
      return new;
    end $$""",  # noqa: S608 - words of our own
    """create trigger ledger_refuses_change before update or delete on ledger
    for each row execute function ledger_refuses()""",
    """create trigger ledger_refuses_truncate before truncate on ledger
    for each statement execute function ledger_refuses()""",
    """create trigger ledger_continues before insert on ledger
    for each row execute function ledger_continues()""",
)
