"""Events and quantities: spans that follow the printed precision, counts recounted from the raw tables."""

import csv
import datetime as dt
from collections import Counter

import pandas as pd
import pytest
from conftest import ROOT

from unreplies import events_and_figures as module


def raw(name):
    with (ROOT / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


EVENTS, QUANTITIES = raw("events"), raw("quantities")
REPLY_OF = {row["passage_id"]: row["reply_id"] for row in raw("passages")}
RECENT = [row for row in EVENTS if row["date"] >= "2010"]
LENGTH = {"day": 10, "month": 7, "year": 4}


def last_day(date, precision):
    day = dt.date.fromisoformat(date)
    if precision == "day":
        return day
    following = dt.date(day.year + 1, 1, 1) if precision == "year" or day.month == 12 else None
    return (following or dt.date(day.year, day.month + 1, 1)) - dt.timedelta(days=1)


def in_one_month(row):
    return row["date_precision"] != "year" and not row["date_end"]


# Dates


def test_a_span_is_as_long_as_the_printed_date_is_vague(ds):
    table = module.events(ds).set_index("event_id")
    assert len(table) == len(EVENTS)
    assert table["starts"].is_monotonic_increasing
    for row in EVENTS:
        found = table.loc[row["event_id"]]
        assert found["starts"].date() == dt.date.fromisoformat(row["date"])
        end = last_day(row["date_end"] or row["date"], row["date_end_precision"] or row["date_precision"])
        assert found["ends"].date() == end
        assert found["printed"].split(" to ")[0] == row["date"][: LENGTH[row["date_precision"]]]
        assert (" to " in found["printed"]) == bool(row["date_end"])
        assert found["year"] == int(row["date"][:4])
        assert pd.isna(found["month"]) or found["month"] == row["date"][:7]
        assert pd.notna(found["month"]) == in_one_month(row)


@pytest.mark.parametrize(
    ("first", "precision", "last"),
    [("2010-02-01", "month", "2010-02-28"), ("2008-02-01", "month", "2008-02-29"),
     ("2010-12-01", "month", "2010-12-31"), ("2010-01-01", "year", "2010-12-31"),
     ("2010-06-24", "day", "2010-06-24")],
)  # fmt: skip
def test_the_last_day_of_a_date(ds, first, precision, last):
    frame = ds.events.head(1).assign(
        date=pd.Timestamp(first), date_precision=precision, date_end=pd.NaT, date_end_precision=None
    )
    table = module.events(ds.replace(events=frame, event_actors=ds.event_actors.head(0)))
    assert table.loc[0, "ends"] == pd.Timestamp(last)


def test_what_is_in_no_reply_is_reported_by_the_secretary_general(ds):
    table = module.events(ds)
    ours = table["reported_by"] == module.AUTHOR
    assert set(table.loc[ours, "passage_id"]) == {
        row["passage_id"] for row in EVENTS if not REPLY_OF[row["passage_id"]]
    }
    silent = ds.replies.assign(form="not_reproduced")
    table = module.events(ds.replace(replies=silent))
    assert set(table["reported_by"]) == {module.AUTHOR}
    assert module.calendar(ds.replace(replies=silent))["events"].sum() == len(RECENT)


# Counts of events


def test_types_add_up_to_the_raw_table(ds):
    types = module.by_type(ds).set_index("event_type")
    assert types["events"].to_dict() == Counter(row["event_type"] for row in EVENTS)
    assert types[["day", "month", "year"]].sum().to_dict() == Counter(row["date_precision"] for row in EVENTS)
    assert types["with_place"].sum() == sum(bool(row["iso3"]) for row in EVENTS)
    for kind, found in types.iterrows():
        reporters = {REPLY_OF[row["passage_id"]] for row in EVENTS if row["event_type"] == kind} - {""}
        assert found["respondents"] == found["member_states"] + found["organizations"] == len(reporters)
    assert types[["of_member_states", "of_organizations", "of"]].drop_duplicates().values.tolist() == [[8, 15, 23]]


def test_years_add_up_to_the_raw_table(ds):
    years = module.by_year(ds).set_index("year")
    assert years["events"].to_dict() == Counter(int(row["date"][:4]) for row in EVENTS)
    assert years["texts"].sum() == sum(row["event_type"] in {"legal_act", "document"} for row in EVENTS)
    assert (years["texts"] + years["happenings"] == years["events"]).all()


def test_the_calendar_has_every_recent_event_once(ds):
    table = module.calendar(ds)
    months = table.groupby("month")["events"].sum()
    alone = Counter(row["date"][:7] for row in RECENT if in_one_month(row))
    assert {month: n for month, n in months.drop("no month").items() if n} == alone
    assert months["no month"] == sum(not in_one_month(row) for row in RECENT)
    assert list(dict.fromkeys(table["month"])) == [*months.drop("no month").index, "no month"]
    assert (months.index[0], months.index[-2]) == ("2010-01", "2011-06"), "it ends with the month of the cut-off"
    by = Counter(REPLY_OF[row["passage_id"]] for row in RECENT)
    names = dict(zip(ds.respondents["reply_id"], ds.respondents["respondent"])) | {"": module.AUTHOR}
    assert table.groupby("reported_by")["events"].sum().to_dict() == {names[reply]: n for reply, n in by.items()}
    assert table["respondent_kind"].isna().eq(table["reported_by"] == module.AUTHOR).all()


def test_the_busiest_month_and_who_fills_it(ds):
    months = module.busiest_months(ds).set_index("month")
    assert months["events"].to_dict() == Counter(row["date"][:7] for row in RECENT if in_one_month(row))
    assert months["events"].is_monotonic_decreasing
    assert set(months["of"]) == {len(RECENT)}
    assert (months["events"].sum() + months["left_out"] == months["of"]).all()
    november = Counter(
        REPLY_OF[row["passage_id"]] for row in RECENT if in_one_month(row) and row["date"][:7] == "2010-11"
    )
    assert months.loc["2010-11", ["reporters", "most_by_one"]].to_list() == [len(november), max(november.values())]


def test_places_are_recounted(ds):
    places = module.by_place(ds).set_index("iso3")
    assert places["events"].to_dict() == Counter(row["iso3"] for row in EVENTS if row["iso3"])
    replied = {row["reply_id"].upper() for row in raw("replies") if row["section"] == "II"}
    assert set(places.index[places["replied"]]) == replied & set(places.index)
    assert set(places["of"]) == {len(EVENTS)}


def test_instruments_are_recounted(ds):
    table = module.by_instrument(ds).set_index("instrument_id")
    assert table["events"].to_dict() == Counter(row["instrument_id"] for row in EVENTS if row["instrument_id"])
    for instrument, found in table.iterrows():
        rows = [row for row in EVENTS if row["instrument_id"] == instrument]
        assert found["reporters"] == len({REPLY_OF[row["passage_id"]] for row in rows})


def test_one_happening_may_be_reported_twice(ds):
    """Recounted by hand: two respondents, one State or instrument, spans that overlap."""
    span = {
        row["event_id"]: (
            dt.date.fromisoformat(row["date"]),
            last_day(row["date_end"] or row["date"], row["date_end_precision"] or row["date_precision"]),
        )
        for row in EVENTS
    }
    pairs = {
        frozenset((a["passage_id"], b["passage_id"]))
        for a in EVENTS
        for b in EVENTS
        for shared in ("iso3", "instrument_id")
        if a[shared] and a[shared] == b[shared] and REPLY_OF[a["passage_id"]] != REPLY_OF[b["passage_id"]]
        if span[a["event_id"]][0] <= span[b["event_id"]][1] and span[b["event_id"]][0] <= span[a["event_id"]][1]
    }
    table = module.perhaps_the_same(ds)
    assert {frozenset(pair) for pair in table[["passage_id", "other_passage_id"]].values.tolist()} == pairs
    assert len(table) == len(pairs) == 1


# Quantities


def test_every_quantity_is_listed_once_by_unit_and_size(ds):
    table = module.quantities(ds)
    assert sorted(table["value"]) == sorted(float(row["value"]) for row in QUANTITIES)
    assert table["as_of"].notna().sum() == sum(bool(row["as_of"]) for row in QUANTITIES)
    assert table["unit"].ne(table["unit"].shift()).sum() == table["unit"].nunique(), "a unit is in one place"
    assert all(values.is_monotonic_decreasing for _, values in table.groupby("unit")["value"])


def test_units_are_recounted_and_no_value_is_summed(ds):
    table = module.by_unit(ds).set_index("unit")
    assert table["quantities"].to_dict() == Counter(row["unit"] for row in QUANTITIES)
    for unit, found in table.iterrows():
        rows = [row for row in QUANTITIES if row["unit"] == unit]
        values = [float(row["value"]) for row in rows]
        assert found[["lowest", "highest"]].to_list() == [min(values), max(values)]
        assert found["not_exact"] == sum(row["qualifier"] != "exact" for row in rows)
        assert found["with_as_of"] == sum(bool(row["as_of"]) for row in rows)
        assert found["respondents"] == len({REPLY_OF[row["passage_id"]] for row in rows} - {""})
    assert set(table["of"]) == {23}


# Parts


def test_a_part_counts_its_own_events_and_quantities(part):
    n, recent = len(part.events), int((part.events["date"] >= module.period_start(part)).sum())
    assert len(module.events(part)) == module.by_type(part)["events"].sum() == module.by_year(part)["events"].sum() == n
    assert module.calendar(part)["events"].sum() == recent
    months = module.busiest_months(part)
    assert (months["events"].sum() + months["left_out"] == recent).all()
    assert module.by_place(part)["events"].sum() == part.events["iso3"].notna().sum()
    assert module.by_instrument(part)["events"].sum() == part.events["instrument_id"].notna().sum()
    assert len(module.quantities(part)) == module.by_unit(part)["quantities"].sum() == len(part.quantities)
    assert set(module.by_type(part)["of"]) <= {part.denominators["of"]}
    assert list(module.perhaps_the_same(part))[:2] == ["shared", "printed"]
    assert module.perhaps_the_same(part).empty, "it takes both respondents"
