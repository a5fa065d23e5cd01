"""The entry: `streamlit run app.py` starts the desk, or the public kiosk where `DESK_MODE` says so.

Each is imported only when it is the one to start: the kiosk's process holds none of the desk's code.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from typing import Any

import streamlit as st

from db.rules.errors import DeskError

MODES = ("desk", "kiosk")


def speak() -> None:
    """Send the application's own log lines to the console, however other loggers are set."""
    log = logging.getLogger("desk")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("  %(message)s"))
    log.handlers = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False


def parts_for(environ: Mapping[str, str]) -> dict[str, Any]:
    """What `st.App` is made of in the mode that `DESK_MODE` names: the desk's where it is unset.

    Ends the process with a one-line error where the environment has an unknown mode or a setting that cannot be used.
    """
    mode = environ.get("DESK_MODE", "").strip().lower() or MODES[0]
    if mode not in MODES:
        sys.exit(f'error: DESK_MODE is "{mode}"; expected one of {", ".join(MODES)}')
    speak()
    try:
        if mode == "kiosk":
            from components.kiosk import serving

            return serving.parts(environ)
        import desk

        return {**desk.parts(environ)}
    except DeskError as error:
        sys.exit(f"error: {error}")


# `streamlit run` looks in this file for a literal `st.App(...)`: without one it runs the file as a plain script, and
# routes and guard would silently be gone.
app = st.App(**parts_for(os.environ))
