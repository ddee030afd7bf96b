"""Alembic's entry: runs the steps on the connection it is given; these tables count their forms by themselves."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], target_metadata=None, version_table="access_version"
)
with context.begin_transaction():
    context.run_migrations()
