"""How tables show themselves: no plumbing unless asked, nothing that runs, and still a DataFrame in every other way."""

import copy
import pickle
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

import unreplies as ur
from unreplies import style
from unreplies.descriptor import visible
from unreplies.display import TableFrame

HOSTILE = "<script>alert(1)</script>\x1b[2J\u202e=1+1 " + "x" * 3000


def plumbing(ds, table):
    fields = next(r for r in ds.package["resources"] if r["name"] == table)["schema"]["fields"]
    return [field["name"] for field in fields if field.get("plumbing")]


class Reader(HTMLParser):
    """Collects what a page would show: its headings, cells, and every tag."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.headings, self.cells, self.open = [], [], [], None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.open = {"th": self.headings, "td": self.cells}.get(tag)
        if self.open is not None:
            self.open.append("")

    def handle_endtag(self, tag):
        self.open = None

    def handle_data(self, data):
        if self.open is not None:
            self.open[-1] += data


def test_offsets_and_hashes_are_marked_in_the_descriptor(ds):
    marked = {(table, name) for table in ds for name in plumbing(ds, table)}
    hashes = {(table, name) for table in ds for name in ds[table] if name == "sha256"}
    places = {(table, name) for table in ds for name in ds[table] if name in ("spans", "start", "end")}
    assert marked == hashes | places
    assert marked
    keys = {key for table in ds.tables().itertuples() for key in table.key.split(", ") if table.table in dict(marked)}
    assert keys - {"start"} <= {name for table in ds for name in ds[table]}


@pytest.mark.parametrize("joined", [False, True])
def test_every_table_shows_all_but_its_plumbing(ds, joined):
    for table in ds:
        frame = ds.joined(table) if joined else ds[table]
        hidden = plumbing(ds, table)
        assert frame.hidden() == hidden
        with pd.option_context("display.max_columns", None, "display.width", 10_000):
            page, text = Reader(frame._repr_html_()), repr(frame)
        columns = [name for name in frame if name not in hidden]
        assert page.headings[: len(columns)] == columns
        assert not set(hidden) & set(re.findall(r"\w+", text.splitlines()[0]))
        for name in hidden:
            assert name in text.splitlines()[-1]
            assert name in frame._repr_html_().split("</table>")[1]
        assert set(hidden) <= set(frame.columns), "the columns are there for code"


def test_whoever_chooses_columns_sees_them(ds):
    chosen = ds.passages[["passage_id", "sha256"]]
    assert ds.passages["sha256"].iloc[0] in chosen._repr_html_()
    assert ds.passages["sha256"].iloc[0][:40] in repr(chosen)
    assert "Not shown" not in repr(chosen)


@pytest.mark.parametrize("labels", [False, True])
def test_plumbing_is_shown_on_demand(ds, labels):
    for table in ds:
        for frame in (ds[table], ds.joined(table)):
            shown, less = (frame.head(2).show(labels=labels, plumbing=asked) for asked in (True, False))
            hidden = plumbing(ds, table)
            for name in hidden:
                assert str(frame[name].iloc[0]) in shown._repr_html_()
            pages = [Reader(its._repr_html_()).headings for its in (shown, less)]
            assert len(pages[0]) - len(pages[1]) == len(hidden) or len(pages[0]) > 20  # pandas cuts wide tables
            assert "Not shown" not in repr(shown) + repr(less)


def test_labels_are_the_titles_of_the_descriptor_and_words_for_codes(ds):
    titles = ds.codebook("measures")["title"].to_list()
    page = Reader(ds.measures.show()._repr_html_())
    assert page.headings == titles
    assert {style.label(code) for code in ds.measures["status"]} <= set(page.cells)
    assert (
        page.cells.count(ds.measures["passage_id"].iloc[0])
        == (ds.measures["passage_id"] == ds.measures["passage_id"].iloc[0]).sum()
    ), "all rows"
    assert f"{len(ds.measures):,} rows" in ds.measures.show()._repr_html_()


def test_headings_and_caption_are_accessible(ds):
    for frame in (ds.passages, ds.passages.set_index("passage_id"), ds.codebook("passages"), ds.tables()):
        html = frame._repr_html_()
        assert all(heading.strip() for heading in Reader(html).headings)
        assert "<caption" in html
        assert html.count("scope=") == html.count("<th ")
    assert f"Passages: {len(ds.passages)} rows × {ds.passages.shape[1]} columns" in ds.passages._repr_html_()
    assert ">passage_id</th>" in ds.passages.set_index("passage_id")._repr_html_()


def test_values_are_quiet(ds):
    frame = TableFrame(
        {
            "flag": pd.array([True, False, None], "boolean"),
            "day": pd.to_datetime(["2011-06-03 00:00", None, "2011-06-03 10:30"]),
            "number": pd.array([3.0, 0.25, None], "Float64"),
            "text": ["a", None, "b"],
            "mixed": [float("inf"), [1, 2], 1e-9],
        }
    )
    cells = Reader(frame._repr_html_()).cells[1:]
    assert cells[:5] == ["true", "2011-06-03", "3", "a", "inf"]
    assert cells[5:10] == ["false", "", "0.25", "", "[1, 2]"]
    assert cells[10:] == ["", "2011-06-03 10:30:00", "", "b", "1e-09"]


def test_many_rows_and_columns_are_cut_as_pandas_cuts_them(ds):
    with pd.option_context("display.max_rows", 8, "display.min_rows", 4, "display.max_columns", 3):
        page = Reader(ds.passages._repr_html_())
    assert page.headings == ["passage_id", "…", "wmd_general", "0", "1", "…", *map(str, ds.passages.index[-2:])]
    with pd.option_context("display.max_rows", None):
        assert ds.passages._repr_html_().count("<tr>") == len(ds.passages) + 1
    assert ds.passages.iloc[:0]._repr_html_().count("<tr>") == 1
    with pd.option_context("display.notebook_repr_html", False):
        assert ds.passages._repr_html_() is None


def test_several_levels_are_left_to_pandas(ds):
    counts = ds.measures.pivot_table(index=["category", "status"], columns="level", aggfunc="size", observed=True)
    assert "<table" in TableFrame(counts)._repr_html_()


def test_nothing_runs_and_nothing_turns(ds):
    rows = ds.passages.head(3).copy()
    rows.loc[1, "gist_en"] = HOSTILE
    rows = rows.rename(columns={"kind": HOSTILE})
    rows.index = [HOSTILE, "b", "c"]
    for frame in (rows, ds.passages.head(3).assign(gist_en=HOSTILE), pd.concat([rows, rows])):
        html = TableFrame(frame)._repr_html_()
        assert "script" not in Reader(html).tags
        assert not {"\x1b", "\u202e"} & set(html + repr(TableFrame(frame)))
        assert r"\x1b[2J\u202e=1+1" in html
        assert len(html) < 30_000, "a very long cell is cut"
        assert "characters)" in html


def test_tables_for_readers_are_inert_too(ds):
    frame = pd.DataFrame({HOSTILE: [HOSTILE, None], "code": pd.Categorical([HOSTILE, None])})
    shown = style.table(frame, HOSTILE)
    assert "script" not in Reader(shown._repr_html_()).tags
    assert not {"\x1b", "\u202e"} & set(shown._repr_html_() + repr(shown))


def test_a_spoiled_copy_is_inert_wherever_it_is_shown(copy):
    for name in ("actors.csv", "passages.csv", "datapackage.json"):
        path = copy / name
        text = path.read_text("utf-8")
        if name == "datapackage.json":
            text = text.replace('"title": "Passages"', r'"title": "<b onclick=x>P\u001b[2J\u202e</b>"')
            text = text.replace('"title": "unreplies: the', r'"title": "<script>\u001b[2J\u202e</script>: the')
        else:
            text = re.sub(r"\bIAEA\b|respond", "<img src=x onerror=alert(1)>\x1b[2J\u202e", text)
        path.write_text(text, "utf-8")
    ds = ur.load(copy)
    shown = [ds, *ds.values(), *(ds.joined(t) for t in ds), *(ds[t].head().show() for t in ds), ds.evidence("iaea.08")]
    for one in shown:
        html, text = one._repr_html_(), repr(one)
        assert not {"img", "script", "b onclick"} & set(Reader(html).tags)
        assert not re.search(r"<[^>]*\bon(error|click)=", html)
        assert not {"\x1b", "\u202e"} & set(html + text), text[:200]


def test_what_pandas_does_is_kept(ds):
    passages = ds.passages
    plain = pd.DataFrame(passages)
    assert type(plain) is pd.DataFrame
    pd.testing.assert_frame_equal(passages, plain)
    for frame in (
        passages.head(),
        passages.query("nuclear == True"),
        passages[passages["n_chars"] > 100],
        passages.sort_values("n_chars").reset_index(drop=True),
        passages.assign(more=1),
        passages.copy(),
        copy.deepcopy(passages),
        pickle.loads(pickle.dumps(passages)),
        pd.concat([passages.head(2), passages.tail(2)]),
        passages.merge(ds.replies[["reply_id", "section"]], on="reply_id", how="left"),
        ds.joined("passages"),
        ds.where("passages", ds.passages["n_chars"] > 100).passages,
    ):
        assert isinstance(frame, TableFrame)
        assert frame.hidden() == passages.hidden()
        assert "Passages: " in frame._repr_html_()
    assert pickle.loads(pickle.dumps(passages)).equals(passages)
    assert type(passages["n_chars"]) is pd.Series
    assert passages["n_chars"].sum() == plain["n_chars"].sum()
    assert (passages[["n_chars", "ordinal"]] * 2 + 1).equals(plain[["n_chars", "ordinal"]] * 2 + 1)
    by = passages.groupby("kind", observed=True)[["n_chars"]].sum()
    pd.testing.assert_frame_equal(by, plain.groupby("kind", observed=True)[["n_chars"]].sum(), check_frame_type=False)
    for frame in (by, passages.T, passages.describe(), passages[["kind"]], passages.isna().sum().to_frame()):
        assert "Passages" not in TableFrame(frame)._repr_html_(), "what is derived is not called the table"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("plain 东京", "plain 东京"), ("a\u3000b", "a\u3000b"), ("a\nb", r"a\nb"), ("\u200e\ud800", r"\u200e\ud800")],
)
def test_visible(text, shown):
    assert visible(text) == shown
