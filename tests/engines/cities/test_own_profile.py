"""A database that was loaded by a profile of one's own needs no setting ever after, whatever becomes of the file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from db.__main__ import main
from db.cities.of_database import City
from db.model import schema
from db.settings import Settings
from db.storage.database import ServerDatabase, open_database
from tests.engines.cities.own_profile import PROFILE, write_profile, write_rows
from tests.engines.ingest.loading import NOW, case, database_in, load, stored, write_cases

Capture = pytest.CaptureFixture[str]
SQUARE = [[-105.0, 39.7], [-104.9, 39.7], [-104.9, 39.8], [-105.0, 39.8], [-105.0, 39.7]]


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return write_profile(tmp_path / "profiles")


@pytest.fixture
def environ(tmp_path: Path, profile: Path, capsys: Capture) -> dict[str, str]:
    """A desk with two requests, loaded by a profile of its own."""
    environ = {"DESK_DATA": str(tmp_path / "data")}
    assert main(["load", "--city", str(profile), str(write_rows(tmp_path))], environ) == 0
    assert "2 inserted" in capsys.readouterr().out
    return environ


def city(environ: dict[str, str]) -> City:
    settings = Settings(Path(environ["DESK_DATA"]))
    database = open_database(settings)
    with database.reader().connect() as connection:
        found = City.of(connection, settings)
    database.close()
    return found


def test_every_command_works_without_any_setting(environ: dict[str, str], tmp_path: Path, capsys: Capture) -> None:
    square = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": "1"},
                "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
            }
        ],
    }
    areas = tmp_path / "wards.geojson"
    areas.write_text(json.dumps(square), encoding="utf-8")
    more = write_rows(
        tmp_path, "more.csv", "ticket,reported,finished,state,owner,what,lat,lon,ward\nF-3,2026-06-04 09:00,,new,,,,,\n"
    )
    for arguments in (
        ["ask", "totals"],
        ["check"],
        ["goals", "list"],
        ["places", "load", str(areas), "--level", "council_district"],
        ["load", str(more)],
        ["morning"],
        ["profile"],
    ):
        code = main(arguments, environ)
        told = capsys.readouterr()
        assert code == 0, (arguments, told.err)
        assert not told.err, arguments


def test_the_file_that_was_read_may_be_gone(
    environ: dict[str, str], profile: Path, tmp_path: Path, capsys: Capture
) -> None:
    profile.unlink()
    assert main(["check"], environ) == 0
    assert f"warning  {profile} cannot be read (no such file or directory)" in capsys.readouterr().out
    assert main(["load", str(write_rows(tmp_path))], environ) == 0
    assert "the profile stored with the database serves" in capsys.readouterr().err
    assert main(["profile"], environ) == 2
    assert "No such file" in capsys.readouterr().err
    assert main(["profile", "--text"], environ) == 0
    assert capsys.readouterr().out.strip() == PROFILE.strip()
    moved = write_profile(tmp_path / "elsewhere")
    assert main(["profile", str(moved)], environ) == 0
    assert str(moved) in capsys.readouterr().out
    assert city(environ).notice == ""


def test_a_changed_file_is_noticed_and_counts_when_it_is_read_again(
    environ: dict[str, str], profile: Path, capsys: Capture
) -> None:
    profile.write_text(PROFILE.replace("amount = 3", "amount = 5").replace("Streets", "Roads"), encoding="utf-8")
    before = city(environ)
    assert before.profile.departments[1].name == "Streets"
    assert 'was changed since it was read; the profile stored with the database serves. Run "python -m db profile"' in (
        before.notice
    )
    assert main(["profile"], environ) == 0
    told = capsys.readouterr().out
    assert "Fairview: 1 service types, 2 departments and 1 calendars read from" in told
    assert "Goals: 1 new, 1 end today" in told
    after = city(environ)
    assert (after.profile.departments[1].name, after.notice) == ("Roads", "")
    assert main(["profile"], environ) == 0
    assert "is as it was read; nothing to do." in capsys.readouterr().out


def test_a_file_that_became_invalid_leaves_the_stored_text_in_force(
    environ: dict[str, str], profile: Path, capsys: Capture
) -> None:
    profile.write_text(PROFILE.replace('"America/Denver"', '"America/Nowhere"'), encoding="utf-8")
    found = city(environ)
    assert found.profile.time_zone == "America/Denver"
    assert 'was changed and is not valid: fairview.toml: time_zone is "America/Nowhere"; expected' in found.notice
    assert main(["profile"], environ) == 2
    assert "fairview.toml: time_zone is" in capsys.readouterr().err
    assert city(environ).profile.time_zone == "America/Denver"


def test_another_citys_profile_is_refused(environ: dict[str, str], capsys: Capture) -> None:
    assert main(["profile", "boston"], environ) == 2
    assert 'this database holds "fairview"; "boston" needs one of its own' in capsys.readouterr().err


def test_a_database_of_an_older_desk_takes_its_profile_from_the_setting_or_once_from_a_command(
    environ: dict[str, str], profile: Path, capsys: Capture
) -> None:
    database = open_database(Settings(Path(environ["DESK_DATA"])))
    with database.write(NOW) as connection:
        connection.execute(update(schema.city).values(profile_text=None, profile_path=None))
    database.close()
    assert main(["check"], environ | {"DESK_CITY": str(profile)}) == 0
    assert main(["check"], environ) == 2
    assert 'run "python -m db profile path/to/fairview.toml" once' in capsys.readouterr().err
    assert main(["profile", str(profile)], environ) == 0
    assert main(["check"], environ) == 0


def test_a_server_keeps_the_profile_too(
    server_database: Callable[[str], ServerDatabase], profile: Path, tmp_path: Path, capsys: Capture
) -> None:
    database = server_database("own_profile")
    environ = {"DATABASE_URL": database.url.render_as_string(hide_password=False).replace("+psycopg", "")}
    assert main(["load", "--city", str(profile), str(write_rows(tmp_path))], environ) == 0
    profile.unlink()
    assert main(["goals", "list"], environ) == 0
    assert "Pothole: 3 business_days on office, published" in capsys.readouterr().out
    database.close()


def test_a_profile_of_the_desk_is_not_stored(tmp_path: Path, capsys: Capture) -> None:
    """So that a newer desk brings its corrections."""
    database = database_in(tmp_path)
    load(database, write_cases(tmp_path / "cases.csv", case(1)))
    (row,) = stored(database, schema.city).to_dict("records")
    assert (row["profile_text"], row["profile_path"]) == (None, None)
    database.close()
    assert main(["profile", "--text"], {"DESK_DATA": str(tmp_path / "data")}) == 2
    assert "comes with the desk" in capsys.readouterr().err


def test_what_an_earlier_desk_asked_of_a_profile_is_told_and_refuses_nothing(
    environ: dict[str, str], profile: Path, capsys: Capture
) -> None:
    text = profile.read_text(encoding="utf-8")
    head, table = text.split("\n[", 1)
    first = re.search(r"^\[service_types\..*\]$", text, re.MULTILINE)
    assert first is not None
    text = f'{head}\n[data_set_ids]\n2015 = "ms7h-a45h"\n\n[{table}'.replace(
        first.group(), f"{first.group()}\nsafety_points = 24"
    )
    profile.write_text(text, encoding="utf-8")
    assert main(["profile"], environ) == 0
    told = capsys.readouterr().out
    assert "safety_points has no effect any more; name what could hurt somebody under [triage.dangers]" in told
    assert "data_set_ids has no effect any more" in told
    assert "safety_points has no effect any more" in city(environ).notice
