"""The command ``unreplies``: list the tables, validate a copy, audit the data against the source, export them, cite."""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
from collections.abc import Sequence

from . import audit, cite, export, load, validate
from .descriptor import DataError, visible
from .export import FOLDER, FORMATS


def _print(text: object, file=None) -> None:
    """Line by line, and with nothing that a terminal would obey."""
    print("\n".join(map(visible, str(text).split("\n"))), file=file)


def _tables(arguments) -> int:
    ds = load()
    tables = ds.tables()
    width = max(map(len, tables["table"]))
    for row in tables.itertuples():
        _print(f"{row.table:<{width}}  {row.rows:>5}  {textwrap.shorten(row.one_row, 100, placeholder=' …')}")
    return 0


def _validate(arguments) -> int:
    ds = validate(arguments.path)
    _print(f"{ds.folder}: {len(ds)} tables, {sum(map(len, ds.values())):,} rows, no fault")
    return 0


def _audit(arguments) -> int:
    result = audit(load(arguments.data), arguments.source)
    _print(result)
    return 1 if result.faults else 0


def _export(arguments) -> int:
    made = export(load(), arguments.to, arguments.folder, say=_print)
    _print(f"Written: {made}")
    return 0


def _cite(arguments) -> int:
    _print(cite())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="unreplies",
        description="The replies in the Secretary-General's report A/66/115 (2011) as data.",
        epilog="Exit status: 0 all is well, 1 faults were found, 2 the call could not be carried out.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    command = commands.add_parser("tables", help="list the tables: name, rows, what one row is")
    command.set_defaults(run=_tables)

    command = commands.add_parser("validate", help="check a copy of the data against its descriptor and its hashes")
    command.add_argument(
        "path", nargs="?", metavar="PATH", help="folder with datapackage.json (default: the project's own data)"
    )
    command.set_defaults(run=_validate)

    command = commands.add_parser("audit", help="prove the data against the text of the report")
    command.add_argument("source", metavar="SOURCE.txt", help="text of the Chinese edition, UTF-8")
    command.add_argument(
        "--data", metavar="PATH", help="folder with datapackage.json (default: the project's own data)"
    )
    command.set_defaults(run=_audit)

    command = commands.add_parser("export", help="write the tables as a workbook, as Parquet or as an SQLite database")
    command.add_argument("--to", required=True, choices=FORMATS, help="the format")
    command.add_argument(
        "folder", nargs="?", default=FOLDER, metavar="DIR", help=f"where to; nothing is overwritten (default: {FOLDER})"
    )
    command.set_defaults(run=_export)

    command = commands.add_parser("cite", help="say how to cite the data")
    command.set_defaults(run=_cite)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns 0, 1 where faults were found, 2 where the call could not be carried out."""
    options = _parser().parse_args(arguments)
    sys.stdout.reconfigure(errors="backslashreplace")  # where the terminal cannot show what the report has
    try:
        status = options.run(options)
        sys.stdout.flush()  # here, where a closed pipe or a full disk can still be answered
        return status
    except DataError as error:
        _print(error, sys.stderr)
        return 1
    except UnicodeDecodeError as error:
        _print(f"unreplies: {options.source} is not UTF-8 (byte {error.start})", sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output has gone, as `unreplies tables | head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModuleNotFoundError as error:
        _print(f"unreplies: {error}", sys.stderr)
        return 2
    except OSError as error:
        _print(f"unreplies: {error.filename or 'standard output'}: {error.strerror}", sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
