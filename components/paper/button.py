"""The button of a page that makes its sheet: a link that a browser opens beside the desk."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from components import state
from components.links import NAMES, View, written_out

HELP = "A PDF to print or to send, of this page as it stands."


def draw(address: str) -> None:
    """Opens the sheet of the page as it stands, which `address` gives."""
    with st.container(key="print_sheet", width="content"):
        st.link_button("Print", address, icon=":material/print:", help=HELP, type="tertiary")


def address(sheet: str, view: View) -> str:
    """Where the sheet is made."""
    own = {name: values for name, values in state.params().items() if name not in NAMES}
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return (
        f"{f'/{base}' if base else ''}/print/{sheet}?{urlencode({**written_out(view), **own}, doseq=True, safe=':,')}"
    )
