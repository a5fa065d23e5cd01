"""Temporary folders for the files of a load. A folder that a killed process left is removed by the next one.

The copy of a file holds all its texts, also those that are never stored, so it must not stay on the disk.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "desk-work-"


@contextmanager
def workspace() -> Iterator[Path]:
    """A new folder that only this user can read, gone at the end. Raises OSError where none can be made."""
    root = Path(tempfile.gettempdir())
    _clear_abandoned(root)
    folder = root / f"{PREFIX}{uuid.uuid4().hex}"
    lock = FileLock(f"{folder}.lock", fallback_to_soft=False)
    try:
        with lock:  # before the folder is there, so that nobody takes it for abandoned
            folder.mkdir(mode=0o700)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    finally:
        with suppress(OSError):
            Path(lock.lock_file).unlink()


def _clear_abandoned(root: Path) -> None:
    """Remove the folders whose lock nobody holds: locks are the operating system's and end with their process."""
    for path in root.glob(f"{PREFIX}*.lock"):
        lock = FileLock(path, blocking=False, fallback_to_soft=False)
        with suppress(Timeout, OSError):  # in use, or another user's
            lock.acquire()
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)
            lock.release()
            path.unlink(missing_ok=True)
