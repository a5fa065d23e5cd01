"""Loading: the identity of the counts, what a second load does, and whose database it is."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from db.ingest.requests.load import load_files
from db.ingest.requests.progress import Step
from db.ingest.requests.report import COUNTS, LoadReport
from db.model import schema
from db.queries.data import freshness
from db.rules.vocabulary import BITS, Flag
from db.storage.database import Database
from tests.engines.ingest.loading import NOW, case, database_in, load, one, stored, write_cases

OPEN = {"Status": "New", "ClosedDate": "", "ResolutionCode": ""}


def counts(report: LoadReport) -> dict[str, int]:
    return {name: getattr(report, name) for name in COUNTS if getattr(report, name)}


def test_every_row_is_accounted_for_and_the_run_is_stored(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    load(database, write_cases(tmp_path / "a.csv", case(1), case(2), case(3, **OPEN), case(4)))
    second = write_cases(
        tmp_path / "b.csv",
        case(1),
        case(2, UpdatedDate="04/08/2026 01:00:00 AM", CD="1"),
        case(3),
        case(5),
        case(5, UpdatedDate="04/10/2026 01:00:00 AM"),
        case(6, CreatedDate="never"),
    )
    report = load(database, second)
    expected = {"read": 6, "inserted": 1, "updated": 1, "unchanged": 1, "stale": 1, "repeated": 1, "rejected": 1}
    assert counts(report) == expected
    run = stored(database, schema.load_runs).sort_values("load_id").to_dict("records")[-1]
    assert {name: run[name] for name in COUNTS} == expected
    assert run["layout"] == "myla311_cases"


def test_the_same_file_again_changes_nothing_and_makes_no_version(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    path = write_cases(tmp_path / "a.csv", case(1), case(2, CreatedDate="never"))
    load(database, path)
    before = database.version()
    report = load(database, path)
    assert counts(report) == {"read": 2, "unchanged": 1, "rejected": 1}
    assert "nothing changed" in report.describe()
    assert database.version() == before


def test_a_change_of_status_is_kept_as_history(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    load(database, write_cases(tmp_path / "a.csv", case(1, **OPEN)))
    load(database, write_cases(tmp_path / "b.csv", case(1, UpdatedDate="04/10/2026 01:00:00 AM")))
    (change,) = stored(database, schema.status_history).to_dict("records")
    assert (change["status_before"], change["status_after"], change["load_id"]) == ("open", "closed", 2)
    assert change["seen_at"] == datetime(2026, 4, 10, 1)
    row = one(database)
    assert (row["first_load"], row["last_load"], row["status"]) == (1, 2, "closed")


def test_of_a_key_that_comes_twice_the_one_updated_last_counts(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    late, early = case(1, CD="2", UpdatedDate="05/01/2026 01:00:00 AM"), case(1, CD="3")
    assert load(database, write_cases(tmp_path / "a.csv", late, early)).repeated == 1
    assert one(database)["council_district"] == "2"


def test_a_database_keeps_its_city_and_a_file_of_another_is_refused(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    load(database, write_cases(tmp_path / "a.csv", case(1)))
    other = tmp_path / "boston.csv"
    other.write_text(
        "case_enquiry_id,open_dt,target_dt,closed_dt,ontime,case_status,type\n1,2022-01-01 08:00:00,,,,Open,x\n"
    )
    for city in (None, "boston"):
        with pytest.raises(ValueError, match="DESK_DATA"):
            load(database, other, city=city)


def test_the_city_is_found_by_the_layout_when_the_database_is_empty(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    assert load(database, write_cases(tmp_path / "a.csv", case(1)), city=None).city == "los_angeles"


def test_an_unknown_city_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="atlantis"):
        load(database_in(tmp_path), write_cases(tmp_path / "a.csv", case(1)), city="atlantis")


def test_real_data_take_the_place_of_the_demo_but_not_the_other_way(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    load(database, write_cases(tmp_path / "demo.csv", case(1)), kind="demo")
    load(database, write_cases(tmp_path / "real.csv", case(2)))
    assert one(database)["sr_number"] == "2"
    with pytest.raises(ValueError, match="real data"):
        load(database, write_cases(tmp_path / "demo.csv", case(1)), kind="demo")


def test_one_bad_file_does_not_keep_the_others_out(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.csv").write_text("")
    write_cases(folder / "b.csv", case(1))
    database = database_in(tmp_path)
    with pytest.raises(ValueError, match=r"a\.csv: the file is empty"):
        load(database, folder)
    assert one(database)["sr_number"] == "1"


def test_what_is_no_request_file_in_a_folder_is_skipped_and_said(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    write_cases(folder / "b.csv", case(1))
    for name in ("readme.txt", "map.pdf", ".hidden"):
        (folder / name).write_text("What these files are")
    skipped: list[Path] = []
    database = database_in(tmp_path)
    load(database, folder, on_skip=skipped.append)
    assert one(database)["sr_number"] == "1"
    assert [path.name for path in skipped] == ["map.pdf", "readme.txt"]


def test_a_text_file_is_taken_from_a_folder_where_there_is_no_other(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    write_cases(folder / "requests.txt", case(1), delimiter="\t")
    assert load(database_in(tmp_path), folder).inserted == 1


def test_recomputing_ignores_the_citys_due_date_and_counts_as_a_change(tmp_path: Path) -> None:
    path = tmp_path / "boston.csv"
    path.write_text(
        "case_enquiry_id,open_dt,target_dt,closed_dt,ontime,case_status,type,department\n"
        "1,2022-01-03 08:00:00,2022-02-03 08:00:00,,ONTIME,Open,Schedule a Bulk Item Pickup,PWDx\n"
    )
    database = database_in(tmp_path)
    load(database, path, city="boston")
    assert one(database)["due_source"] == "city"
    assert load(database, path, city="boston", recompute_due=True).updated == 1
    assert one(database)["due_source"] != "city"
    assert load(database, path, city="boston", recompute_due=True).unchanged == 1


def test_the_clock_is_that_of_the_city_which_the_file_tells(tmp_path: Path) -> None:
    moment = datetime(2026, 7, 1, 12, tzinfo=UTC)

    def now_in(time_zone: str) -> datetime:
        return moment.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)

    database = database_in(tmp_path)
    ahead = case(1, CreatedDate="07/01/2026 06:00:00 AM", Status="New", ClosedDate="")
    load_files(database, [write_cases(tmp_path / "a.csv", ahead)], city=None, now=now_in)
    with database.reader().connect() as connection:
        assert connection.scalar(select(schema.load_runs.c.started_at)) == datetime(2026, 7, 1, 5)
    assert one(database)["flags"] == BITS[Flag.FUTURE_DATE]


def test_a_creation_15_years_before_the_middle_of_its_file_does_not_tell_when_the_data_begin(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    days = ["01/01/1970 12:00:00 AM", "06/30/2011 11:59:59 PM", "07/01/2011 12:00:00 AM"]
    early = [case(number, CreatedDate=day) for number, day in enumerate(days, start=1)]
    usual = [case(number, CreatedDate="07/01/2026 12:00:00 AM", ClosedDate="", Status="New") for number in range(4, 9)]
    load(database, write_cases(tmp_path / "a.csv", *early, *usual))
    with database.reader().connect() as connection:
        flags = select(schema.requests.c.flags).order_by(schema.requests.c.created_at)
        assert connection.scalars(flags).all() == [BITS[Flag.PAST_DATE]] * 2 + [0] * 6
        assert freshness.data_span(connection)["first_created_at"][0] == datetime(2011, 7, 1)


def test_the_citys_tables_come_from_its_profile(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    load(database, write_cases(tmp_path / "a.csv", case(1)))
    with database.reader().connect() as connection:
        goal = schema.goals.c
        basis = connection.scalar(select(goal.basis).where(goal.service_type == "Graffiti Removal"))
        city = connection.execute(select(schema.city)).one()
    assert basis == "published"
    assert (city.key, city.source_kind) == ("los_angeles", "file")


@pytest.mark.parametrize(
    ("updated", "seen"), [("04/10/2026 01:00:00 AM", datetime(2026, 4, 10, 1)), ("", datetime(2026, 7, 1, 12))]
)
def test_a_change_is_seen_when_the_city_says_so_else_when_its_load_began(
    tmp_path: Path, updated: str, seen: datetime
) -> None:
    database = database_in(tmp_path)
    load(database, write_cases(tmp_path / "a.csv", case(1, Status="New", ClosedDate="", UpdatedDate="")))
    load(database, write_cases(tmp_path / "b.csv", case(1, UpdatedDate=updated)))
    assert stored(database, schema.status_history)["seen_at"].tolist() == [seen]


def test_every_request_says_who_asked_for_it_again_whichever_file_told_so(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    first, same_call = case(1), case(2, CreatedDate="04/02/2026 12:50:00 PM")
    later, between = (
        case(number, CreatedDate=f"04/{day}/2026 12:00:00 PM", **OPEN) for number, day in ((3, 12), (4, 10))
    )
    load(database, write_cases(tmp_path / "a.csv", first, same_call, later))
    assert of_calls(database) == {"1": (True, "3"), "2": (True, "3"), "3": (False, None)}
    load(database, write_cases(tmp_path / "b.csv", between))
    assert of_calls(database) == {"1": (True, "4"), "2": (True, "4"), "3": (False, None), "4": (False, None)}


def of_calls(database: Database) -> dict[str, tuple[bool, str | None]]:
    rows = stored(database, schema.requests).set_index("sr_number")
    assert (rows["asked_again_at"].isna() == rows["asked_again_by"].isna()).all()
    return {str(number): (bool(row["shares_call"]), row["asked_again_by"]) for number, row in rows.iterrows()}


def test_progress_goes_from_nothing_forward_and_counts_files_by_their_bytes(tmp_path: Path) -> None:
    small = write_cases(tmp_path / "a.csv", case(1))
    large = write_cases(tmp_path / "b.csv", *(case(number) for number in range(2, 30)))
    steps: list[Step] = []
    load_files(database_in(tmp_path), [small, large], city="los_angeles", now=NOW, on_progress=steps.append)
    done = [step.done for step in steps]
    assert done == sorted(done)
    assert done[0] == 0
    assert done[-1] < 1
    sizes = small.stat().st_size, large.stat().st_size
    first_of_large = next(step for step in steps if step.file.endswith("b.csv"))
    assert first_of_large.done == pytest.approx(sizes[0] / sum(sizes))


def test_in_an_archive_a_note_is_left_out_beside_tables_only_and_told(tmp_path: Path) -> None:
    table, lone = write_cases(tmp_path / "a.csv", case(1)), write_cases(tmp_path / "b.txt", case(2), delimiter="\t")
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(table, "2025/requests.csv")
        archive.writestr("2025/about.txt", "about these files")
        archive.writestr("README.txt", "about these files, in a folder above them")
        archive.write(lone, "2024/requests.txt")
    skipped: list[Path] = []
    database = database_in(tmp_path)
    load_files(database, [path], city="los_angeles", now=NOW, on_skip=skipped.append)
    assert sorted(stored(database)["sr_number"]) == ["1", "2"]
    assert [found.name for found in skipped] == ["README.txt", "about.txt"]
