"""Dated events and printed quantities.

A date stands for as much as the report prints of it: a day is a day, a month and a year are spans.
"""

from __future__ import annotations

import pandas as pd

from .dataset import Dataset
from .text import day

#: Who reports what is in no reply, or in the place of one that is not reproduced.
AUTHOR = "Secretary-General"


def period_start(ds: Dataset) -> pd.Timestamp:
    """The line between old and recent events: 1 January of the year before the report's cut-off date.

    The report sets no reporting period of its own; this is our convention.

    >>> from unreplies import load
    >>> str(period_start(load()).date())
    '2010-01-01'
    """
    return pd.Timestamp(ds.reports["cutoff"].max().year - 1, 1, 1)


def events(ds: Dataset) -> pd.DataFrame:
    """Every event with the span of days in which it lies.

    One row is one event, by date: the columns of ``ds.joined("events")``, ``printed`` (the date as far as it is known,
    a range with its end), ``starts`` and ``ends`` (first and last day that the printed date allows, both inclusive),
    ``year``, ``recent`` (not before `period_start`), ``month`` (text, as 2010-11; empty where the span is longer than
    one month), ``place`` (city and State, as far as printed) and ``reported_by`` (the respondent; the
    Secretary-General where the text is not a respondent's own, and then ``respondent_kind`` is empty).

    >>> from unreplies import load
    >>> table = events(load()).set_index("event_id")
    >>> [str(table.loc["acsrt-launch", column].date()) for column in ("starts", "ends")]
    ['2004-01-01', '2004-12-31']
    """
    table = ds.joined("events").sort_values(["date", "event_id"], ignore_index=True)
    last = table["date_end"].fillna(table["date"])
    known = table["date_precision"].astype("str")
    last_known = table["date_end_precision"].astype("str").where(table["date_end"].notna(), known)
    begin, until = [*map(day, table["date"], known)], [*map(day, last, last_known)]
    table["printed"] = [a if a == b else f"{a} to {b}" for a, b in zip(begin, until)]
    table["starts"], table["ends"] = table["date"], last
    for precision, frequency in (("month", "M"), ("year", "Y")):
        ends = last.dt.to_period(frequency).dt.end_time.dt.normalize().astype(last.dtype)
        table["ends"] = table["ends"].mask(last_known == precision, ends)
    table["year"] = table["starts"].dt.year
    table["recent"] = table["starts"] >= period_start(ds)
    months = table[["starts", "ends"]].apply(lambda dates: dates.dt.strftime("%Y-%m"))
    table["month"] = months["starts"].where(months["starts"] == months["ends"])
    table["place"] = [", ".join(x for x in names if pd.notna(x)) for names in zip(table["city"], table["state"])]
    table["reported_by"] = table["respondent"].where(table["own_text"], AUTHOR)
    table["respondent_kind"] = table["respondent_kind"].where(table["own_text"])
    return table


def by_type(ds: Dataset) -> pd.DataFrame:
    """Events by type and by how much of the date is printed.

    One row is one type, the most frequent first: ``event_type``; ``day``, ``month``, ``year`` (events dated so), which
    add up to ``events``; ``with_place`` of these; ``member_states``, ``organizations`` and ``respondents`` that report
    one, of ``of_member_states``, ``of_organizations`` and ``of``.

    >>> from unreplies import load
    >>> by_type(load())[["event_type", "day", "month", "year", "events"]].head(1).to_numpy().tolist()
    [['legal_act', 16, 7, 13, 36]]
    """
    table = events(ds)
    flags = {known: (table["date_precision"] == known).astype("int64") for known in ("day", "month", "year")}
    flags |= {"events": 1, "with_place": table["iso3"].notna().astype("int64")}
    counts = table[["event_type"]].assign(**flags).groupby("event_type", observed=True).sum().reset_index()
    return _most_first(_with_respondents(ds, counts, "events", "event_type"))


def by_year(ds: Dataset) -> pd.DataFrame:
    """Events by the year in which they begin.

    One row is one year with an event: ``year``, ``texts`` (legal acts and documents) and ``happenings`` (all other
    types), which add up to ``events``; ``reported_by``.

    >>> from unreplies import load
    >>> by_year(load())[["year", "texts", "happenings", "reported_by"]].head(1).to_numpy().tolist()
    [[1964, 1, 1, 'African Union']]
    """
    table = events(ds)
    texts = table["event_type"].isin(["legal_act", "document"])
    table = table.assign(texts=texts.astype("int64"), happenings=(~texts).astype("int64"), events=1)
    groups = table.groupby("year")
    counts = groups[["texts", "happenings", "events"]].sum()
    return counts.assign(reported_by=groups["reported_by"].agg(_names)).reset_index()


def calendar(ds: Dataset) -> pd.DataFrame:
    """The events since `period_start` by month and by who reports them.

    One row is one respondent with such an event (or the Secretary-General) and one month up to that of the cut-off, or
    ``no month`` for events known only to the year or spread over several months: ``reported_by``, ``respondent_kind``
    (empty for the Secretary-General), ``month`` (text), ``events`` (0 too). Member States first, then organizations,
    each by the number of their events.

    >>> from unreplies import load
    >>> table = calendar(load())
    >>> table.loc[table["month"] == "2010-11", "events"].sum(), table["events"].sum()
    (np.int64(8), np.int64(39))
    """
    table = events(ds).query("recent")
    who = table.groupby(["respondent_kind", "reported_by"], observed=True, dropna=False).size()
    who = who.rename("total").reset_index()
    who = who.sort_values(["respondent_kind", "total"], ascending=[True, False], kind="stable").drop(columns="total")
    months = [str(month) for month in pd.period_range(period_start(ds), ds.reports["cutoff"].max(), freq="M")]
    grid = who.merge(pd.DataFrame({"month": [*months, "no month"]}), how="cross")
    counts = table.assign(month=table["month"].fillna("no month")).groupby(["reported_by", "month"]).size()
    grid = grid.merge(counts.rename("events").reset_index(), how="left", on=["reported_by", "month"])
    grid["events"] = grid["events"].fillna(0).astype("int64")
    return grid[["reported_by", "respondent_kind", "month", "events"]]


def busiest_months(ds: Dataset) -> pd.DataFrame:
    """The months since `period_start`, by the number of events dated to the day or the month within one of them.

    One row is one month with an event, the busiest first: ``month`` (text, as 2010-11), ``events``, ``reporters`` (how
    many report one), ``most_by_one`` (events of the one who reports most), ``reported_by``, ``passages``, and of all
    rows ``of`` (events since `period_start`) and ``left_out`` (of these: in no single month).

    >>> from unreplies import load
    >>> busiest_months(load())[["month", "events", "most_by_one", "of"]].head(1).to_numpy().tolist()
    [['2010-11', 8, 5, 39]]
    """
    table = events(ds).query("recent")
    groups = table.groupby("month")
    columns = {"events": groups.size(), "reporters": groups["reported_by"].nunique()}
    columns["most_by_one"] = table.groupby(["month", "reported_by"]).size().groupby("month").max()
    columns |= {"reported_by": groups["reported_by"].agg(_names), "passages": groups["passage_id"].agg(_names)}
    return _most_first(pd.DataFrame(columns).reset_index()).assign(of=len(table), left_out=table["month"].isna().sum())


def by_place(ds: Dataset) -> pd.DataFrame:
    """Where events took place, as far as a place is printed.

    One row is one State, by events: ``iso3``, ``state``, ``replied`` (whether it sent a reply of its own), ``events``
    there, ``cities`` printed, ``reported_by``, ``passages``, and ``of`` (all events, with a place or not).

    >>> from unreplies import load
    >>> by_place(load())[["state", "replied", "events", "of"]].head(1).to_numpy().tolist()
    [['Egypt', False, 4, 75]]
    """
    table = events(ds)
    groups = table.dropna(subset=["iso3"]).groupby(["iso3", "state"])
    columns = {"events": groups.size(), "cities": groups["city"].agg(_names)}
    columns |= {"reported_by": groups["reported_by"].agg(_names), "passages": groups["passage_id"].agg(_names)}
    result = pd.DataFrame(columns).reset_index().sort_values("state", kind="stable")
    result.insert(2, "replied", result["iso3"].isin(ds.respondents["respondent_iso3"].dropna()))
    return _most_first(result).assign(of=len(table))


def by_instrument(ds: Dataset) -> pd.DataFrame:
    """The instruments that dated legal acts and documents concern.

    One row is one instrument, by events: ``instrument_id``, ``instrument``, ``events``, ``dates`` (as printed),
    ``reporters`` (how many report one), ``reported_by``, ``passages``, and ``of`` (all events).

    >>> from unreplies import load
    >>> by_instrument(load())["events"].sum()
    np.int64(43)
    """
    table = events(ds)
    groups = table.dropna(subset=["instrument_id"]).groupby(["instrument_id", "instrument"])
    columns = {"events": groups.size(), "dates": groups["printed"].agg(_names)}
    columns |= {"reporters": groups["reported_by"].nunique(), "reported_by": groups["reported_by"].agg(_names)}
    columns["passages"] = groups["passage_id"].agg(_names)
    return _most_first(pd.DataFrame(columns).reset_index()).assign(of=len(table))


def perhaps_the_same(ds: Dataset) -> pd.DataFrame:
    """Events of two respondents that may be one happening: their spans overlap, and they share a State or instrument.

    One row is one such pair and what it shares: ``shared`` (``iso3`` or ``instrument_id``), and of each event
    ``printed``, ``title_en``, ``reported_by`` and ``passage_id``, for the second with ``other_`` before the name. The
    report does not say that they are the same, and the data keeps them apart.

    >>> from unreplies import load
    >>> perhaps_the_same(load())[["passage_id", "other_passage_id"]].to_numpy().tolist()
    [['unodc.09', 'ukr.08']]
    """
    columns, parts = ["printed", "title_en", "reported_by", "passage_id"], []
    table = events(ds)[["iso3", "instrument_id", "event_id", "starts", "ends", *columns]]
    for shared in ("iso3", "instrument_id"):
        mine = table.dropna(subset=[shared])
        pairs = mine.merge(mine.add_prefix("other_"), left_on=shared, right_on=f"other_{shared}")
        overlap = (pairs["starts"] <= pairs["other_ends"]) & (pairs["other_starts"] <= pairs["ends"])
        two = (pairs["reported_by"] != pairs["other_reported_by"]) & (pairs["event_id"] < pairs["other_event_id"])
        parts.append(pairs[overlap & two].assign(shared=shared))
    return pd.concat(parts, ignore_index=True)[["shared", *columns, *(f"other_{name}" for name in columns)]]


def quantities(ds: Dataset) -> pd.DataFrame:
    """The printed quantities, like with like; they are never summed, since some are parts of others.

    One row is one quantity, the units with most quantities first and within a unit the largest: ``unit``, ``value``,
    ``qualifier``, ``what_en``, ``as_of``, ``reported_by`` (as in `events`), ``passage_id``.

    >>> from unreplies import load
    >>> quantities(load())[["unit", "value", "qualifier", "reported_by"]].head(1).to_numpy().tolist()
    [['state', 177.0, 'exact', 'WCO']]
    """
    table = ds.joined("quantities")
    table["reported_by"] = table["respondent"].where(table["own_text"], AUTHOR)
    table["n"] = table["unit"].map(table["unit"].value_counts())
    table = table.sort_values(["n", "unit", "value", "quantity_id"], ascending=[False, True, False, True])
    columns = ["unit", "value", "qualifier", "what_en", "as_of", "reported_by", "passage_id"]
    return table[columns].reset_index(drop=True)


def by_unit(ds: Dataset) -> pd.DataFrame:
    """Which units the quantities have.

    One row is one unit, the most frequent first: ``unit``, ``quantities`` (how many), ``lowest`` and ``highest`` value,
    ``not_exact`` (at least, about, or an average) and ``with_as_of`` of them; ``member_states``, ``organizations`` and
    ``respondents`` that give one, of ``of_member_states``, ``of_organizations`` and ``of``.

    >>> from unreplies import load
    >>> by_unit(load())[["unit", "quantities", "lowest", "highest"]].head(1).to_numpy().tolist()
    [['state', 13, 3.0, 177.0]]
    """
    table = quantities(ds)
    table = table.assign(not_exact=table["qualifier"] != "exact", with_as_of=table["as_of"].notna())
    groups = table.groupby("unit")
    columns = {"quantities": groups.size(), "lowest": groups["value"].min(), "highest": groups["value"].max()}
    counts = pd.DataFrame(columns).join(groups[["not_exact", "with_as_of"]].sum().astype("int64")).reset_index()
    return _most_first(_with_respondents(ds, counts, "quantities", "unit"), "quantities")


def _with_respondents(ds: Dataset, counts: pd.DataFrame, table: str, column: str) -> pd.DataFrame:
    """The counts with how many respondents there are behind each; what only the Secretary-General reports has none."""
    behind, values = ds.count_respondents(table, column).set_index(column), counts[column].astype("object")
    found = {name: values.map(behind[name]).fillna(ds.denominators.get(name, 0)).astype("int64") for name in behind}
    return counts.assign(**found)


def _most_first(counts: pd.DataFrame, column: str = "events") -> pd.DataFrame:
    return counts.sort_values(column, ascending=False, kind="stable", ignore_index=True)


def _names(values: pd.Series) -> str:
    return ", ".join(sorted(set(values.dropna())))
