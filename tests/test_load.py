"""What an analyst does first: load, look, join, ask for evidence, mistype a name."""

import shutil
import subprocess
import sys

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
        assert f"ds.{name}</code></td><td style='text-align:right'>{len(ds[name])}</td>" in html


def test_codebook_names_keys_of_other_tables(ds):
    actors = ds.codebook("actors").set_index("field")
    assert actors.loc["actor_id", "key"] == "primary"
    assert actors.loc["parent_id", "key"] == "actors.actor_id"
    assert ds.codebook("measures").set_index("field").loc["category", "key"] == "primary; measure_categories.category"


def test_load_an_own_copy(copy):
    assert len(ur.load(copy)) == len(ur.load(str(copy)))


def test_importing_does_not_load_the_drawing_libraries():
    code = "import sys, unreplies.who_replied; print({'matplotlib', 'seaborn', 'jinja2'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


def test_installed_it_brings_its_data_along(tmp_path):
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
    assert replies == "24"


def test_respondents_are_counted_once(ds):
    counts = ds.count_respondents("measures", "category")
    joined = ds.joined("measures")
    for row in counts.itertuples(index=False):
        replies = set(joined.loc[joined["category"] == row.category, "reply_id"])
        assert row.respondents == len(replies)
    with pytest.raises(ur.UnknownName, match="column of measures"):
        ds.count_respondents("measures", "categories")
    with pytest.raises(ur.UnknownName, match="table with respondents"):
        ds.count_respondents("states", "iso3")


def test_some_respondents_alone(ds):
    states = ds.only(ds.replies.query("section == 'II'")["reply_id"])
    for table in CODED:
        owners = set(states.joined(table)["respondent_kind"].dropna())
        assert owners <= {"Member State"}
    assert len(states.measures) == (ds.joined("measures")["respondent_kind"] == "Member State").sum()
    assert len(ds.only(ds.replies["reply_id"]).measures) == len(ds.measures)
    with pytest.raises(ur.UnknownName, match="did you mean 'iaea'"):
        ds.only(["iaeaa"])


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
    with pytest.raises(ur.DataError, match="quantities, column what_en: '' breaks descriptor"):
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
