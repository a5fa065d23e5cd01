"""`python -m db load FILE...`: load request files, each whole or not at all, and account for every row."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, _SubParsersAction
from contextlib import suppress
from pathlib import Path

from tqdm import tqdm

from db.cities.of_database import City, stored_city
from db.commands import publish
from db.commands.context import Context
from db.ingest.requests import date_formats
from db.ingest.requests.gone_wrong import MOST_REJECTED, TooManyRejectedError
from db.ingest.requests.load import load_files
from db.ingest.requests.progress import Step
from db.ingest.requests.report import LoadReport
from db.records import loads
from db.records.database import open_records
from db.records.errors import RecordsError
from db.rules.errors import DeskError
from db.settings import read_kiosk
from db.storage.database import AWAY, Database, open_database

EXIT_REJECTED = 3
WARNING = "WARNING: "
ORDERS = (date_formats.MONTH_FIRST, date_formats.DAY_FIRST)
BAR = "{desc}{percentage:3.0f}% |{bar}| {elapsed}"
EPILOG = """csv, tsv, json, jsonl, geojson, xml, parquet and workbooks (xlsx, xls, ods), plain or packed as gz or zip;
a folder stands for the files in it.
The layout is recognised by the header, see docs/loading.md. The same file again changes nothing.
"""


def register(subparsers: _SubParsersAction[ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "load", help="load request files; every row is accounted for", description=__doc__, epilog=EPILOG
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a file or a folder")
    parser.add_argument("--city", help="a profile, such as boston; found by the layout if left out")
    parser.add_argument("--json", action="store_true", help="one JSON object for each file")
    parser.add_argument("--recompute-due", action="store_true", help="ignore the due dates that the city gives")
    parser.add_argument(
        "--date-order", choices=ORDERS, help="what 3/4/2024 means, where the file's own dates do not tell"
    )
    parser.add_argument(
        "--most-rejected",
        type=_percent,
        default=100 * MOST_REJECTED,
        metavar="PERCENT",
        help="publish nothing of a file with more rejected rows than this, exit with 3 (default: 1)",
    )
    parser.add_argument("--sheet", metavar="NAME", help="which sheet of a workbook; the first one if left out")
    parser.add_argument("--accept-rejects", action="store_true", help="publish what can be kept, however little it is")
    parser.set_defaults(run=run)


def _percent(text: str) -> float:
    try:
        value = float(text.rstrip("%"))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise ArgumentTypeError(f'"{text}" is not a percentage; write a number from 0 to 100')
    return value


def run(args: Namespace, context: Context) -> int:
    attempts: list[tuple[str, bool, str]] = []

    def report_load(report: LoadReport) -> None:
        bar.clear()
        warnings = [note.removeprefix(WARNING) for note in report.notes if note.startswith(WARNING)]
        attempts.append((report.file, False, "; ".join(warnings)))
        if args.json:
            context.write(json.dumps(report.as_json()))
        else:
            context.say(report.describe())

    def show_progress(step: Step) -> None:
        bar.set_description(f"{Path(step.file).name}: {step.name}")
        bar.update(step.done - bar.n)

    def warn_of_skipped(path: Path) -> None:
        context.warn(f"{path}: skipped, no request file by its name; load it by name if it is one")

    def note_refusal(path: Path, error: DeskError) -> None:
        attempts.append((str(path), True, str(error).removeprefix(f"{path}: ")))

    database = open_database(context.settings)
    city = args.city or context.settings.city
    if city is None and (notice := _profile_notice(database)):
        context.warn(notice)
    with tqdm(total=1.0, disable=not sys.stderr.isatty(), leave=False, bar_format=BAR) as bar:
        try:
            load_files(
                database,
                args.files,
                city=city,
                now=context.now_in,
                recompute_due=args.recompute_due,
                date_order=args.date_order,
                most_rejected=args.most_rejected / 100,
                accept_rejects=args.accept_rejects,
                sheet=args.sheet,
                on_progress=show_progress,
                on_report=report_load,
                on_skip=warn_of_skipped,
                on_refusal=note_refusal,
            )
        except TooManyRejectedError as error:
            bar.clear()
            context.warn(f"error: {error}")
            _make_tables(database, context)
            return EXIT_REJECTED
        except DeskError:
            _make_tables(database, context)
            raise
        finally:
            _note_attempts(attempts, context)
    if read_kiosk(context.environ).after_load:
        context.say(publish.publish_now(context))
    return 0


def _note_attempts(attempts: list[tuple[str, bool, str]], context: Context) -> None:
    """Note refusals and warnings in the desk's own records, where `check` and the Data page find them.

    `attempts`: file, whether it was refused, and the reason or the warnings (empty for none).
    """
    records = open_records(context.settings)
    try:
        with records.reading() as connection:
            standing_files = {attempt.file for attempt in loads.standing(connection)}
        if not any(message or loads.name_of(file) in standing_files for file, _, message in attempts):
            return  # where all went well and nothing earlier stands, no records are made
        with records.writing() as connection:
            for file, is_refused, message in attempts:
                loads.note(connection, file, is_refused=is_refused, told=message, now=context.now)
    except RecordsError as error:
        context.warn(f"what the loads warned of is not kept: {error}")
    finally:
        records.close()


def _make_tables(database: Database, context: Context) -> None:
    """Make the tables although the first load failed: the desk then starts empty, without a generated city."""
    with suppress(OSError, DeskError, *AWAY):  # the load's own error is the one to report
        if database.kind == "duckdb" and database.schema_version() is None:
            database.upgrade(context.now)


def _profile_notice(database: Database) -> str:
    """A notice of how the profile's file differs from the stored profile; empty where it does not."""
    if database.is_empty():
        return ""
    with database.reader().connect() as connection:
        stored = stored_city(connection)
    return City.from_stored(stored).notice if stored is not None else ""
