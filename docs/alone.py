"""One at a time: what two makes of one clone must not do at once."""

import contextlib
import fcntl
import os
import sys
from collections.abc import Iterator
from pathlib import Path

BUILD = Path(__file__).resolve().parent.parent / "build"


@contextlib.contextmanager
def alone(work: str, build: Path = BUILD) -> Iterator[bool]:
    """Wait while another process does this work; gives whether one did. A process that ends leaves no lock behind."""
    try:
        build.mkdir(exist_ok=True)
        lock = os.open(build / f"lock-{work}", os.O_CREAT | os.O_WRONLY)
    except OSError as why:
        sys.exit(f"Nothing can be written to {build}, and make works there: {why.strerror}.")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        waited = False
    except BlockingIOError:
        print("Another make is at it: waiting ...", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
        waited = True
    try:
        yield waited
    finally:
        os.close(lock)
