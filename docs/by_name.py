"""What the search finds by name, each with its kind and one line about it, as the library counts.

The names are those of the data; of States also those in daily use, English and Chinese, that Babel has of the CLDR.
"""

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pandas as pd
from babel import Locale
from from_data import Site, uri
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from unreplies import Dataset, what_was_done, which_instruments_recur, who_replied, who_works_with_whom
from unreplies.text import day, label, visible

#: Abbreviations in daily use that neither the data nor the CLDR have, by the key of what they stand for.
ABBREVIATIONS = {"bwc": "BTWC", "ARE": "UAE", "COD": "DRC", "GBR": "UK", "KOR": "ROK", "PRK": "DPRK"}
ABBREVIATIONS |= {"asean": "东盟", "au": "非盟", "csto": "集安组织", "eu": "欧盟", "las": "阿盟", "nato": "北约"}
ABBREVIATIONS |= {"opcw": "禁化武组织", "osce": "欧安组织"}
#: Where the universal instruments are that no reply names.
UNIVERSAL = "03_which_instruments_recur#the-universal-instruments-against-terrorism"
_DAILY = [Locale(language).territories for language in ("en", "zh")]


def block(site: Site) -> Markup:
    """The entries as JSON for a page: whatever the data say, it ends where it should."""
    return htmlsafe_json_dumps(entries(site), dumps=json.dumps, ensure_ascii=False, separators=(",", ":"))


def entries(site: Site) -> list[dict]:
    """Everything that has a name, as plain values that can be shown; what comes first is first among equals.

    One entry is one instrument, actor, Member State, kind of measure or respondent: ``name``, ``full`` (other names to
    show), ``names`` (more to find it by), ``kind``, ``line``, ``link`` from the page of the search, and ``passages``:
    links to the passages behind it, each with its words.
    """
    return [*_measures(site), *_instruments(site), *_actors(site), *_states(site)]


def _entry(name: str, full: list, names: list, kind: str, line: list[str], link: str, passages: list) -> dict:
    shown, more = (
        list(dict.fromkeys(visible(one) for one in some if not pd.isna(one))) for some in ([name, *full], names)
    )
    return {
        "name": shown[0],
        "full": shown[1:],
        "names": [one for one in more if one not in shown],
        "kind": kind,
        "line": visible("; ".join(line)),
        "link": uri("search", link),
        "passages": passages,
    }


def _passages(ds: Dataset, rows: pd.DataFrame, names: pd.Series, words: str, by: str) -> dict[str, list]:
    """By each key that has a name, a link to the passages with it in ``rows``, as they are filtered ``by`` its name."""
    said = rows["passage_id"].isin(ds.passages.dropna(subset="gist_en")["passage_id"])
    counts = rows[said].groupby(names.index.name, observed=True)["passage_id"].nunique()
    page = uri("search", "passages")
    return {
        key: [[f"{words} ({count})", f"{page}?{urlencode({by: visible(names[key])})}"]] for key, count in counts.items()
    }


def _own_and_naming(ds: Dataset) -> dict[str, list]:
    """Links to the passages of a reply and to those that name its respondent, by their one key; and of other actors."""
    replies, actors = ds.respondents.set_index("reply_id"), ds.actors.set_index("actor_id")
    own = _passages(ds, ds.passages, replies["respondent"], "Passages of its reply", "respondent")
    naming = _passages(ds, ds.actor_mentions, actors["short_name"], "Passages that name it", "actor")
    return {key: [*own.get(key, []), *naming.get(key, [])] for key in own | naming}


def _measures(site: Site) -> Iterator[dict]:
    about = site.ds.measure_categories.set_index("category")[["definition", "resolution_1540"]]
    names = site.ds.measure_categories.set_index("category")["label"]
    passages = _passages(site.ds, site.ds.measures, names, "Passages with it", "measure")
    for row in what_was_done.by(site.ds).itertuples():
        name, names = row.category_label, [row.category, *about.loc[row.category]]
        line = f"reported by {row.respondents} of {row.of} respondents"
        links = passages.get(row.category, [])
        yield _entry(name, [], names, "kind of measure", [line], site.places[visible(name)], links)


def _instruments(site: Site) -> Iterator[dict]:
    ds, counts = site.ds, which_instruments_recur.recurrence(site.ds).set_index("instrument_id")["respondents"]
    printed = ds.instrument_mentions.query("form != 'described'").groupby("instrument_id")["surface"].agg(list)
    unnamed = ds.universal_instruments[ds.universal_instruments["instrument_id"].isna()]
    rows = pd.concat([ds.instruments, unnamed], ignore_index=True)
    short = ds.instruments.set_index("instrument_id")["short_name"]
    passages = _passages(ds, ds.instrument_mentions, short, "Passages that name it", "instrument")
    rows["respondents"] = rows["instrument_id"].map(counts).fillna(0).astype(int)
    for row in rows.sort_values("respondents", ascending=False, kind="stable").itertuples():
        known = not pd.isna(row.instrument_id)
        key = row.instrument_id if known else row.universal_id
        link = site.places.get(visible(row.short_name)) if known else UNIVERSAL
        names = [key, row.symbol, ABBREVIATIONS.get(key), *printed.get(key, [])]
        if row.instrument_type == "security_council_resolution":
            names += [row.symbol.replace("S/RES/", "UNSCR "), row.symbol.removeprefix("S/RES/")]
        line = f"named by {row.respondents or 'none'} of {ds.denominators['of']} respondents"
        if link:
            links = passages.get(key, [])
            yield _entry(row.short_name, [row.name_en, row.name_zh], names, "instrument", [line], link, links)


def _actors(site: Site) -> Iterator[dict]:
    """Organizations, their organs and programmes: the respondents first, in the order of the report."""
    ds, printed, said = site.ds, _printed(site.ds), _named(site.ds)
    replies, short = ds.respondents.set_index("reply_id"), ds.actors.set_index("actor_id")["short_name"]
    belongs = who_works_with_whom.actors(ds).set_index("actor_id")[["reply_id", "counts_for"]]
    rows = ds.actors[ds.actors["actor_type"] != "state"].set_index("actor_id")
    first, passages = [key for key in replies.index if key in rows.index], _own_and_naming(ds)
    for row in rows.loc[[*first, *rows.index.difference(first)]].itertuples():
        key, link, line = row.Index, site.places.get(visible(row.short_name)), []
        kind, whole = label(row.actor_type), belongs.loc[key].dropna().iloc[0]
        if key in replies.index:
            kind, line = "organization, respondent", [_reply(replies.loc[key])]
        elif whole != key:
            line = [f"belongs to {short[whole]}"]
        line += said.get(key, [] if line else [f"named by none of {ds.denominators['of']} respondents"])
        names = [key, ABBREVIATIONS.get(key), *printed.get(key, [])]
        if link:
            links = passages.get(key, [])
            yield _entry(row.short_name, [row.name_en, row.name_zh], names, kind, line, link, links)


def _states(site: Site) -> Iterator[dict]:
    ds, printed, said = site.ds, _printed(site.ds), _named(site.ds)
    actors = ds.actors.dropna(subset="iso3").set_index("iso3")
    replies = ds.respondents.set_index("respondent_iso3")
    passages = _own_and_naming(ds)
    states = who_replied.coverage(ds).merge(ds.states[["iso3", "iso2", "m49", "name_today"]], on="iso3")
    for row in states.sort_values("name_en", kind="stable").itertuples():
        full = [row.name_today]
        names = [row.iso3, row.iso2, row.m49, ABBREVIATIONS.get(row.iso3), *(names.get(row.iso2) for names in _DAILY)]
        if row.coverage == who_replied.COVERAGE[0]:
            kind, line = "Member State, respondent", [_reply(replies.loc[row.iso3])]
            key = replies.loc[row.iso3, "reply_id"]
            link = f"respondents/{key}"
        else:
            kind, key, link = "Member State without reply", "", f"states#{row.iso3.lower()}"
            through = row.through or "no organization that replied"
            line = [f"no reply by {day(ds.reports['cutoff'].iloc[0])}", f"covered through {through}"]
        if row.iso3 in actors.index:
            actor = actors.loc[row.iso3]
            key = actor["actor_id"]
            full, names = [*full, actor["name_zh"]], [*names, actor["short_name"], *printed.get(key, [])]
            line += said.get(key, [])
        yield _entry(row.name_en, full, names, kind, line, link, passages.get(key, []))


def _reply(reply: pd.Series) -> str:
    return f"reply dated {day(reply['dated'])}" + ("" if reply["own_text"] else ", not reproduced")


def _printed(ds: Dataset) -> pd.Series:
    return ds.actor_mentions.groupby("actor_id")["surface"].agg(list)


def _named(ds: Dataset) -> dict[str, list[str]]:
    """How many respondents name each actor, in words, by its key; its own body does not count."""
    result = {}
    for row in who_works_with_whom.most_named(ds, with_organs=False).itertuples():
        line = f"named by {row.respondents or 'none'} of {row.of} respondents"
        line += f", by {row.as_place} as the place of an event alone" if row.as_place else ""
        line += f", by {row.in_a_note} in an editorial note alone" if row.in_a_note else ""
        result[row.named_id] = [line]
    return result
