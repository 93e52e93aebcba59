"""Rows for a text: offsets, hashes and keys, and the steps of CONTRIBUTING.md by which a reply is added."""

import re

import pandas as pd
import pytest
from conftest import ROOT

import unreplies as ur
from unreplies import rows


def test_words_are_found_once_or_the_error_says_why():
    assert rows.find("各国应防止扩散", " 防 止 ") == (3, 5)
    assert rows.find("一二一二", "一", start=1) == (2, 3)
    with pytest.raises(ValueError, match="more than once"):
        rows.find("一二一二", "一")
    with pytest.raises(ValueError, match="is not in the text"):
        rows.find("一二", "三")
    with pytest.raises(ValueError, match="is not in the text"):
        rows.passage("先后", "zzz.01", "后", "先")


def test_the_rows_of_a_passage_are_those_of_the_data(ds, source):
    document = ur.normalise(source.read_text("utf-8"))
    texts = rows.passage_texts(ds, document)
    for passage in ds.passages.query("kind == 'paragraph' and n_chars > 60").itertuples():
        text = texts[passage.passage_id]
        place = ds.passage_places.set_index("passage_id").loc[passage.passage_id]
        if ";" not in place["spans"]:
            start = int(place["spans"].split("-")[0])
            row, made = rows.passage(document, passage.passage_id, text[:40], text[-40:], start=start)
            assert (row["n_chars"], row["ordinal"]) == (passage.n_chars, passage.ordinal)
            assert made == {"passage_id": passage.passage_id, **place}


def test_the_next_key_counts_within_its_passage(ds):
    taken = ds.quantities["quantity_id"]
    for table, letter in (("quantities", "q"), ("instrument_mentions", "i"), ("anomalies", "a")):
        assert re.fullmatch(rf"iaea\.08-{letter}\d\d", rows.next_key(ds, table, "iaea.08"))
    assert rows.next_key(ds, "quantities", "iaea.08") not in set(taken)


def test_a_column_that_the_table_has_not_is_refused_and_nothing_is_written(copy):
    before = (copy / "measures.csv").read_bytes()
    with pytest.raises(ValueError, match="colour"):
        rows.append(copy, "measures", {"passage_id": "iaea.08", "colour": "red"})
    assert (copy / "measures.csv").read_bytes() == before


def test_a_reply_is_added_by_the_steps_of_the_page(copy, source, tmp_path):
    steps = re.search(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)[1]
    text = tmp_path / "text.txt"
    added = "\n示例组织\n[原件：英文]\n[2011年5月30日]\n本组织与各国合作，支持执行第1540(2004)号决议。\n"
    text.write_text(source.read_text("utf-8") + added, "utf-8")
    before = ur.load(copy)
    space = {"data": copy, "text": text}
    exec(compile(steps, "CONTRIBUTING.md", "exec"), space)
    reports = pd.read_csv(copy / "reports.csv", dtype=str)
    document = space["document"]
    reports = reports.assign(n_chars=len(document), sha256=rows.sha256(document))
    reports.to_csv(copy / "reports.csv", index=False, lineterminator="\n")
    ds = ur.load(copy)
    assert len(ds.replies) == len(before.replies) + 1
    assert ds.denominators["of"] == before.denominators["of"] + 1
    assert ds.evidence("exo.04").tables["instrument_mentions"]["relation"].to_list() == ["supports"]
    assert not ur.audit(ds, text).faults
    counts = [its.count_respondents("measures", "category").set_index("category") for its in (before, ds)]
    assert counts[1].loc["cooperation", "organizations"] == counts[0].loc["cooperation", "organizations"] + 1
    assert ur.export(ds, "sqlite", tmp_path / "out").exists()
