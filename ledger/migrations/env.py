"""How Alembic runs here: on the connection that `ledger.migrate` hands over, and on no other."""

from alembic import context

from ledger.registers import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    render_as_batch=True,  # SQLite changes a table by making it anew
    user_module_prefix="",
)
with context.begin_transaction():
    context.run_migrations()
