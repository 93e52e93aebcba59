"""Write a synthetic series of reports in the schema of the data: ``python benchmarks/series.py REPORTS FOLDER``.

Every report of the series has the replies, passages and coded rows of A/66/115 with seeded changes: other instruments,
actors, statuses and flags, other years. What it says is invented, so it measures time and memory and nothing else; it
is written to a build folder and is no part of the data.

In the schema a reply bears the key of its respondent. In a series a respondent replies many times, so each reply has an
actor of its own there, whose parent is the respondent: ``ausaab`` is the reply of ``aus`` to the second report.
"""

import csv
import hashlib
import json
import random
import sys
from contextlib import ExitStack
from pathlib import Path

import unreplies as ur
from unreplies import hashes
from unreplies.dataset import data_folder

#: Tables that a series shares, however many reports it has.
SHARED = ("states", "other_reports", "measure_categories", "universal_instruments")
#: Of the instruments that a report names, how many (in a hundred) are its own and no other report's.
OWN = 15


def rows_of(table: str) -> list[dict]:
    with open(data_folder() / f"{table}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def letters(number: int) -> str:
    """Three letters for a number below 17,576."""
    return "".join(chr(97 + number // 26**place % 26) for place in (2, 1, 0))


def later(date: str, years: int) -> str:
    return f"{int(date[:4]) + years}{date[4:].replace('-02-29', '-02-28')}" if date else date


class Report:
    """One report of the series: the rows of A/66/115 with this report's keys and its seeded changes."""

    def __init__(self, number: int, seed: int, tables: dict[str, list[dict]]):
        self.number, self.tables, self.chance = number, tables, random.Random(f"{seed}-{number}")
        self.suffix, self.years = letters(number), number % 40
        self.own = {row["reply_id"] for row in tables["replies"]}
        self.instruments = [row["instrument_id"] for row in tables["instruments"]]
        named = [row for row in tables["instruments"] if row["instrument_type"] == "national_law"]
        self.laws = [{**row, "instrument_id": f"{row['instrument_id']}-{self.suffix}"} for row in named]
        self.events = {row["event_id"]: f"{row['event_id']}-{self.suffix}" for row in tables["events"]}

    def passage(self, key: str) -> str:
        owner, _, rest = key.partition(".")
        return f"{owner}{self.suffix}.{rest}"

    def change(self, table: str, row: dict) -> dict:
        """A row with every key that is this report's own."""
        row = dict(row)
        if row.get("passage_id"):
            row["passage_id"] = self.passage(row["passage_id"])
        for key in ("mention_id", "quantity_id", "anomaly_id"):
            if key in row:
                row[key] = self.passage(row[key])
        if table == "adjudication":
            unit, _, rest = row["key"].partition(" ")
            row["key"] = f"{self.events.get(unit) or self.passage(unit)} {rest}"
        if row.get("reply_id"):
            row["reply_id"] += self.suffix
        if "report_id" in row:
            row["report_id"] = f"report-{self.suffix}"
        if row.get("event_id"):
            row["event_id"] = self.events[row["event_id"]]
        for key in ("dated", "date", "date_end", "as_of", "letters_sent", "note_verbale", "cutoff"):
            if row.get(key):
                row[key] = later(row[key], self.years)
        return row

    def rows(self, table: str):
        chance, changed = self.chance, (self.change(table, row) for row in self.tables[table])
        if table == "reports":
            for row in changed:
                row.update(symbol=f"A/{66 + self.number}/115", sha256=hashlib.sha256(self.suffix.encode()).hexdigest())
                yield row
        elif table == "actors":
            for row in self.tables["actors"]:
                if row["actor_id"] in self.own:
                    key, name = row["actor_id"] + self.suffix, f"{row['short_name']}, report {self.number + 1}"
                    yield {**row, "actor_id": key, "short_name": name, "parent_id": row["actor_id"]}
        elif table == "instruments":
            for row in self.laws:
                yield {**row, "short_name": f"{row['short_name']}, report {self.number + 1}"}
        elif table == "memberships":
            for row in changed:
                yield {**row, "actor_id": row["actor_id"] + self.suffix}
        elif table == "replies":
            for row in changed:
                yield {**row, "position": str(int(row["position"]) + self.number * len(self.own))}
        elif table == "passages":
            for row in changed:
                row["sha256"] = hashlib.sha256(row["passage_id"].encode()).hexdigest()
                if row["nuclear"]:
                    row["nuclear"] = str(chance.random() < 0.4).lower()
                yield row
        elif table == "instrument_mentions":
            for row in changed:
                pool = self.laws if chance.randrange(100) < OWN else None
                key = chance.choice(pool)["instrument_id"] if pool else chance.choice(self.instruments)
                yield {**row, "instrument_id": key}
        elif table == "measures":
            for row in changed:
                yield {**row, "status": chance.choice(("in_place", "in_place", "in_progress", "urged"))}
        else:
            yield from changed


def write(folder: Path, reports: int, seed: int = 1540) -> dict[str, int]:
    """Write a series of so many reports with its descriptor; returns how many rows each table has."""
    folder.mkdir(parents=True, exist_ok=True)
    package = json.loads((data_folder() / "datapackage.json").read_text("utf-8"))
    tables = {resource["name"]: rows_of(resource["name"]) for resource in package["resources"]}
    package["title"] = f"A synthetic series of {reports} reports, to measure by"
    counts = {}
    with ExitStack() as stack:
        writers = {}
        for name, rows in tables.items():
            file = stack.enter_context(open(folder / f"{name}.csv", "w", encoding="utf-8", newline=""))
            writers[name] = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writers[name].writeheader()
            kept = rows if name in (*SHARED, "actors", "instruments") else []
            writers[name].writerows(kept)
            counts[name] = len(kept)
        for number in range(reports):
            report = Report(number, seed, tables)
            for name, writer in writers.items():
                if name not in SHARED:
                    rows = list(report.rows(name))
                    writer.writerows(rows)
                    counts[name] += len(rows)
    (folder / "datapackage.json").write_text(json.dumps(package, ensure_ascii=False), "utf-8")
    hashes.write(folder)
    return counts


if __name__ == "__main__":
    print(write(Path(sys.argv[2]), int(sys.argv[1])))
    print(ur.validate(sys.argv[2]))
