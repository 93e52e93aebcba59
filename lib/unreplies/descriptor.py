"""The descriptor of a folder of data: the schema of the library, or one that has to say the same.

The schema is the descriptor of the library's own data, ``datapackage.json`` (Frictionless Table Schema): the only place
where tables, types, allowed values and keys are written down, and as trusted as code.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from .errors import DataError, Fault

DESCRIPTOR = "datapackage.json"
LARGEST = 16 * 1024 * 1024  # bytes of a file that is read: many times those of a report
_ADDED = "Added to this copy; not in the schema."


def as_list(fields: str | Iterable[str]) -> list[str]:
    """One name, or several, as a list: a descriptor may write either."""
    return [fields] if isinstance(fields, str) else list(fields)


def own_folder() -> Path:
    """The data that belongs to this copy of the library: ``data/`` of a clone, or the installed folder."""
    here = Path(__file__).resolve().parent
    clone = here.parents[1] / "data"
    return clone if (clone / DESCRIPTOR).is_file() else here / "data"


def own_descriptor(folder: Path) -> dict:
    """The descriptor of the library's own data, or of one of its readings: trusted, so not checked."""
    return json.loads((folder / DESCRIPTOR).read_text("utf-8"))


def package_of(folder: Path, own: Path) -> dict:
    """The descriptor of a folder, which has to say the same as that of ``own`` where it is another folder."""
    package = own_descriptor(own)
    return package if os.path.realpath(folder) == os.path.realpath(own) else read_descriptor(folder, package)


def read_descriptor(folder: Path, own: dict) -> dict:
    """The descriptor of a folder, with the tables of ``own``, which its own tables have to be alike.

    An added column is added to its table as text. Raises `DataError` where the file cannot be read or says other.
    """
    content = content_of(folder, DESCRIPTOR)
    try:
        package = json.loads(content.decode("utf-8"))
        theirs, ours = _rules(package), _rules(own)
        faults = [*_differences(theirs, ours), *_missing_words(package, own)]
        if faults and package.get("version") != own["version"]:
            message = f"this library reads data of version {own['version']}; take the one of that version"
            faults.append(Fault(DESCRIPTOR, None, "version", str(package.get("version")), "descriptor", message))
    except UnicodeDecodeError as error:
        faults = [of_file(DESCRIPTOR, "encoding", f"not UTF-8 at byte {error.start}")]
    except (json.JSONDecodeError, RecursionError) as error:
        faults = [of_file(DESCRIPTOR, "json", str(error)[:80])]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        message = f"not a data package of tables with a schema: {type(error).__name__} {str(error)[:80]}"
        faults = [of_file(DESCRIPTOR, "descriptor", message)]
    if faults:
        raise DataError(faults)
    resources = [_with_added_fields(resource, theirs[resource["name"]]) for resource in own["resources"]]
    return {**package, "resources": resources}


def _rules(package: dict) -> dict[str, dict]:
    """What a descriptor says of each table, however it spells it: path and keys, and each field with its rules."""
    tables = {}
    for resource in package["resources"]:
        name, schema = resource["name"], resource["schema"]
        table = {"path": resource["path"], "primaryKey": as_list(schema["primaryKey"])}
        keys = [(as_list(key["fields"]), key["reference"]) for key in schema.get("foreignKeys", [])]
        table["foreignKeys"] = sorted((ours, to.get("resource") or name, as_list(to["fields"])) for ours, to in keys)
        table |= {("field", field["name"]): _rules_of_field(field) for field in schema["fields"]}
        if name in tables or len(table) < len(schema["fields"]) + 3:
            raise ValueError(f"two tables, or two fields of one, are called the same: {name}")
        tables[name] = table
    return tables


def _rules_of_field(field: dict) -> dict:
    rules = {"type": field["type"], **field.get("constraints", {})}
    if "categories" in field:  # so version 2 of the specification may write an enum
        rules["enum"] = [its["value"] if isinstance(its, dict) else its for its in field["categories"]]
    return rules


def _differences(theirs: dict, ours: dict) -> Iterator[Fault]:
    for table in [*ours, *(theirs.keys() - ours.keys())]:
        if table not in theirs or table not in ours:
            yield of_file(str(table), "descriptor", "missing" if table in ours else "no table of this library")
            continue
        for rule, wanted in ours[table].items():
            found, column = theirs[table].get(rule), rule[1] if isinstance(rule, tuple) else rule
            if found != wanted:
                message = "missing" if found is None else f"this library has {wanted}"
                yield Fault(table, None, column, "" if found is None else str(found), "descriptor", message)


def _missing_words(package: dict, own: dict) -> Iterator[Fault]:
    """The words about the whole that the citation and the exports repeat, and the version of other data."""
    for name in ("title", "description", "version", "created", "contributors", "sources", "licenses"):
        given = package.get(name)
        titled = all(isinstance(its, dict) and isinstance(its.get("title"), str) for its in given or [])
        if not given or type(given) is not type(own[name]) or (isinstance(given, list) and not titled):
            yield Fault(DESCRIPTOR, None, name, "", "descriptor", "missing, or not written as in this library's data")


def _with_added_fields(resource: dict, theirs: dict) -> dict:
    fields = resource["schema"]["fields"]
    known = {field["name"] for field in fields}
    added = [rule[1] for rule in theirs if isinstance(rule, tuple) and rule[1] not in known]
    about = {"type": "any", "description": _ADDED, "empty": "Not said."}
    fields = [*fields, *({"name": name, "title": name, **about} for name in added)]
    return {**resource, "schema": {**resource["schema"], "fields": fields}}


def added_fields(package: dict) -> list[Fault]:
    """The columns of a copy that the schema does not know; they are loaded as text, and `validate` names them."""
    message = "added to this copy; the schema does not know it"
    return [
        Fault(resource["name"], None, field["name"], "", "descriptor", message)
        for resource in package["resources"]
        for field in resource["schema"]["fields"]
        if field["description"] == _ADDED
    ]


def of_file(table: str, rule: str, message: str) -> Fault:
    """A fault of a whole file."""
    return Fault(table, None, "", "", rule, message)


def content_of(folder: Path, name: str, table: str = DESCRIPTOR) -> bytes:
    """The bytes of a regular file of the folder itself; raises `DataError` for anything else."""
    path, message = Path(folder) / name, ""
    if os.path.dirname(os.path.realpath(path)) != os.path.realpath(folder):
        message = f"{name} is a link that leads out of the data folder"
    elif not path.is_file():
        message = f"{name} is not a regular file" if os.path.lexists(path) else f"{name} not found in {folder}"
    elif path.stat().st_size > LARGEST:
        message = f"{name} has more than {LARGEST // 1024**2} MB"
    try:
        if not message:
            return path.read_bytes()
    except OSError as error:
        message = f"{name} cannot be read: {error.strerror}"
    raise DataError([of_file(table, "file", message)])
