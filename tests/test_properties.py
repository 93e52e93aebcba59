"""What must hold for any text and any choice of replies: properties, tried on many drawn examples."""

import unicodedata
from hashlib import sha256

import pandas as pd
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import unreplies as ur
from unreplies.audit import Audit, _check_document, _check_passages, _check_surfaces

DS = ur.load(ROOT / "data")
REPLIES = DS.replies["reply_id"].to_list()
#: Signs that normalising changes: spaces of all kinds, wide and circled signs, ligatures, marks, joined letters.
ODD = st.text("a1\n \t\u3000\u00a0\u2028\u200b（２）①ﬁ％㎏e\u0301\u0308\u00a8가\u1100\u1161約决议《》〔", max_size=40)
TEXTS = st.one_of(st.text(max_size=60), ODD)
FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


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
