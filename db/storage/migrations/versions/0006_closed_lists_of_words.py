"""What a request may say is checked by the database: closed lists of words, and a due date that has its source."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# As they were when this migration was written: db/rules/vocabulary.py may move on, a migration does not.
CHECKS = {
    ("requests", "status"): "open closed duplicate cancelled referred acknowledged information",
    ("requests", "outcome"): (
        "work_done nothing_found administrative referred duplicate cancelled acknowledged unknown"
    ),
    ("requests", "exclusion_reason"): "not_a_service test cancelled duplicate acknowledged",
    ("requests", "goal_basis"): "published budget_average draft",
    ("requests", "due_source"): "city computed",
    ("requests", "repeat_kind"): "same_call chaser asked_again",
    ("requests", "location_quality"): "point none outside zero",
    ("staffing", "basis"): "reported illustrative",
}


def upgrade() -> None:
    for (table, column), words in CHECKS.items():
        listed = ", ".join(f"'{word}'" for word in words.split())
        op.create_check_constraint(f"{table}_{column}", table, f"{column} in ({listed})")
    op.drop_constraint("goals_basis", "goals", type_="check")  # it allowed "none", which no goal ever had
    op.create_check_constraint("goals_basis", "goals", "basis in ('published', 'budget_average', 'draft')")
    precisions = "'', 'closed', 'created', 'due', 'closed,created', 'closed,due', 'created,due', 'closed,created,due'"
    op.create_check_constraint("requests_time_precision", "requests", f"time_precision in ({precisions})")
    op.create_check_constraint("requests_due", "requests", "(due_at is null) = (due_source is null)")


def downgrade() -> None:
    op.drop_constraint("goals_basis", "goals", type_="check")
    op.create_check_constraint("goals_basis", "goals", "basis in ('published', 'budget_average', 'draft', 'none')")
    op.drop_constraint("requests_due", "requests", type_="check")
    op.drop_constraint("requests_time_precision", "requests", type_="check")
    for table, column in CHECKS:
        op.drop_constraint(f"{table}_{column}", table, type_="check")
