"""Two ways of writing an address are one place; two places stay two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.rules import address
from db.rules.address import normalise


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1721 S KINGSLEY DR", "1721 KINGSLEY DR S"),
        ("1721 S KINGSLEY DR", "1721 South Kingsley Drive, 90006"),
        ("A ST AT B AVE", "B AVE AT A ST"),
        ("EVERETT ST AT HARVARD AVE", "INTERSECTION of Harvard Avenue & Everett Street"),
        ("1989 LUCILE AVE, LOS ANGELES, CA, 90039", "1989 Lucile Av., 90039"),
        ("140 N AVENUE 54, 90042", "140 NORTH AVE 54"),
        ("520 WEST  163 STREET", "520 W 163RD ST"),
        ("543 E Sixth St  South Boston  MA  02127", "543 EAST 6TH STREET"),
        ("12 MAIN ST APT 5, 90001", "12 MAIN ST #5"),
        ("8908 1/2 S READING AVE , 90045", "8908 1/2 S READING AVE"),
        ("1500 MARTIN LUTHER KING, JR BLVD, 90008", "1500 MARTIN LUTHER KING JR BLVD"),
        ("0100 MAIN ST", "100 MAIN ST"),
    ],
)
def test_two_spellings_of_one_place_are_equal(one: str, other: str) -> None:
    assert normalise(one) is not None
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1721 S KINGSLEY DR", "1721 N KINGSLEY DR"),
        ("1721 S KINGSLEY DR", "1723 S KINGSLEY DR"),
        ("100 E 6TH ST", "100 E 6TH AVE"),
        ("8908 S READING AVE", "8908 1/2 S READING AVE"),
        ("700 EAST BLVD", "700 E MAIN BLVD"),
        ("A ST AT B AVE", "A ST AT C AVE"),
    ],
)
def test_two_places_stay_two(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize("text", [None, "", "   ", "JAMAICA AVENUE", "0 MAIN ST", ",", "AT", "& &", "90012"])
def test_what_names_no_single_place_is_none(text: str | None) -> None:
    assert normalise(text) is None


def test_the_locality_separates_towns_where_the_city_needs_it() -> None:
    brighton, dorchester = "100 Washington St  Brighton  MA  02135", "100 Washington St  Dorchester  MA  02124"
    assert normalise(brighton) == normalise(dorchester)
    assert normalise(brighton, keep_locality=True) != normalise(dorchester, keep_locality=True)


def test_a_crossing_has_no_house_number() -> None:
    crossing, house = normalise("A ST AT B AVE"), normalise("12 A ST")
    assert crossing is not None
    assert house is not None
    assert (crossing.has_house_number, house.has_house_number) == (False, True)


@given(st.text(max_size=400))
def test_any_text_gives_a_stable_answer(text: str) -> None:
    """Normalising twice changes nothing, and no text raises."""
    found = normalise(text)
    if found is not None:
        again = normalise(found.norm)
        assert again is None or again.norm == found.norm


def test_a_number_of_zeros_is_none_and_a_raised_digit_is_no_number() -> None:
    assert normalise("0 MAIN ST") is None
    assert normalise("0 1/2 MAIN ST") is None
    assert normalise("12 ² ST") == normalise("12 ² Street")


_WORDS = (
    "²",
    "MAIN",
    "ST",
    "at",
    "&",
    "AND",
    "12",
    "1/2",
    "N",
    "Avenue",
    "54",
    "APT",
    "#5",
    ",",
    "90001",
    "  ",
    ".",
    "II",
)


@given(
    number=st.from_regex(r"0{0,2}[0-9]{1,5}[A-Za-z]?(-[0-9]{1,2}[A-Z]?)?", fullmatch=True),
    words=st.lists(st.sampled_from(_WORDS), max_size=8),
    keep_locality=st.booleans(),
)
def test_what_was_remembered_of_a_street_is_what_the_whole_address_says(
    number: str, words: list[str], keep_locality: bool
) -> None:
    text = " ".join([number, *words])
    whole = address._placed(text.upper().replace(".", " ").strip(), keep_locality)
    assert normalise(text, keep_locality=keep_locality) == whole
