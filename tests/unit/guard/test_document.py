"""What is written into Streamlit's own document, and where it is answered."""

from __future__ import annotations

import pytest

import desk
from components.guard.document import INDEX, document


def test_a_text_that_is_not_there_is_named() -> None:
    with pytest.raises(RuntimeError, match="has no <nowhere>"):
        document({"<nowhere>": "x"})


def test_only_what_is_asked_for_is_changed() -> None:
    page = INDEX.read_text(encoding="utf-8")
    assert document({}) == page
    assert document({"<title>Streamlit</title>": "<title>x</title>"}) == page.replace("Streamlit</title>", "x</title>")


@pytest.mark.parametrize("path", ["/", "/queue", "/queue/", "/request"])
def test_a_page_is_answered_with_the_desk_s_name_and_where_its_server_is(path: str) -> None:
    found = desk.document_for({"type": "http", "path": path})
    assert found is not None
    assert "<title>Operations desk</title>" in found
    assert '<head><script src="./desk.js"></script>' in found


@pytest.mark.parametrize("path", ["/desk.js", "/static/js/index.js", "/_stcore/health", "/print/queue", "/healthz"])
def test_what_is_no_page_is_answered_as_before(path: str) -> None:
    assert desk.document_for({"type": "http", "path": path}) is None
