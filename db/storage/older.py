"""What columns of an older desk became, as SQL that both engines take, by the schema version that changed them.

Migrations of the server and `rebuild.py` of the embedded database take it from here. It stays as it was written,
whatever becomes of the words in db/rules/vocabulary.py.
"""

from __future__ import annotations

FLAGS_OF_7 = (  # each is one bit: its place here
    *("closed_before_created", "closed_without_date", "clock_shifted", "district_0", "due_before_created"),
    *("due_far_away", "due_the_same", "future_date", "no_coordinates", "open_with_closed_date", "outside_bounds"),
    *("past_date", "unknown_channel", "unknown_owner", "unknown_resolution", "unknown_status", "unknown_type"),
    *("unusable_closed_date", "unusable_due_date", "unusable_updated_date"),
)
_BITS = " + ".join(
    f"case when '{flag}' = any(string_to_array(flags, ',')) then {1 << place} else 0 end"
    for place, flag in enumerate(FLAGS_OF_7)
)

BECAME: dict[int, dict[tuple[str, str], str]] = {  # version -> table and column -> SQL on the row as it was
    7: {
        **{
            ("requests", f"{name}_by_day"): f"'{name}' = any(string_to_array(time_precision, ','))"
            for name in ("created", "closed", "due")
        },
        ("requests", "flags"): f"case when flags = '' then 0 else {_BITS} end",
    }
}
"""Once a list of the moments known to the day, and a list of flags, each with commas between."""

MOVED: dict[int, dict[str, str]] = {  # version -> new table -> SQL for its rows; {older} comes before an older table
    7: {
        "reported_failures": """select distinct service_type, unnest(string_to_array(reports_failure_of, ','))
            from {older}service_types where reports_failure_of <> ''""",
        "department_aliases": """select distinct department, unnest(string_to_array(aliases, '|'))
            from {older}departments where aliases <> ''""",
    }
}
"""Once lists within one column."""
