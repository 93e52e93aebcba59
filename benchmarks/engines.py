"""Two measures by one engine: ``engines.py ENGINE FOLDER``; prints seconds and results as JSON.

How many respondents of each kind report a category of measure, and name an instrument: as `Dataset.count_respondents`
has them. ``engines.py write FOLDER OUT`` writes the tables as Parquet.
"""

import json
import statistics
import sys
import time
from pathlib import Path

TABLES = ["measures", "measure_categories", "passages", "replies", "instrument_mentions"]
BY_CATEGORY = """
    select c.label, count(distinct case when r.section = 'II' then r.reply_id end) as states,
           count(distinct case when r.section <> 'II' then r.reply_id end) as organizations
    from measures m join measure_categories c using (category) join passages p using (passage_id)
    join replies r using (reply_id) where r.form <> 'not_reproduced' group by c.label
"""
BY_INSTRUMENT = """
    select i.instrument_id, count(distinct case when r.section = 'II' then r.reply_id end) as states,
           count(distinct case when r.section <> 'II' then r.reply_id end) as organizations
    from instrument_mentions i join passages p using (passage_id) join replies r using (reply_id)
    where r.form <> 'not_reproduced' group by i.instrument_id
"""


def listed(rows) -> list:
    return sorted([row[0], *map(int, row[1:])] for row in rows)


def unreplies(folder):
    import unreplies as ur

    def read():
        return ur.load(folder)

    def count(ds):
        counts = {
            "categories": ds.count_respondents("measures", "category_label"),
            "instruments": ds.count_respondents("instrument_mentions", "instrument_id"),
        }
        return {name: listed(table.iloc[:, :3].values.tolist()) for name, table in counts.items()}

    return read, count


def duckdb(folder, suffix="csv"):
    import duckdb as engine

    def read():
        base = engine.connect()
        for name in TABLES:
            how = (
                f"read_csv('{folder}/{name}.csv', all_varchar=true)"
                if suffix == "csv"
                else f"'{folder}/{name}.parquet'"
            )
            base.execute(f"create table {name} as select * from {how}")
        return base

    def count(base):
        return {
            "categories": listed(base.execute(BY_CATEGORY).fetchall()),
            "instruments": listed(base.execute(BY_INSTRUMENT).fetchall()),
        }

    return read, count


def polars(folder):
    import polars as pl

    def read():
        return {name: pl.read_csv(f"{folder}/{name}.csv", infer_schema=False) for name in TABLES}

    def count(tables):
        printed = tables["replies"].filter(pl.col("form") != "not_reproduced")
        place = tables["passages"].select("passage_id", "reply_id").join(printed, on="reply_id")
        told = tables["measures"].join(tables["measure_categories"], on="category").join(place, on="passage_id")
        named = tables["instrument_mentions"].join(place, on="passage_id")
        state = pl.col("section") == "II"
        kinds = [pl.col("reply_id").filter(kind).n_unique().alias(name) for kind, name in ((state, "s"), (~state, "o"))]
        return {
            "categories": listed(told.group_by("label").agg(kinds).rows()),
            "instruments": listed(named.group_by("instrument_id").agg(kinds).rows()),
        }

    return read, count


def dask(folder):
    import dask.dataframe as dd

    def read():
        return {name: dd.read_parquet(f"{folder}/{name}.parquet") for name in TABLES}

    def count(tables):
        replies = tables["replies"][["reply_id", "section", "form"]]
        printed = replies[replies["form"].astype("string") != "not_reproduced"]
        place = tables["passages"][["passage_id", "reply_id"]].merge(printed, on="reply_id")
        measures = tables["measures"][["passage_id", "category"]].astype({"category": "string"})
        labels = tables["measure_categories"][["category", "label"]].astype({"category": "string"})
        told = measures.merge(labels, on="category").merge(place, on="passage_id")
        named = tables["instrument_mentions"][["passage_id", "instrument_id"]].merge(place, on="passage_id")

        def counted(rows, by):
            once = rows[[by, "reply_id", "section"]].astype({"section": "string"}).drop_duplicates()
            once["state"] = (once["section"] == "II").astype(int)
            once["organization"] = 1 - once["state"]
            return listed(once.groupby(by)[["state", "organization"]].sum().compute().reset_index().values.tolist())

        return {"categories": counted(told, "label"), "instruments": counted(named, "instrument_id")}

    return read, count


ENGINES = {
    "unreplies": unreplies,
    "duckdb": duckdb,
    "polars": polars,
    "dask-parquet": dask,
    "duckdb-parquet": lambda folder: duckdb(folder, "parquet"),
}


def main() -> None:
    engine, folder = sys.argv[1:3]
    if engine == "write":
        import unreplies as ur

        out = Path(sys.argv[3])
        out.mkdir(parents=True, exist_ok=True)
        for name, table in ur.load(folder).items():
            table.to_parquet(out / f"{name}.parquet", index=False)
        print(json.dumps(True))
        return
    read, count = ENGINES[engine](folder)
    count(read())  # once, so that no engine pays for its imports
    start = time.perf_counter()
    tables = read()
    reading, counting = time.perf_counter() - start, []
    for _ in range(7):
        start = time.perf_counter()
        results = count(tables)
        counting.append(time.perf_counter() - start)
    first, again = counting[0], statistics.median(counting[1:])
    took = {"from_files": reading + first, "first": first, "again": again}
    if engine == "dask-parquet":  # it reads while it counts
        took |= {"first": None, "again": None}
    print(json.dumps({**took, "results": results}))


if __name__ == "__main__":
    main()
