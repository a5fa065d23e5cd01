"""Addresses of the demo city: invented streets on a grid, in the real city's districts.

Every fifth of a hundredth of a degree there is one street running west to east and one running
south to north. A house number counts along its street from the city's corner, so that one
address is one point. How many addresses a neighbourhood has follows the derived map cells.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from db.ingest.demo.plan import figures

CITY_CORNER = (-118.70, 33.70)  # house numbers count from here, degrees
DEGREES_A_NUMBER = 5e-5
PLACES_A_REQUEST = 0.22  # of a year's requests: most addresses appear once or twice
INTERSECTION_SHARE = 0.06
BUSY_SHAPE, BUSY_LIMIT = 1.6, 12.0  # Pareto shape of how often a place is asked for, and the upper limit

STREET_WORDS = (
    "ADAMS ALAMEDA ALBANY ALDAMA ALISO ALLESANDRO ALVARADO AMAR ANDERSON ANGELUS ARAPAHOE ARDMORE ARGYLE ARLETA "
    "ARLINGTON ARMACOST ATWATER AURORA AVALON AVERY AVOCADO BALBOA BARCLAY BARHAM BARRINGTON BASSETT BATES BEACHWOOD "
    "BEAUDRY BELLEVUE BELMONT BERENDO BEVERLY BIXEL BLAINE BLAKE BLYTHE BONNIE BONSALLO BOYLE BRADLEY BRANFORD BREED "
    "BRITTANIA BRONSON BRUNSWICK BUCKINGHAM BUDLONG BURBANK BURNET BURTON CAHUENGA CALUMET CAMERON CAMULOS CANOGA "
    "CANTARA CARDIFF CARROLL CASTELAR CATALINA CAZADOR CENTINELA CHANDLER CHEROKEE CHEVIOT CIMARRON CINCINNATI "
    "CITRUS CLARENCE CLINTON CLYBOURN COHASSET COLDWATER COLFAX COLORADO COLUMBUS COMMONWEALTH CORDOVA CORNELL "
    "CORONADO CORONEL COVELLO CRANDALL CRENSHAW CUMMINGS CYPRESS DALTON DARBY DEGNAN DELMAR DENKER DETROIT "
    "DEVONSHIRE DEWEY DOHENY DORRINGTON DOUGLAS DRURY DUANE DUNSMUIR EASTERN ECHANDIA EDGEMONT EDGEWARE EFFIE "
    "ELDRIDGE ELMIRA ELSINORE EMERSON ENTERPRISE ERWIN ESPERANZA ETIWANDA EUCLID EVERGREEN EXPOSITION FAIRFAX "
    "FARRAGUT FEDORA FERNWOOD FETTERLY FICKETT FIGUEROA FLETCHER FLORALITA FLOWER FOLSOM FORMOSA FOUNTAIN FRANCIS "
    "FREMONT FRESNO FULTON GAGE GALE GARFIELD GARVANZA GAULT GAVIOTA GENESEE GILMAN GIRARD GLASSELL GLENDON GRAMERCY "
    "GRANADA GRATTAN GREENWOOD GRIFFITH GUIRADO HALLDALE HAMLIN HAMPTON HARTLAND HARVARD HATTERAS HAUSER HAWTHORN "
    "HAYVENHURST HEMLOCK HERRICK HILLHURST HOBART HOLLAND HOLMBY HOOPER HUBBARD HUNTLEY HYPERION IMPERIAL INDIANA "
    "INGRAHAM IRIS IROLO JASMINE JEFFRIES JUANITA JUDSON KENISTON KENMORE KESTER KEWEN KINGSLEY KITTRIDGE LAFAYETTE "
    "LANKERSHIM LASSEN LAUREL LEEWARD LEMARSH LEXINGTON LINDLEY LOCUST LOMITA LORENA LOUISIANA LUCAS LUCERNE LUCILE "
    "MADERA MAGNOLIA MALABAR MALTMAN MANHATTAN MANITOU MAPLE MARATHON MARENGO MARIPOSA MARMION MARYLAND MATHEWS MAYO "
    "MELROSE MENLO MERIDIAN MICHIGAN MIDVALE MILWOOD MIRAMAR MONETA MONTANA MORTON MOTOR MYRTLE NADEAU NAOMI NEWDALE "
    "NORMANDIE NORTON OAKLEY OCEANVIEW OLYMPIA ORCHARD OXFORD PALOMA PARTHENIA PASADENA PENNSYLVANIA PERALTA PICO "
    "PLATA PORTIA PRINCETON QUEBEC RAMONA RAYMER REDONDO RESERVOIR RIVERSIDE ROSCOE ROXBURY RUSSELL SALERNO SANBORN "
    "SATICOY SAWYER SEPULVEDA SERRANO SHERBOURNE SIERRA SOTO STANFORD STRATHERN SUNSET TEMESCAL TOPAZ TRINITY TUXFORD "
    "VALENCIA VANOWEN VENDOME VERDUGO VICTORIA VINELAND VIRGINIA WABASH WADSWORTH WALGROVE WESTLAKE WHITSETT "
    "WILMINGTON WINDSOR WOODLAWN WYSTONE YOSEMITE ZELZAH ZOMBAR"
)
ACROSS_SUFFIXES = ("ST", "BLVD", "WAY")
ALONG_SUFFIXES = ("AVE", "DR", "PL")


def sub_cells() -> pd.DataFrame:
    """Every part of a map cell that addresses may lie in, with its share of the city's requests.

    Columns: the cell's `cd`, `nc` (0 where none), `zip`, `apc`, `yard`; `column` and `row` (whole
    numbers, the part's position in parts of a cell); `share` (adds to 1).
    """
    places = figures()["places"]
    table = pd.DataFrame(places["cells"], columns=places["columns"])
    parts = places["sub_cells"]
    bits = (table["mask"].to_numpy()[:, None] >> np.arange(parts * parts)) & 1
    cell, part = np.nonzero(bits)
    result = table.iloc[cell].reset_index(drop=True)
    result["column"] = result["ix"] * parts + part % parts
    result["row"] = result["iy"] * parts + part // parts
    share = result["count"] / bits.sum(axis=1)[cell]
    return result.assign(share=share / share.sum()).drop(columns=["ix", "iy", "mask", "count"])


def street(line: np.ndarray, suffixes: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Name and suffix of each numbered street line; neighbours differ, and no two lines share both."""
    shifted = line - line.min() if len(line) else line
    names = np.array(STREET_WORDS.split(), dtype=object)
    return names[(shifted * 7) % len(names)], np.array(suffixes, dtype=object)[shifted // len(names) % len(suffixes)]


def numbers_and_points(table: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """A house number for each place and the point it stands for; `runs_across` says which street it is on."""
    step = figures()["places"]["cell_degrees"] / figures()["places"]["sub_cells"]
    across = generator.random(len(table)) < 0.5
    corner = np.where(across, CITY_CORNER[0], CITY_CORNER[1])
    start = np.where(across, table["column"], table["row"]) * step
    number = np.floor((start + generator.uniform(0.05, 0.9, len(table)) * step - corner) / DEGREES_A_NUMBER).astype(int)
    along = corner + (number + 0.5) * DEGREES_A_NUMBER
    side = np.where(number % 2 == 0, 8e-5, -8e-5)
    beside = np.where(across, table["row"], table["column"]) * step + step / 2 + side
    return table.assign(
        runs_across=across,
        number=number,
        longitude=np.where(across, along, beside).round(6),
        latitude=np.where(across, beside, along).round(6),
    )


def make_places(count: int, generator: np.random.Generator) -> pd.DataFrame:
    """`count` places (a few less where two fell on one address), one row each.

    Columns: `cd`, `nc`, `nc_name`, `zip`, `apc`, `yard`, `street_name`, `suffix`, `house_number` (text,
    empty for a crossing), `direction`, `address` (as the city writes it), `latitude`, `longitude`,
    `is_crossing`, `weight` (how often it is asked for; adds to 1).
    """
    parts = sub_cells()
    drawn = generator.choice(len(parts), size=count, p=parts["share"].to_numpy())
    table = numbers_and_points(parts.iloc[drawn].reset_index(drop=True), generator)
    table["is_crossing"] = generator.random(count) < INTERSECTION_SHARE
    table = with_streets(table)
    table["weight"] = np.minimum(generator.pareto(BUSY_SHAPE, count), BUSY_LIMIT) + 0.3
    table = table.drop_duplicates("address").reset_index(drop=True)
    table["weight"] /= table["weight"].sum()
    table["nc_name"] = table["nc"].astype(str).map(figures()["places"]["nc_names"])
    return table.drop(columns=["share", "runs_across", "number"])


def with_streets(table: pd.DataFrame) -> pd.DataFrame:
    """The places with street names and the whole address; crossings moved to where their streets meet."""
    step = figures()["places"]["cell_degrees"] / figures()["places"]["sub_cells"]
    row_name, row_suffix = street(table["row"].to_numpy(), ACROSS_SUFFIXES)
    column_name, column_suffix = street(table["column"].to_numpy(), ALONG_SUFFIXES)
    across, crossing = table["runs_across"].to_numpy(), table["is_crossing"].to_numpy()
    name, suffix = np.where(across, row_name, column_name), np.where(across, row_suffix, column_suffix)
    direction = np.where(across, np.where(table["column"] % 2 == 0, "W", ""), np.where(table["row"] % 2 == 0, "N", ""))
    number = table["number"].astype(str).to_numpy(dtype=object)
    house = number + np.where(direction == "", " ", " " + direction.astype(object) + " ") + name + " " + suffix
    meeting = row_name + " " + row_suffix + " AT " + column_name + " " + column_suffix
    tail = ", LOS ANGELES, CA, " + table["zip"].to_numpy(dtype=object)
    return table.assign(
        street_name=name,
        suffix=suffix,
        direction=np.where(crossing, "", direction),
        house_number=np.where(crossing, "", number),
        address=np.where(crossing, meeting, house) + tail,
        longitude=np.where(crossing, (table["column"] * step + step / 2).round(6), table["longitude"]),
        latitude=np.where(crossing, (table["row"] * step + step / 2).round(6), table["latitude"]),
    )


def place_count(requests_a_year: float) -> int:
    """How many places a city with so many requests a year has; a small city still has enough to choose from."""
    return max(400, int(requests_a_year * 2 * PLACES_A_REQUEST * 2))


def draw_places(places: pd.DataFrame, on_street: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A place for each request, shape (n,): busy ones more often, crossings only where `on_street` says so."""
    place_rows: np.ndarray = np.zeros(len(on_street), dtype=np.int64)
    weight: Any = places["weight"].to_numpy()
    crossing = places["is_crossing"].to_numpy()
    for candidates, wanted in ((~crossing, ~on_street), (crossing, on_street)):
        rows = np.flatnonzero(candidates)
        cumulative = np.cumsum(weight[rows])
        position = np.searchsorted(cumulative, generator.random(int(wanted.sum())) * cumulative[-1])
        place_rows[wanted] = rows[np.minimum(position, len(rows) - 1)]
    return place_rows
