"""The hashes of the data files: whether a file is the one that was checked and released.

Rules and the text of the report cannot prove every cell: that a treaty is `supported` and not `promoted` is a reading.
``SHA256SUMS`` in the data folder, which ``sha256sum -c`` reads too, names every file below it with its hash, the
readings, the codebook and the licence included, so that no change goes unseen. Loading does not ask for it, since a
corrected copy is to be usable at once; validating does.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from .descriptor import LARGEST
from .errors import DataError, Fault

NAME = "SHA256SUMS"
#: The rule that a link, a pipe, a device or a file beyond all bounds fails; reading one might never end.
REGULAR = "regular file"
_LINE = re.compile(r"([0-9a-f]{64})  ([^\r]+)")
_ADVICE = f"if this is on purpose, regenerate {NAME} (make hashes)"


def _fault(name: str, message: str, rule: str = "hash") -> Fault:
    return Fault(name.removesuffix(".csv"), None, "", "", rule, message)


def _irregular(path: Path) -> str:
    """Why it is not read; empty where it is."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        return "is a link, a pipe or a device, not a file"
    return f"has more than {LARGEST // 1024**2} MB" if path.exists() and path.stat().st_size > LARGEST else ""


def _files(folder: Path) -> dict[str, Path]:
    """Every file below the folder but ``SHA256SUMS``, and what is neither a file nor a folder, by name."""
    paths, folders = [], [folder]
    while folders:  # however deep they are
        for path in folders.pop().iterdir():
            (paths if path.is_symlink() or not path.is_dir() else folders).append(path)
    return dict(sorted((path.relative_to(folder).as_posix(), path) for path in paths if path != folder / NAME))


def check(folder: Path) -> list[Fault]:
    """What differs between a data folder and its ``SHA256SUMS``: one fault for each file, none where all agree.

    A file that is not listed, is listed and not there, was changed, or is not a regular file is a fault. It names the
    table (``measures``, ``first_reading/measures``) or the file, or ``SHA256SUMS`` itself where that cannot be read.

    >>> from unreplies.descriptor import own_folder
    >>> check(own_folder())
    []
    """
    folder, listed = Path(folder), {}
    there = _files(folder)
    faults = [
        _fault(name, f"{name} {why}", REGULAR)
        for name, path in {**there, NAME: folder / NAME}.items()
        if (why := _irregular(path))
    ]
    if any(fault.table == NAME for fault in faults):
        return faults
    try:
        lines = (folder / NAME).read_bytes().decode("utf-8").split("\n")
    except FileNotFoundError:
        message = f"not found in {folder}; regenerate it (make hashes) once the data is as it should be"
        return [*faults, _fault(NAME, message, "file")]
    except (OSError, UnicodeDecodeError) as error:
        return [*faults, _fault(NAME, f"cannot be read: {error}", "file")]
    for number, line in enumerate(lines[:-1], 1):
        match = _LINE.fullmatch(line)
        if not match or match[2] in listed:
            message = f"line {number} is not a hash, two spaces and the name of another file below the folder"
            return [*faults, _fault(NAME, message)]
        listed[match[2]] = match[1]
    for name in sorted({*there, *listed}):
        if name not in there:
            what = "a folder" if os.path.isdir(folder / name) else "no such file"
            faults.append(_fault(name, f"{NAME} lists {name}, where {what} is; {_ADVICE}, else restore it", "file"))
        elif name not in listed:
            faults.append(_fault(name, f"{NAME} does not list {name}; {_ADVICE}, else remove it"))
        elif not _irregular(there[name]):
            try:
                found = hashlib.sha256(there[name].read_bytes()).hexdigest()
            except OSError as error:
                faults.append(_fault(name, f"{name} cannot be read: {error.strerror}", "file"))
                continue
            if found != listed[name]:
                message = f"{name} is not the file that {NAME} names; {_ADVICE}, else restore it"
                faults.append(_fault(name, message))
    return faults


def write(folder: Path) -> None:
    """Regenerate ``SHA256SUMS``, after a deliberate change of any file of the folder, README and codebook included.

    Raises `DataError` for what is not a regular file, or has a name that does not fit in a line.
    """
    folder = Path(folder)
    beside = folder / f"{NAME}.part"
    beside.unlink(missing_ok=True)
    files = _files(folder)
    odd = [name for name, path in (files | {NAME: folder / NAME}).items() if _irregular(path) or not name.isprintable()]
    if odd:
        raise DataError([_fault(name, "cannot be listed", REGULAR) for name in odd])
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in files.items()]
    beside.write_text("".join(lines), "utf-8", newline="\n")
    beside.replace(folder / NAME)
