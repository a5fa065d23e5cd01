"""What was a list within one text gets columns, bits and tables of its own: known to the day, flags, names of types."""

import sqlalchemy as sa
from alembic import op

from db.storage.older import BECAME, FLAGS_OF_7, MOVED

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BY_DAY = ("created_by_day", "closed_by_day", "due_by_day")
LISTS = {
    "reported_failures": ("service_type", "failed_type"),
    "department_aliases": ("department", "alias"),
}
PRECISIONS = "'', 'closed', 'created', 'due', 'closed,created', 'closed,due', 'created,due', 'closed,created,due'"


def upgrade() -> None:
    for name in BY_DAY:
        op.add_column("requests", sa.Column(name, sa.Boolean(), autoincrement=False, nullable=True))
    kinds = dict.fromkeys(BY_DAY, "boolean") | {"flags": "integer"}
    changes = [
        f"alter column {name} type {kind} using ({BECAME[7]['requests', name]}), alter column {name} set not null"
        for name, kind in kinds.items()
    ]
    op.execute(f"alter table requests {', '.join(changes)}")  # in one statement, so that the rows are written once
    op.create_check_constraint("requests_flags", "requests", "flags between 0 and 1048575")
    op.drop_constraint("requests_time_precision", "requests", type_="check")
    op.drop_column("requests", "time_precision")
    for table, names in LISTS.items():
        columns = (sa.Column(name, sa.Text(collation="C"), autoincrement=False, nullable=False) for name in names)
        op.create_table(table, *columns, sa.PrimaryKeyConstraint(*names, name=f"{table}_key"))
        op.execute(f"insert into {table} {MOVED[7][table].format(older='')}")
    op.drop_column("service_types", "reports_failure_of")
    op.drop_column("departments", "aliases")


def downgrade() -> None:
    op.add_column("service_types", sa.Column("reports_failure_of", sa.Text(collation="C"), nullable=True))
    op.add_column("departments", sa.Column("aliases", sa.Text(collation="C"), nullable=False, server_default=""))
    op.execute("""update service_types t set reports_failure_of = (select string_agg(failed_type, ',')
        from reported_failures f where f.service_type = t.service_type)""")
    op.execute("""update departments d set aliases = coalesce((select string_agg(alias, '|')
        from department_aliases a where a.department = d.department), '')""")
    op.alter_column("departments", "aliases", server_default=None)
    for table in LISTS:
        op.drop_table(table)
    op.add_column("requests", sa.Column("time_precision", sa.Text(collation="C"), nullable=True))
    op.drop_constraint("requests_flags", "requests", type_="check")
    names = ", ".join(f"case when {name} then '{name.removesuffix('_by_day')}' end" for name in sorted(BY_DAY))
    words = ", ".join(f"case when flags & {1 << place} <> 0 then '{flag}' end" for place, flag in enumerate(FLAGS_OF_7))
    op.execute(f"""alter table requests
        alter column time_precision type text collate "C" using concat_ws(',', {names}),
        alter column time_precision set not null,
        alter column flags type text collate "C" using concat_ws(',', {words})""")
    op.create_check_constraint("requests_time_precision", "requests", f"time_precision in ({PRECISIONS})")
    for name in BY_DAY:
        op.drop_column("requests", name)
