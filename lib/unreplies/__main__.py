"""The command ``unreplies``: list the tables, validate a copy, audit the data against the source, export them, cite."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
import textwrap
from collections.abc import Sequence

from . import audit, cite, export, load, validate
from .errors import DataError
from .export import FOLDER, FORMATS
from .text import visible


def _print(text: object, file=None) -> None:
    """Line by line, and with nothing that a terminal would obey.

    Whoever has stopped reading, as `head` does, neither stops the work nor changes its exit status.
    """
    stream = file or sys.stdout
    try:
        print("\n".join(map(visible, str(text).split("\n"))), file=stream, flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # for what is still to come
        if not isinstance(error, BrokenPipeError):
            raise OSError(error.errno, error.strerror, "standard output") from None


def _folder(path: str | None) -> str | None:
    """A folder that the command line names; a wrong one is no fault in the data."""
    if path is not None and not os.path.isdir(path):
        raise NotADirectoryError(errno.ENOTDIR, "there is no such folder", path)
    return path


def _tables(arguments) -> int:
    ds = load(_folder(arguments.data))
    tables = ds.tables()
    width = max(map(len, tables["table"]))
    for row in tables.itertuples():
        _print(f"{row.table:<{width}}  {row.rows:>5}  {textwrap.shorten(row.one_row, 100, placeholder=' …')}")
    return 0


def _validate(arguments) -> int:
    ds = validate(_folder(arguments.path))
    _print(f"{ds.folder}: {len(ds)} tables, {sum(map(len, ds.values())):,} rows, no fault")
    return 0


def _audit(arguments) -> int:
    result = audit(load(_folder(arguments.data)), arguments.source)
    _print(result)
    return 1 if result.faults else 0


def _export(arguments) -> int:
    made = export(load(_folder(arguments.data)), arguments.to, arguments.folder, say=_print)
    _print(f"Written: {made}")
    return 0


def _cite(arguments) -> int:
    _print(cite(load(_folder(arguments.data))))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="unreplies",
        description="The replies in the Secretary-General's report A/66/115 (2011) as data.",
        epilog="Exit status: 0 all is well, 1 faults were found, 2 the call could not be carried out.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    default = "folder with datapackage.json (default: what UNREPLIES_DATA names, else the project's own data)"
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument("--data", metavar="PATH", help=default)

    command = commands.add_parser("tables", parents=[data], help="list the tables: name, rows, what one row is")
    command.set_defaults(run=_tables)

    command = commands.add_parser("validate", help="check a copy of the data against its descriptor and its hashes")
    command.add_argument("path", nargs="?", metavar="PATH", help=default)
    command.set_defaults(run=_validate)

    command = commands.add_parser("audit", parents=[data], help="prove the data against the text of the report")
    command.add_argument("source", metavar="SOURCE.txt", help="text of the Chinese edition, UTF-8")
    command.set_defaults(run=_audit)

    command = commands.add_parser(
        "export", parents=[data], help="write the tables as a workbook, as Parquet or as an SQLite database"
    )
    command.add_argument("--to", required=True, choices=FORMATS, help="the format")
    command.add_argument(
        "folder", nargs="?", default=FOLDER, metavar="DIR", help=f"where to; nothing is overwritten (default: {FOLDER})"
    )
    command.set_defaults(run=_export)

    command = commands.add_parser("cite", parents=[data], help="say how to cite the data")
    command.set_defaults(run=_cite)
    return parser


def _stop(number: int, frame) -> None:
    sys.exit(128 + number)  # by way of every `with` and `finally`, so that no half export is left


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns 0, 1 where faults were found, 2 where the call could not be carried out."""
    options = _parser().parse_args(arguments)
    for number in {signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}:  # Windows hangs nothing up
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _stop)
    closed = [name for name in ("stdout", "stderr") if getattr(sys, name) is None]
    for name in closed:
        setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", errors="backslashreplace"))
    if "stdout" in closed and options.run is not _export:
        _print("unreplies: standard output is closed, and the answer would be lost", sys.stderr)
        return 2
    sys.stdout.reconfigure(errors="backslashreplace")  # where the terminal cannot show what the report has
    try:
        return options.run(options)
    except DataError as error:
        _print(error, sys.stderr)
        return 1
    except UnicodeDecodeError as error:
        _print(f"unreplies: {options.source} is not UTF-8 (byte {error.start})", sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        _print(f"unreplies: {error}", sys.stderr)
        return 2
    except OSError as error:
        _print(f"unreplies: {error.filename}: {error.strerror}", sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
