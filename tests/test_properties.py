"""What must hold for any text and any choice of replies: properties, tried on many drawn examples."""

import csv
import json
import shutil
import sqlite3
import tempfile
import unicodedata
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import unreplies as ur
from unreplies import hashes, text
from unreplies.audit import Audit, _check_document, _check_passages, _check_surfaces
from unreplies.descriptor import as_list

DS = ur.load(ROOT / "data")
REPLIES = DS.replies["reply_id"].to_list()
#: Signs that normalising changes: spaces of all kinds, wide and circled signs, ligatures, marks, joined letters.
ODD = st.text("a1\n \t\u3000\u00a0\u2028\u200b（２）①ﬁ％㎏e\u0301\u0308\u00a8가\u1100\u1161約决议《》〔", max_size=40)
TEXTS = st.one_of(st.text(max_size=60), ODD)
FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SOME = settings(FEW, max_examples=6)  # of what loads and exports


@given(TEXTS)
def test_normalising_twice_changes_nothing(text):
    once = ur.normalise(text)
    assert ur.normalise(once) == once
    assert unicodedata.is_normalized("NFKC", once)
    assert not any(sign.isspace() for sign in once)


@given(TEXTS, st.data())
def test_spaces_and_line_breaks_do_not_matter(text, data):
    """What all offsets rest on: two extractions of one text that differ in spaces are one text."""
    once = ur.normalise(text)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(once)), max_size=5)))
    pieces = [once[a:b] for a, b in zip([0, *cuts], [*cuts, len(once)])]
    assert ur.normalise(data.draw(st.sampled_from([" ", "\n", "\u3000", "\r\n\t"])).join(pieces)) == once


@st.composite
def tilings(draw):
    """A text cut into passages of one or two spans, the second span of one being where another passage lies."""
    text = ur.normalise(draw(st.text("防止恐怖分子获取abc《》12。，", min_size=4, max_size=80)))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=12)))
    spans = [(a, b) for a, b in zip([0, *cuts], [*cuts, len(text)]) if a < b]
    passages = []
    while spans:
        own = [spans.pop(0)]
        if len(spans) > 1 and draw(st.booleans()):
            own.append(spans.pop(1))
        passages.append(own)
    return text, passages


def spoken(text, passages):
    """A dataset of this text alone: one passage a row, and in each a mention drawn at its very ends."""
    words = ["".join(text[a:b] for a, b in spans) for spans in passages]
    rows = {
        "passage_id": [f"intro.{place:02d}" for place in range(1, len(words) + 1)],
        "n_chars": [len(word) for word in words],
        "kind": "paragraph",
    }
    frame = pd.DataFrame(rows)
    places = pd.DataFrame(
        {
            "passage_id": rows["passage_id"],
            "spans": [";".join(f"{a}-{b}" for a, b in spans) for spans in passages],
            "sha256": [sha256(word.encode()).hexdigest() for word in words],
        }
    )
    report = DS.reports.assign(n_chars=len(text), sha256=sha256(text.encode()).hexdigest())
    mentions = pd.DataFrame({"passage_id": rows["passage_id"], "surface": words, "start": 0, "end": rows["n_chars"]})
    empty = {name: DS[name].iloc[:0] for name in ("instrument_mentions", "actor_mentions", "audit_exclusions")}
    frames = {**DS, **empty, "reports": report, "passages": frame, "passage_places": places, "quantities": mentions}
    return ur.Dataset(DS.folder, DS.package, frames)


def checked(ds, text):
    result = Audit()
    _check_document(ds, text, result)
    _check_surfaces(ds, _check_passages(ds, text, result), result)
    return result.faults


@FEW
@given(tilings())
def test_passages_that_tile_a_text_give_it_back(tiling):
    text, passages = tiling
    assert checked(spoken(text, passages), text) == []


@FEW
@given(tilings(), st.data())
def test_a_span_moved_by_one_is_a_gap_or_an_overlap(tiling, data):
    text, passages = tiling
    ds = spoken(text, passages)
    place = data.draw(st.integers(0, len(passages) - 1))
    (start, end), *rest = passages[place]
    by = data.draw(st.sampled_from([1, -1]))
    moved = [(max(start + by, 0), max(end + by, 1)), *rest]
    if moved != passages[place]:
        passages = [*passages[:place], moved, *passages[place + 1 :]]
        other = ds.passage_places.assign(spans=[";".join(f"{a}-{b}" for a, b in spans) for spans in passages])
        faults = checked(ur.Dataset(ds.folder, ds.package, {**ds, "passage_places": other}), text)
        assert any(fault.rule == "tiling" and fault.table == "passage_places" for fault in faults)


def test_every_surface_of_the_data_stands_inside_its_passage():
    lengths = DS.passages.set_index("passage_id")["n_chars"]
    for table in ("instrument_mentions", "actor_mentions", "quantities", "audit_exclusions"):
        rows = DS[table]
        assert (rows["end"] - rows["start"] == rows["surface"].str.len()).all(), table
        assert (rows["end"].to_numpy() <= lengths[rows["passage_id"]].to_numpy()).all(), table
        assert rows["surface"].map(ur.normalise).equals(rows["surface"]), table


@FEW
@given(st.sets(st.sampled_from(REPLIES)))
def test_a_join_of_some_replies_is_that_part_of_the_whole_join(some):
    part = DS.only(some)
    for table in DS:
        whole, joined = DS.joined(table), part.joined(table)
        assert len(joined) == len(part[table])
        key = DS.schema_of(table)["primaryKey"]
        key = [key] if isinstance(key, str) else key
        assert not joined.duplicated(key).any()
        if "reply_id" in whole:
            kept = whole["reply_id"].isin(some) | (whole["reply_id"].isna() & (table != "replies"))
            pd.testing.assert_frame_equal(joined, whole[kept].reset_index(drop=True))


@FEW
@given(st.sampled_from([t for t in DS if len(DS[t]) > 3]), st.data())
def test_whichever_rows_are_kept_every_key_resolves(table, data):
    kept = DS[table].index.isin(data.draw(st.sets(st.sampled_from(DS[table].index.to_list()))))
    part = DS.where(table, kept)
    assert len(part[table]) <= kept.sum()
    part.replace(measures=part.measures)
    for name in DS:
        assert len(part.joined(name)) == len(part[name])


@FEW
@given(st.sets(st.sampled_from(REPLIES)), st.sampled_from(["category", "status", "level"]))
def test_respondents_add_up_whichever_replies_are_kept(some, column):
    part = DS.only(some)
    counts = part.count_respondents("measures", column)
    with_text = set(some) - {"tkm"}
    assert (counts["of"] == len(with_text)).all()
    assert (counts["member_states"] + counts["organizations"] == counts["respondents"]).all()
    own = part.joined("measures").query("reply_id in @with_text")
    told = own.groupby(column, observed=True)["reply_id"].nunique()
    assert dict(zip(counts[column].astype("str"), counts["respondents"])) == {str(k): n for k, n in told.items()}


# The rules of the house, each as a property


@pytest.fixture(scope="module")
def shelf():
    """A folder with a copy of the data for all examples; whoever changes a file there puts it back."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(shutil.copytree(ROOT / "data", Path(folder) / "data"))


def write(folder, ds):
    """The tables of a dataset as files, and their descriptor."""
    for name, frame in ds.items():
        plain = frame.assign(**{flag: frame[flag].map({True: "true", False: "false"}) for flag in _flags(frame)})
        numbers = {column: frame[column].map("{:g}".format) for column in frame.select_dtypes("Float64")}
        plain.assign(**numbers).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n", date_format="%Y-%m-%d")
    shutil.copy(ROOT / "data" / "datapackage.json", folder)


def _flags(frame):
    return list(frame.select_dtypes("boolean"))


@SOME
@given(st.sets(st.sampled_from(REPLIES)))
def test_whoever_is_kept_is_who_they_were_and_every_join_says_so(some):
    """Who counts is decided in one place, and of a part it is decided as of the whole."""
    part, whole = DS.only(some), DS.respondents
    pd.testing.assert_frame_equal(part.respondents, whole[whole["reply_id"].isin(some)].reset_index(drop=True))
    who = part.respondents.set_index("reply_id")
    for table in part:
        joined = part.joined(table)
        if "respondent" in joined and table != "replies":
            own = joined[joined["reply_id"].notna()]
            for column in ("respondent", "respondent_kind", "own_text"):
                assert own[column].astype("str").to_list() == who.loc[own["reply_id"], column].astype("str").to_list()


@SOME
@given(st.sets(st.sampled_from(REPLIES)))
def test_a_part_is_written_loaded_and_exported_as_it_is(some):
    part = DS.only(some)
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), part)
        again = ur.load(name)
        for table in part:
            pd.testing.assert_frame_equal(again[table], part[table])
        with closing(sqlite3.connect(ur.export(part, "sqlite", Path(name) / "out"))) as database:
            for table in part:
                rows = database.execute(f'SELECT count(*) FROM "{table}"').fetchone()
                assert rows == (len(part[table]),)


@SOME
@given(st.data())
def test_a_changed_cell_takes_effect_or_is_refused_and_the_dataset_stays(data):
    """`replace` gives a dataset in which everything is computed of the new frame; the old one has not changed."""
    column = data.draw(st.sampled_from(["category", "status", "level", "passage_id"]))
    row, new = (
        data.draw(st.sampled_from(DS.measures.index.to_list())),
        data.draw(st.sampled_from(DS.measures[column].astype("str").to_list())),
    )
    before, frame = DS.measures.copy(), DS.measures.astype("str")
    frame.loc[row, column] = new
    if frame.duplicated(["passage_id", "category"]).any():
        with pytest.raises(ur.DataError, match="primaryKey"):
            DS.replace(measures=frame)
    else:
        joined = DS.replace(measures=frame).joined("measures")
        assert joined[column].astype("str").to_list() == frame[column].to_list()
    pd.testing.assert_frame_equal(DS.measures, before)


def others(field, column):
    """Values other than its own that a cell may have: those of an enum, a flag turned, a number or a day beside it."""
    rules = field.get("constraints", {})
    if "enum" in rules or field["type"] == "boolean":
        return lambda cell: [its for its in rules.get("enum", ["true", "false"]) if its != cell]
    if field["type"] in ("integer", "number"):
        return lambda cell: [f"{float(cell) + 1:g}"]
    if field["type"] == "date":
        return lambda cell: [f"{pd.Timestamp(cell) - pd.Timedelta(days=1):%Y-%m-%d}"]
    return lambda cell: [] if "pattern" in rules else [f"{cell} I", *sorted(set(column) - {cell, ""})]


TABLES = sorted(path.relative_to(ROOT / "data").as_posix() for path in (ROOT / "data").rglob("*.csv"))


@SOME
@given(st.sampled_from(TABLES), st.data())
def test_another_allowed_value_changes_one_hash_and_no_shape(shelf, name, data):
    path = shelf / name
    raw, package = path.read_bytes(), json.loads((path.parent / "datapackage.json").read_text("utf-8"))
    schema = next(its["schema"] for its in package["resources"] if its["path"] == path.name)
    with open(path, encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    keys = {*as_list(schema["primaryKey"]), *(key["fields"] for key in schema.get("foreignKeys", []))}
    fields = [
        its for its in schema["fields"] if its["name"] not in keys and not its.get("constraints", {}).get("unique")
    ]
    if not fields or not rows:
        return
    field = data.draw(st.sampled_from(fields))
    place, row = header.index(field["name"]), data.draw(st.sampled_from(rows))
    new = others(field, [row[place] for row in rows])(row[place]) if row[place] else []
    if not new:
        return
    row[place] = data.draw(st.sampled_from(new))
    try:
        with open(path, "w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *rows])
        assert [(fault.table, fault.rule) for fault in hashes.check(shelf)] == [(name.removesuffix(".csv"), "hash")]
        loaded = ur.load(shelf)
        assert {table: frame.shape for table, frame in loaded.items()} == {table: DS[table].shape for table in DS}
        assert all(loaded[table].dtypes.equals(DS[table].dtypes) for table in DS)
        ur.agreement.readings(loaded)
    finally:
        path.write_bytes(raw)


@SOME
@given(st.data())
def test_a_descriptor_may_say_it_otherwise_but_not_say_other(shelf, data):
    """Titles and order are free; a rule more or less, of any field of any table, is refused and the field named."""
    path = shelf / "datapackage.json"
    raw = path.read_bytes()
    package = json.loads(raw)
    resource = data.draw(st.sampled_from(package["resources"]))
    field = data.draw(st.sampled_from(resource["schema"]["fields"]))
    package["resources"] = data.draw(st.permutations(package["resources"]))
    field["title"] = resource["title"] = data.draw(st.text(min_size=1, max_size=9))
    try:
        path.write_text(json.dumps(package), "utf-8")
        assert list(ur.load(shelf)) == list(DS)
        rules = field.setdefault("constraints", {})
        rule = data.draw(st.sampled_from(["required", "unique", "pattern", "enum", "minimum", "minLength"]))
        rules[rule] = data.draw(st.sampled_from(["x", 7, ["a"], {"a": 1}]))
        path.write_text(json.dumps(package), "utf-8")
        with pytest.raises(ur.DataError) as caught:
            ur.load(shelf)
        (fault,) = caught.value.faults
        assert (fault.table, fault.rule) == (resource["name"], "descriptor")
        assert field["name"] in str(fault)
    finally:
        path.write_bytes(raw)


@SOME
@given(st.lists(st.sets(st.sampled_from(REPLIES)), min_size=1, max_size=4), st.sampled_from(["measures", "quantities"]))
def test_a_series_counts_each_report_as_it_does_alone(parts, table):
    """Reports side by side: what is counted by report is what each of them counts."""
    reports = {f"r{number}": DS.only(some) for number, some in enumerate(parts)}
    series = pd.concat({name: ds.joined(table) for name, ds in reports.items()}, names=["report"])
    assert len(series) == sum(len(ds[table]) for ds in reports.values())
    own = series[series["own_text"]].groupby("report")["reply_id"].nunique()
    for name, ds in reports.items():
        counts = ds.count_respondents(table, "respondent")
        assert own.get(name, 0) == counts["respondents"].sum()


@given(st.one_of(TEXTS, st.text("a\u0430Bе\u200b\u202eéи́５決（", max_size=20)))
def test_what_is_shown_has_no_sign_that_cannot_be_told_apart(words):
    shown = text.spelled(words)
    assert text.odd_signs(shown) == []
    assert shown.isprintable()
    assert shown == words or text.odd_signs(words)


@given(st.from_regex(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", fullmatch=True))
def test_a_column_has_a_heading_in_words(name):
    heading = text.heading(name)
    assert heading
    assert "_" not in heading
    assert heading[0] == heading[0].upper()
    assert text.heading(heading) == heading
