"""A load whose disk fills up, or whose file changes under it, says so in one line and leaves the data as before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines.ingest.loading import case, database_in, load, stored, write_cases

LIMITED = """
import os, resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
most = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
from db.__main__ import main
sys.exit(main(["load", *sys.argv[2:]], os.environ))
"""
GROWING = """
import sys
with open(sys.argv[1], "ab", buffering=0) as file:
    print("ready", flush=True)
    while True:
        file.write(b"\\n")
"""
ROWS = 3_000


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes cannot be limited there")
@pytest.mark.parametrize("most", [100_000, 1_500_000])  # bytes: too few for the copy of the file, for the database
def test_a_disk_that_fills_up_during_a_load_is_told_in_one_line_and_the_data_stay(tmp_path: Path, most: int) -> None:
    before = database_in(tmp_path)
    load(before, write_cases(tmp_path / "before.csv", case(99)))
    path = write_cases(tmp_path / "many.csv", *(case(number) for number in range(100, 100 + ROWS)))
    told = subprocess.run(
        [sys.executable, "-c", LIMITED, str(most), str(path)],
        env=os.environ | {"DESK_DATA": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2, told.stderr
    assert told.stderr.startswith("error: ")
    assert len(told.stderr.splitlines()) == 1
    assert stored(database_in(tmp_path))["sr_number"].tolist() == ["99"]
    load(database_in(tmp_path), path)
    assert len(stored(database_in(tmp_path))) == ROWS + 1


def test_a_file_that_grows_while_it_is_read_is_refused_and_the_data_stay(tmp_path: Path) -> None:
    database = database_in(tmp_path)
    load(database, write_cases(tmp_path / "before.csv", case(99)))
    path = write_cases(tmp_path / "growing.csv", case(100))
    with path.open("ab") as file:
        file.write(b"\n" * (20 << 20))  # so that reading takes a while
    with subprocess.Popen([sys.executable, "-c", GROWING, str(path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        try:
            with pytest.raises(ValueError, match=r"growing\.csv: the file changed while it was read") as error:
                load(database, path)
        finally:
            writer.kill()
    assert len(str(error.value).splitlines()) == 1
    assert stored(database)["sr_number"].tolist() == ["99"]
