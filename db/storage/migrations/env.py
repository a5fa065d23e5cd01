"""What Alembic runs for each command: on the connection that `db.storage.migrations` hands over, in its transaction."""

from alembic import context

from db.storage.ddl import server_metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=server_metadata())
with context.begin_transaction():
    context.run_migrations()
