"""The one style sheet: every selector in it is a key of ours or a test id of Streamlit that is still there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import streamlit

from tests.test_architecture import ROOT, those, tree

SHEET = ROOT / "components" / "static" / "desk.css"
TEST_IDS = (
    "stSidebar",
    "stHeader",
    "stElementToolbar",
    "stMain",
    "stPageLink",
    "stMetric",
    "stMetricValue",
    "stVerticalBlock",
)


def selectors() -> list[str]:
    """Every selector of the sheet; a rule about media has none of its own."""
    text = re.sub(r"/\*.*?\*/", "", SHEET.read_text(encoding="utf-8"), flags=re.DOTALL)
    heads = [head.strip() for head in re.findall(r"([^{}]+)\{", text)]
    return [part.strip() for head in heads if not head.startswith("@") for part in head.split(",")]


@cache
def keys() -> set[str]:
    """Every key that a container or widget of ours is given as a plain text."""
    return {
        node.value.value
        for path in those("components/", "pages/")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.keyword) and node.arg == "key" and isinstance(node.value, ast.Constant)
    }


@cache
def streamlit_scripts() -> str:
    folder = Path(streamlit.__file__).parent / "static" / "static" / "js"
    return "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.js"))


def test_the_sheet_has_rules() -> None:
    assert len(selectors()) > 2


@pytest.mark.parametrize("selector", selectors())
def test_a_selector_is_a_key_of_ours_or_a_listed_test_id(selector: str) -> None:
    named = re.findall(r"\.st-key-([\w-]+)", selector)
    test_ids = re.findall(r'\[data-testid="(\w+)"\]', selector)
    assert named or test_ids, f'"{selector}" is neither .st-key-NAME nor [data-testid="NAME"]'
    assert set(named) <= keys()
    assert set(test_ids) <= set(TEST_IDS)
    rest = re.sub(r'\.st-key-[\w-]+|\[data-testid="\w+"\]|::before', "", selector)
    assert not re.search(r"[.#\[]", rest), f'"{selector}" rests on a class or an id of Streamlit'


@pytest.mark.parametrize("test_id", TEST_IDS)
def test_streamlit_still_has_the_test_id(test_id: str) -> None:
    assert f'"{test_id}"' in streamlit_scripts() or f"`{test_id}`" in streamlit_scripts()


def test_on_the_desk_only_the_frame_gives_out_styles() -> None:
    """The kiosk is apart: its screens are documents of its own, made of what was published."""
    desk = [path for path in those("components/", "pages/") if "kiosk" not in path.relative_to(ROOT).parts]
    assert [path.name for path in desk if "st.html(" in path.read_text(encoding="utf-8")] == ["frame.py"]
