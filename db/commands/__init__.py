"""The commands of `python -m db`, one module a subject.

Each module has `register(subparsers)`, whose parsers set `run=function(args, context)`; the
function gives the exit code. A module listed here is found by its name, in this order.
"""

COMMANDS: tuple[str, ...] = (
    "init",
    "demo",
    "load",
    "ask",
    "morning",
    "rounds",
    "promises",
    "check",
    "backup",
    "layout",
    "staffing",
    "goals",
    "places",
    "profile",
    "versions",
    "publish",
)
