from __future__ import annotations

from pathlib import Path

import pytest

from db.settings import Settings, hidden, read, secrets_of


def test_nothing_set_means_the_folder_data_beside_the_desk() -> None:
    assert read({}) == Settings(data_dir=Path("data"), database_url=None, city=None)


def test_each_variable_is_read_and_an_empty_one_counts_as_unset() -> None:
    found = read({"DESK_DATA": "/srv/desk", "DATABASE_URL": " ", "DESK_CITY": "boston"})
    assert found == Settings(data_dir=Path("/srv/desk"), database_url=None, city="boston")


def test_the_text_of_the_settings_never_shows_the_password() -> None:
    shown = read({"DATABASE_URL": "postgresql://desk:s3cret@db:5432/requests"})
    assert "s3cret" not in f"{shown} {shown!r}"
    assert "postgresql://desk:***@db:5432/requests" in repr(shown)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://desk:s3cret@db/requests",
        "postgresql://desk:s3@cret@db:54x/requests",
        "s3cret",
        "duckdb:///s3cret.duckdb",
    ],
)
def test_a_url_of_another_kind_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL") as caught:
        read({"DATABASE_URL": url})
    assert "s3cret" not in str(caught.value)
    assert "postgresql://USER:PASSWORD" in str(caught.value)


@pytest.mark.parametrize("name", ["password", "sslpassword", "PASSWORD"])
def test_a_password_in_the_query_is_not_shown_and_is_known_as_a_secret(name: str) -> None:
    url = f"postgresql://desk:s3cret@db/requests?{name}=q%20w&sslmode=require"
    assert hidden(url) == "postgresql://desk:***@db/requests"
    assert secrets_of(url) == ("s3cret", "q w")


def test_a_url_that_cannot_be_read_is_not_shown_at_all() -> None:
    assert hidden("postgresql://desk:s3cret@db:54x/requests") == "***"


def test_street_pictures_are_off_unless_switched_on() -> None:
    assert not read({}).tiles
    assert not read({"DESK_TILES": "0"}).tiles
    assert read({"DESK_TILES": "1"}).tiles
    with pytest.raises(ValueError, match='DESK_TILES is "maybe"'):
        read({"DESK_TILES": "maybe"})
