"""Load the data in turns with other ways to read it; prints the seconds of each as JSON."""

import json
import time

import pandas as pd
from frictionless import Package

import unreplies as ur
from unreplies.dataset import data_folder

FOLDER = data_folder()
DTYPES = {"integer": "Int64", "number": "Float64", "boolean": "boolean"}


def bare() -> dict[str, pd.DataFrame]:
    """The same tables with the same dtypes by `pandas.read_csv`, nothing checked."""
    tables = {}
    for resource in json.loads((FOLDER / "datapackage.json").read_text("utf-8"))["resources"]:
        dtypes, dates = {}, []
        for field in resource["schema"]["fields"]:
            values = field.get("constraints", {}).get("enum")
            if field["type"] == "date":
                dates.append(field["name"])
            elif values:
                dtypes[field["name"]] = pd.CategoricalDtype(values, ordered=bool(field.get("categoriesOrdered")))
            else:
                dtypes[field["name"]] = DTYPES.get(field["type"], "str")
        empty = {"keep_default_na": False, "na_values": [""], "parse_dates": dates, "date_format": "%Y-%m-%d"}
        table = pd.read_csv(FOLDER / resource["path"], dtype=dtypes, **empty)
        tables[resource["name"]] = table.astype(dict.fromkeys(dates, "datetime64[s]"))
    return tables


def frictionless() -> None:
    package = Package(str(FOLDER / "datapackage.json"))
    if not package.validate().valid:
        raise SystemExit("frictionless finds a fault in the data")
    for resource in package.resources:
        resource.read_rows()


def seconds(do) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def main() -> None:
    ours, theirs = ur.load(), bare()
    for name in ours:
        pd.testing.assert_frame_equal(ours[name], theirs[name])
    ways = {"load": ur.load, "bare": bare, "validate": ur.validate}
    took = {name: [] for name in (*ways, "frictionless")}
    for turn in range(40):
        for name, do in ways.items():
            took[name].append(seconds(do))
        if turn < 5:
            took["frictionless"].append(seconds(frictionless))
    print(json.dumps(took))


if __name__ == "__main__":
    main()
