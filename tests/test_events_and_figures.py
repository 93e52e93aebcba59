"""Events and quantities: spans that follow the printed precision, counts that add up, titles that follow the data."""

import csv
import datetime as dt
from collections import Counter

import pandas as pd
import pytest
from conftest import ROOT

import unreplies as ur
from unreplies import events_and_figures as module


def rows(name, folder=None):
    with open((folder or ROOT / "data") / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def last_day(date, precision):
    day = dt.date.fromisoformat(date)
    if precision == "day":
        return day
    following = dt.date(day.year + 1, 1, 1) if precision == "year" or day.month == 12 else None
    return (following or dt.date(day.year, day.month + 1, 1)) - dt.timedelta(days=1)


def spans():
    found = {}
    for row in rows("events"):
        end = last_day(row["date_end"] or row["date"], row["date_end_precision"] or row["date_precision"])
        found[row["event_id"]] = (dt.date.fromisoformat(row["date"]), end)
    return found


def test_a_span_is_as_long_as_the_printed_date_is_vague(ds):
    table = module.events(ds).set_index("event_id")
    assert {e: (table.loc[e, "starts"].date(), table.loc[e, "ends"].date()) for e in table.index} == spans()
    assert (
        table.loc[table["date_precision"] == "day", "starts"] == table.loc[table["date_precision"] == "day", "ends"]
    ).all()
    for row in rows("events"):
        length = {"day": 10, "month": 7, "year": 4}[row["date_precision"]]
        printed = table.loc[row["event_id"], "printed"]
        assert printed.split(" to ")[0] == row["date"][:length]
        assert (" to " in printed) == bool(row["date_end"])


@pytest.mark.parametrize(
    ("first", "precision", "last"),
    [("2010-02-01", "month", "2010-02-28"),
     ("2008-02-01", "month", "2008-02-29"), ("2010-12-01", "month", "2010-12-31"),
     ("2010-01-01", "year", "2010-12-31"), ("2010-06-24", "day", "2010-06-24")],
)  # fmt: skip
def test_the_last_day_of_a_date(first, precision, last):
    assert module._last_day(pd.Timestamp(first), precision) == pd.Timestamp(last)


def test_events_by_type_and_by_respondent_add_up_to_the_raw_table(ds):
    raw = rows("events")
    types = module.by_type(ds).set_index("event_type")
    assert types["events"].to_dict() == Counter(row["event_type"] for row in raw)
    assert types["with_place"].sum() == sum(bool(row["iso3"]) for row in raw)
    reply = {row["passage_id"]: row["reply_id"] for row in rows("passages")}
    reporters = Counter(reply[row["passage_id"]] for row in raw)
    table = module.by_respondent(ds)
    assert table["events"].sum() + reporters[""] == len(raw)
    assert table.attrs["introduction"] == reporters[""]
    assert len(table) == len(ds.replies)
    assert (table["before"] + table["since"] == table["events"]).all()
    assert types.loc["workshop", "respondents"] == len(
        {reply[row["passage_id"]] for row in raw if row["event_type"] == "workshop"} - {""}
    )


def test_places_and_months_recounted(ds):
    raw = rows("events")
    places = module.by_place(ds)
    names = {row["iso3"]: row["name_en"] for row in rows("states")}
    assert places.set_index("state")["events"].to_dict() == Counter(names[r["iso3"]] for r in raw if r["iso3"])
    replied = {names[row["reply_id"].upper()] for row in rows("replies") if row["section"] == "II"}
    assert set(places.loc[places["replied"] == "yes", "state"]) == replied & set(places["state"])
    months = module.busiest_months(ds)
    alone = [r for r in raw if r["date"] >= "2010" and r["date_precision"] != "year" and not r["date_end"]]
    assert Counter(r["date"][:7] for r in alone) == {f"{m:%Y-%m}": n for m, n in zip(months["month"], months["events"])}
    assert months["events"].sum() + months.attrs["left_out"] == months.attrs["events"]


def test_every_quantity_is_in_one_group_and_none_is_summed(ds):
    units = [unit for group in module.GROUPS.values() for unit in group]
    assert len(units) == len(set(units))
    table = module.quantities(ds)
    raw = rows("quantities")
    assert sorted(table["value"]) == sorted(float(row["value"]) for row in raw)
    assert all(
        group in module.GROUPS and unit in module.GROUPS[group] for group, unit in zip(table["group"], table["unit"])
    )
    for _, values in table.groupby("unit")["value"]:
        assert values.is_monotonic_decreasing
    assert table["as_of"].notna().sum() == sum(bool(row["as_of"]) for row in raw)


def test_an_unknown_unit_is_refused(copy):
    path = copy / "quantities.csv"
    path.write_text(path.read_text("utf-8").replace(",mission,", ",voyage,"), "utf-8")
    with pytest.raises(ValueError, match="voyage"):
        module.quantities(ur.load(copy))


DRAWINGS = [module.draw_period, module.draw_states]


def test_the_time_line_holds_every_recent_event_once(ds):
    recent = [row["event_id"] for row in rows("events") if row["date"] >= str(module.period_start(ds).date())]
    chart = module.draw_period(ds)
    assert sorted(chart.table["event_id"]) == sorted(recent)
    names = Counter(chart.table["reported_by"])
    assert all(chart.svg.count(f">{name}</text>") == n for name, n in names.items())


def test_titles_follow_the_data(copy):
    before = [draw(ur.load(copy)).alt.split(".")[0] for draw in DRAWINGS]
    changes = {
        "events": ("icao-diplomatic-conference-2010,icao.04,ICAO diplomatic conference,meeting,2010-01-01,year",
                   "icao-diplomatic-conference-2010,icao.04,ICAO diplomatic conference,meeting,2009-11-01,month"),
        "quantities": (",177,exact,state,", ",178,exact,state,"),
    }  # fmt: skip
    for name, (old, new) in changes.items():
        text = (copy / f"{name}.csv").read_text("utf-8")
        assert old in text
        (copy / f"{name}.csv").write_text(text.replace(old, new), "utf-8")
    after = [draw(ur.load(copy)).alt.split(".")[0] for draw in DRAWINGS]
    assert all(old != new for old, new in zip(before, after))
    assert "178" in after[1]
