"""The audit, on the text of the report where it is available, and on data spoiled so that it must complain."""

import csv

import pytest

import unreplies as ur


@pytest.fixture
def audited(copy, source):
    """Spoil one table of a copy, row by row, and return the faults that the audit finds."""

    def run(table, change):
        with open(copy / f"{table}.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        names = list(rows[0])
        rows = change(rows) or rows
        with open(copy / f"{table}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return ur.audit(ur.load(copy), source).faults

    return run


def test_all_rows_are_verified_and_no_name_is_left(ds, source):
    result = ur.audit(ds, source)
    assert not result.faults, str(result)
    for table in ("instrument_mentions", "actor_mentions", "quantities"):
        assert result.checked[f"{table}: as printed, at the offsets"] == len(ds[table])
    assert result.checked["passages: tiling, length, hash"] == len(ds.passages)
    assert sum(result.explained.values()) == result.checked["occurrences found"]
    assert "0 faults" in str(result)


def shift(rows):
    rows[3].update(start=str(int(rows[3]["start"]) + 1), end=str(int(rows[3]["end"]) + 1))


@pytest.mark.parametrize("table", ["instrument_mentions", "actor_mentions", "quantities", "audit_exclusions"])
def test_offsets_moved_by_one(audited, table):
    faults = audited(table, shift)
    assert any(f.table == table and f.row == 4 and f.column == "surface" for f in faults)


def test_a_wrong_hash(audited):
    faults = audited("passage_places", lambda rows: rows[5].update(sha256="0" * 64))
    assert [(f.table, f.row, f.column) for f in faults] == [("passage_places", 6, "sha256")]


def test_another_document(ds, tmp_path):
    path = tmp_path / "other.txt"
    path.write_text("防止恐怖分子", "utf-8")
    faults = ur.audit(ds, path).faults
    assert {f.column for f in faults if f.table == "reports"} >= {"n_chars", "sha256", "title_zh", "cutoff"}


@pytest.mark.parametrize(("spans", "what"), [("5-238", "a gap of 1"), ("3-238", "an overlap of 1")])
def test_passages_that_do_not_tile(audited, spans, what):
    faults = audited("passage_places", lambda rows: rows[1].update(spans=spans))
    assert any(f.rule == "tiling" and what in f.message for f in faults)


@pytest.mark.parametrize("table", ["instrument_mentions", "actor_mentions"])
@pytest.mark.parametrize("row", [0, 20, 60, 100, 140])
def test_a_mention_left_out_is_missed(audited, table, row):
    dropped = []

    def drop(rows):
        dropped.append(rows[row])
        return rows[:row] + rows[row + 1 :]

    faults = [f for f in audited(table, drop) if f.rule == "completeness"]
    inner = dropped[0]
    assert any(inner["passage_id"] in f.message for f in faults) or inner.get("form") == "described"


def test_a_number_in_another_name_is_a_mention_too(audited):
    def drop(rows):
        return [row for row in rows if not (row["passage_id"] == "rus.06" and row["instrument_id"] == "s-res-1540")]

    assert any("rus.06" in f.message for f in audited("instrument_mentions", drop) if f.rule == "completeness")


def test_an_exclusion_that_excludes_nothing(audited):
    def change(rows):
        return [*rows, {**rows[0], "start": "0", "end": "2", "surface": "澳大"}]

    faults = audited("audit_exclusions", change)
    assert any("excludes nothing" in f.message for f in faults)


@pytest.mark.parametrize(
    ("table", "change", "column"),
    [
        ("passages", lambda r: r[1].update(gist_en=" ".join(["word"] * 26)), "gist_en"),
        ("passages", lambda r: r[1].update(gist_en=""), "gist_en"),
        ("passages", lambda r: r[8].update(wmd_general="true"), "wmd_general"),
        ("passages", lambda r: r[8].update(nuclear=""), "nuclear"),
        ("passages", lambda r: r[0].update(nuclear="true"), "nuclear"),
        ("replies", lambda r: r[0].update(n_chars="501"), "n_chars"),
        ("replies", lambda r: r[0].update(n_passages="4"), "n_passages"),
        ("replies", lambda r: r[9].update(section="II"), "section"),
        ("passages", lambda r: r[8].update(ordinal="77"), "ordinal"),
        ("passages", lambda r: r[5].update(reply_id="chl"), "reply_id"),
        ("instrument_mentions", lambda r: r[0].update(mention_id="zzz.77-i01"), "mention_id"),
        ("instrument_mentions", lambda r: [*r, {**r[0], "mention_id": "intro.01-i02"}], "start"),
        ("events", lambda r: r[0].update(date_end="2011-01-01", date_end_precision="day"), "date_end"),
        ("measures", lambda r: r[0].update(passage_id="aus.01"), "passage_id"),
        ("events", lambda r: r[3].update(date="2010-07-02"), "date"),
        ("instruments", lambda r: r[0].update(adopted_precision=""), "adopted_precision"),
        ("event_actors", lambda r: r[0].update(event_id="sua-2005-entry-into-force"), "event_id"),
        ("instrument_mentions", lambda r: r[0].update(passage_id="aus.01"), "passage_id"),
    ],
)
def test_rules_of_the_codebook(audited, table, change, column):
    faults = audited(table, change)
    assert any(f.column == column and f.rule == "codebook" for f in faults)


def at(key, value, **cells):
    """A change of the one row with this key."""
    return lambda rows: next(row for row in rows if row[key] == value).update(cells)


@pytest.mark.parametrize(
    ("table", "change", "column"),
    [
        ("replies", at("reply_id", "aus", dated="2011-06-04"), "dated"),
        ("replies", at("reply_id", "aus", dated="2011-03-08"), "dated"),  # before the note verbale
        ("replies", at("reply_id", "fatf", dated="2011-02-16"), "dated"),  # before the letters
        ("replies", at("reply_id", "fatf", dated="2021-03-03"), "dated"),
        ("events", at("event_id", "gicnt-launch", date="0001-01-01"), "date"),
        ("events", at("event_id", "gicnt-launch", date="9999-01-01"), "date"),
        ("events", at("event_id", "oco-opcw-workshop", date_end="9999-01-01"), "date_end"),
        ("quantities", at("quantity_id", "imo.07-q01", as_of="2011-06-04"), "as_of"),
        ("instruments", at("instrument_id", "eu-wmd-strategy", adopted="2012-07-01"), "adopted"),
        ("instruments", at("instrument_id", "att", adopted="9999-04-02", in_force=""), "adopted"),
        ("instruments", at("instrument_id", "npt", in_force="1967-03-05"), "in_force"),
        ("instruments", at("instrument_id", "npt", in_force="9999-03-05"), "in_force"),
    ],
)
def test_bounds_of_dates(audited, table, change, column):
    assert [(f.table, f.column) for f in audited(table, change) if f.rule == "codebook"] == [(table, column)]


@pytest.mark.parametrize(
    ("table", "change", "where"),
    [
        ("instrument_mentions", at("mention_id", "rus.06-i01", instrument_id="s-res-1737"), "instrument_mentions"),
        ("instrument_mentions", at("mention_id", "rus.06-i01", surface="第1373(2001)号决议"), "instrument_mentions"),
        ("instrument_mentions", at("mention_id", "slv.22-i01", surface="第417号法令"), "instrument_mentions"),
        ("instrument_mentions", at("mention_id", "slv.22-i01", instrument_id="slv-decree-399"), "instrument_mentions"),
        ("instrument_mentions", at("mention_id", "slv.17-i03", instrument_id="slv-special-law"), "instrument_mentions"),
        ("instrument_mentions", at("mention_id", "imo.06-i03", instrument_id="sua-2005"), "instrument_mentions"),
        ("actor_mentions", at("actor_id", "unsc-1540", actor_id="ctc"), "actor_mentions"),
        ("anomalies", at("anomaly_id", "slv.17-a01", note_en="The number is wrong."), "instrument_mentions"),
        ("anomalies", at("anomaly_id", "fatf.08-a01", anomaly_type="typography"), "instrument_mentions"),
    ],
)
def test_numbers_printed_in_surfaces(audited, table, change, where):
    faults = [f for f in audited(table, change) if f.rule == "codebook"]
    assert [(f.table, f.column) for f in faults] == [(where, "surface")]
    assert "does not bear" in faults[0].message


@pytest.mark.parametrize(
    ("table", "change", "column"),
    [
        ("reports", lambda r: r[0].update(job_number="11-39739"), "job_number"),
        ("reports", lambda r: r[0].update(letters_sent="2011-02-18"), "letters_sent"),
        ("actors", at("actor_id", "imo", name_zh="国际海運组织"), "name_zh"),
        ("instruments", at("instrument_id", "npt", name_zh="不扩散核武器公约"), "name_zh"),
        ("replies", at("reply_id", "chl", dated="2011-05-30"), "dated"),
        ("events", at("event_id", "slv-terrorist-bombings-accession", date="2002-08-09"), "date"),
        ("events", at("event_id", "slv-terrorist-financing-gazette", date="2005-01-01"), "date"),
        ("quantities", at("quantity_id", "imo.07-q01", as_of="2011-05-01"), "as_of"),
    ],
)
def test_names_and_dates_that_the_report_does_not_print(audited, table, change, column):
    faults = [f for f in audited(table, change) if f.rule == "source"]
    assert [(f.table, f.column) for f in faults] == [(table, column)]


def test_another_report_in_the_same_folder(audited):
    faults = audited("reports", lambda rows: rows.append(rows[0] | {"report_id": "a-66-016", "symbol": "A/66/16"}))
    assert [(f.table, f.row, f.column) for f in faults] == [("reports", 2, "symbol")]


def test_normalise():
    assert ur.normalise(" 第 1540（2004）号\n决议\u3000７月 ") == "第1540(2004)号决议7月"
    assert ur.normalise(ur.normalise("ﬁ 1")) == ur.normalise("ﬁ 1")


@pytest.mark.parametrize("passage", ["aus.01", "aus.05"], ids=["a heading", "a paragraph with mentions"])
def test_a_passage_without_a_place(audited, passage):
    faults = audited("passage_places", lambda rows: [row for row in rows if row["passage_id"] != passage])
    assert ("passages", passage, "tiling") in {(fault.table, fault.value, fault.rule) for fault in faults}
