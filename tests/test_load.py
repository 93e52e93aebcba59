"""What an analyst does first: load, look, join, ask for evidence, mistype a name."""

import re
import shutil
import subprocess
import sys
from collections import Counter

import pandas as pd
import pytest
from conftest import ROOT

import unreplies as ur

CODED = ["instrument_mentions", "actor_mentions", "measures", "events", "event_actors", "quantities", "anomalies"]


def test_a_table_is_an_attribute_and_an_item(ds):
    assert ds.replies is ds["replies"]
    assert "replies" in ds
    assert "reply" not in ds
    assert {"replies", "measures"} <= set(dir(ds))
    assert ds._ipython_key_completions_() == list(ds)


def test_dtypes_come_from_the_descriptor(ds):
    assert str(ds.replies["position"].dtype) == "Int64"
    assert str(ds.quantities["value"].dtype) == "Float64"
    assert str(ds.passages["nuclear"].dtype) == "boolean"
    assert pd.api.types.is_datetime64_any_dtype(ds.states["admitted"])
    assert ds.measures["status"].dtype.categories.to_list() == ["in_place", "in_progress", "urged"]
    assert ds.measures["status"].dtype.ordered
    assert not ds.actors["actor_type"].dtype.ordered
    assert ds.measures["status"].min() == "in_place"


def test_codes_are_text(ds, copy):
    assert ds.states.set_index("iso3").loc["ALB", "m49"] == "008"
    path = copy / "states.csv"
    path.write_text(path.read_text("utf-8").replace("Namibia", "NA"), "utf-8")
    assert ur.load(copy).states.set_index("iso3").loc["NAM", "name_en"] == "NA"


@pytest.mark.parametrize("ask", [lambda ds: ds["measure"], lambda ds: ds.measure, lambda ds: ds.codebook("measure")])
def test_a_wrong_name_is_answered_with_the_right_ones(ds, ask):
    with pytest.raises(ur.UnknownName, match=r"did you mean 'measures'.*There are: reports, states") as caught:
        ask(ds)
    assert isinstance(caught.value, (LookupError, AttributeError))
    assert ds.get("measure", "nothing") == "nothing"
    assert ds == ds
    assert len({ds}) == 1


def test_the_advice_given_works(ds):
    with pytest.raises(ur.UnknownName) as caught:
        ds.evidence("iaea.8")
    advice = str(caught.value).split("did you mean '")[1].split("'")[0]
    assert ds.evidence(advice).address


@pytest.mark.parametrize("table", [*CODED, "passages", "replies", "memberships", "actors", "states"])
def test_no_row_is_lost_or_doubled_by_a_join(ds, table):
    joined = ds.joined(table)
    assert len(joined) == len(ds[table])
    for column in ds[table]:
        pd.testing.assert_series_equal(joined[column], ds[table][column])


@pytest.mark.parametrize("table", CODED)
def test_a_joined_table_names_its_respondent(ds, table):
    joined = ds.joined(table)
    own = joined[~joined["passage_id"].str.startswith("intro") & joined["reply_id"].notna()]
    assert own["respondent"].notna().all()
    assert own["respondent_kind"].isin(["Member State", "organization"]).all()
    of_states = own["respondent_kind"] == "Member State"
    assert (own["regional_group"].notna() == of_states).all()
    assert joined.loc[joined["passage_id"].str.startswith("intro"), "respondent"].isna().all()


def test_evidence_holds_every_row_of_the_passage(ds):
    evidence = ds.evidence("iaea.08")
    assert evidence.gist == ds.passages.set_index("passage_id").loc["iaea.08", "gist_en"]
    for table in ("actor_mentions", "measures", "quantities"):
        assert len(evidence.tables[table]) == (ds[table]["passage_id"] == "iaea.08").sum() > 0
    html = evidence._repr_html_()
    assert "6748-7059" in html
    assert ">Measures</caption>" in html
    assert "6748-7059" in repr(evidence)


def test_the_html_view_lists_every_table_with_its_rows(ds):
    html = ds._repr_html_()
    for name in ds:
        assert re.search(rf">{name}</td><td [^>]*>{len(ds[name]):,}</td>", html)


def test_codebook_names_keys_of_other_tables(ds):
    actors = ds.codebook("actors").set_index("field")
    assert actors.loc["actor_id", "key"] == "primary"
    assert actors.loc["parent_id", "key"] == "actors.actor_id"
    assert ds.codebook("measures").set_index("field").loc["category", "key"] == "primary; measure_categories.category"


def test_load_an_own_copy(copy):
    assert len(ur.load(copy)) == len(ur.load(str(copy)))


def run(code):
    """What a Python prints that has imported nothing yet."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_importing_does_not_load_the_drawing_libraries_nor_the_modules_of_the_questions():
    later = {"matplotlib", "seaborn", "jinja2", "krippendorff", "unreplies.charts", "unreplies.who_replied", "sqlite3"}
    assert run(f"import sys, unreplies; print({later} & set(sys.modules))") == "set()"


def test_the_modules_of_the_questions_are_there_for_whoever_asks():
    assert run("import unreplies as ur; print(set(ur.__all__) - set(dir(ur)))") == "set()"
    assert run("import unreplies as ur; print(ur.who_replied.by_group.__name__)") == "by_group"
    assert run("from unreplies import *; print(charts.__name__, load().whole)") == "unreplies.charts True"
    assert "by_group(ds" in run("import unreplies as ur; help(ur.who_replied)")
    with pytest.raises(AttributeError, match="no attribute 'whoo_replied'"):
        ur.whoo_replied  # noqa: B018


def test_installed_it_brings_its_data_along(ds, tmp_path):
    """A wheel, unpacked far from the clone, finds the data inside itself."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    wheel = next(tmp_path.glob("*.whl"))
    shutil.unpack_archive(wheel, tmp_path / "site", "zip")
    code = "import unreplies as ur; print(ur.load().folder); print(len(ur.load().replies))"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "site", capture_output=True, text=True, check=True
    )
    folder, replies = result.stdout.split("\n")[:2]
    assert str(tmp_path) in folder
    assert replies == str(len(ds.replies))


def test_who_counts_is_decided_in_one_place(ds):
    respondents = ds.respondents
    assert respondents["position"].to_list() == list(range(1, len(ds.replies) + 1))
    assert respondents.loc[~respondents["own_text"], "reply_id"].to_list() == ["tkm"]
    assert (respondents["respondent_iso3"].notna() == (respondents["respondent_kind"] == "Member State")).all()
    printed = ds.replies.loc[ds.replies["form"] != "not_reproduced", "reply_id"]
    states = int(printed.isin(ds.actors.loc[ds.actors["iso3"].notna(), "actor_id"]).sum())
    assert ds.denominators == {
        "of_member_states": states,
        "of_organizations": len(printed) - states,
        "of": len(printed),
    }


def test_respondents_are_counted_once(ds):
    counts = ds.count_respondents("measures", "category")
    joined = ds.joined("measures")
    for row in counts.itertuples(index=False):
        replies = set(joined.loc[joined["category"] == row.category, "reply_id"]) - {"tkm"}
        assert row.respondents == len(replies) == row.member_states + row.organizations
    assert counts["respondents"].is_monotonic_decreasing
    with pytest.raises(ur.UnknownName, match="column of measures"):
        ds.count_respondents("measures", "categories")
    with pytest.raises(ur.UnknownName, match="table with respondents"):
        ds.count_respondents("states", "iso3")


@pytest.mark.parametrize("table", CODED)
def test_a_count_is_by_any_column_of_the_joined_table(ds, table):
    joined = ds.joined(table)
    own = joined[joined["own_text"]]
    for column in joined.columns.difference(ds[table].columns):
        counts = ds.count_respondents(table, column)
        assert counts[column].dtype == joined[column].dtype
        replies = own.groupby(column, observed=True, dropna=False)["reply_id"].nunique()
        assert Counter(zip(counts[column].map(str), counts["respondents"])) == Counter(
            zip(replies.index.map(str), replies)
        )


def test_counts_keep_the_types_of_what_they_count(ds):
    assert len(ds.count_respondents("passages", "nuclear").query("nuclear == True")) == 1
    status = ds.count_respondents("measures", "status")["status"]
    assert status.dtype.ordered
    assert (status >= "in_progress").sum() == 2


def test_some_respondents_alone(ds):
    states = ds.only(ds.respondents.query("respondent_kind == 'Member State'")["reply_id"])
    for table in CODED:
        assert set(states.joined(table)["respondent_kind"].dropna()) <= {"Member State"}
    assert len(states.measures) == (ds.joined("measures")["respondent_kind"] == "Member State").sum()
    assert len(ds.only(ds.replies["reply_id"]).measures) == len(ds.measures)
    assert states.memberships.empty, "no organization is there to be a member of"
    assert len(states.states) == 192
    with pytest.raises(ur.UnknownName, match="did you mean 'iaea'"):
        ds.only(["iaeaa"])
    with pytest.raises(ur.UnknownName, match="did you mean 'aus'"):
        ds.only("AUS")
    assert ds.only("aus").replies["reply_id"].to_list() == ["aus"]


def test_in_a_part_every_key_resolves(part):
    part.replace(measures=part.measures)  # which checks all keys of all tables
    for table in part:
        assert len(part.joined(table)) == len(part[table])


@pytest.mark.parametrize("table", ["replies", "passages", "events", "instruments", "actors", "measure_categories"])
def test_whatever_rows_are_left_out_every_key_resolves(ds, table):
    some = ds.where(table, pd.Series(range(len(ds[table]))) % 3 == 0)
    assert len(some[table]) <= len(ds[table]) // 3 + 1
    some.replace(measures=some.measures)


def test_a_change_of_a_frame_takes_effect_afterwards(copy):
    ds = ur.load(copy)
    before = ds.count_respondents("measures", "status").set_index("status")["respondents"]
    assert before["urged"] > 0
    ds.measures.loc[ds.measures["status"] == "urged", "status"] = "in_place"
    assert "urged" not in set(ds.count_respondents("measures", "status")["status"])
    with pytest.raises(AttributeError, match=r"ds\.replace\(measures=frame\)"):
        ds.measures = ds.measures.head()


def test_replaced_frames_are_checked_and_typed(ds):
    text = ds.measures.astype("str")
    assert ds.replace(measures=text).measures.dtypes.equals(ds.measures.dtypes)
    with pytest.raises(ur.DataError, match="measures, row 1, column status: 'done' fails enum"):
        ds.replace(measures=ds.measures.assign(status="done"))
    with pytest.raises(ur.UnknownName, match="did you mean 'measures'"):
        ds.replace(measure=ds.measures)


def test_a_part_is_not_audited_as_the_whole(ds, source):
    with pytest.raises(ValueError, match="is a part"):
        ur.audit(ds.only("aus"), source)


def test_codebook_names_every_key_of_a_field(ds):
    assert (
        ds.codebook("memberships").set_index("field").loc["actor_id", "key"]
        == "primary; actors.actor_id; replies.reply_id"
    )


def test_a_joined_table_is_the_users_own(ds):
    joined = ds.joined("measures")
    joined["status"] = "changed"
    assert "changed" not in set(ds.joined("measures")["status"].astype("str"))
    assert "changed" not in set(ds.measures["status"].astype("str"))


def test_the_words_of_the_secretary_general_count_for_nobody(ds):
    counts = ds.count_respondents("instrument_mentions", "instrument_id")
    assert "unga-documentation" in set(ds.instrument_mentions["instrument_id"])
    assert "unga-documentation" not in set(counts["instrument_id"])


def test_a_variable_names_the_data(copy, source, monkeypatch):
    path = copy / "quantities.csv"
    path.write_text(path.read_text("utf-8").replace("82个", "83个"), "utf-8")
    monkeypatch.setenv("UNREPLIES_DATA", str(copy))
    assert ur.load().folder == copy
    assert any("83个" in str(fault) for fault in ur.audit(ur.load(), source).faults)
    with pytest.raises(ur.DataError, match=r"quantities\.csv is not the file"):
        ur.validate()
    assert ur.load(ROOT / "data").folder == ROOT / "data", "a path goes before the variable"
    monkeypatch.setenv("UNREPLIES_DATA", "")
    assert ur.load().folder == ROOT / "data"


def test_the_audit_holds_named_data_to_its_own_columns(copy, source, monkeypatch):
    path = copy / "datapackage.json"
    path.write_text(path.read_text("utf-8").replace('"name": "what_en"', '"name": "what"'), "utf-8")
    path = copy / "quantities.csv"
    path.write_text(path.read_text("utf-8").replace("what_en", "what", 1), "utf-8")
    monkeypatch.setenv("UNREPLIES_DATA", str(copy))
    with pytest.raises(ur.DataError, match="quantities, column what_en: '' fails descriptor"):
        ur.audit(ur.load(), source)


@pytest.mark.parametrize("read", [ur.load, ur.validate, ur.cite])
def test_a_variable_that_names_no_folder(tmp_path, monkeypatch, read):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    for name in ("nowhere", "file"):
        monkeypatch.setenv("UNREPLIES_DATA", name)
        with pytest.raises(NotADirectoryError, match="UNREPLIES_DATA must name a folder") as caught:
            read()
        assert caught.value.filename == str(tmp_path / name)
