"""What Alembic runs for each command: on the connection that `db.records.migrations` hands over, in its transaction."""

from alembic import context

from db.records.migrations import schema_of
from db.records.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table_schema=schema_of(connection),
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
