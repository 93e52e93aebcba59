"""Keys that join: the codes and names of the States with those that other data use, and whatever refers to a State."""

import csv
import json
from collections import Counter, defaultdict

import pandas as pd
import pytest
from conftest import ROOT

import unreplies as ur
from unreplies import agreement, who_replied
from unreplies import which_instruments_recur as recur

#: A State as other data have it: ISO 3166-1, M49, Correlates of War (2016), the United Nations' name of today.
KNOWN = """
AUS,AU,036,900,AUL,Australia
AUT,AT,040,305,AUS,Austria
CHE,CH,756,225,SWZ,Switzerland
CIV,CI,384,437,CDI,Côte d'Ivoire
COD,CD,180,490,DRC,Democratic Republic of the Congo
CPV,CV,132,402,CAP,Cabo Verde
CZE,CZ,203,316,CZR,Czechia
DEU,DE,276,255,GMY,Germany
LBY,LY,434,620,LIB,Libya
MKD,MK,807,343,MAC,North Macedonia
NAM,NA,516,565,NAM,Namibia
NLD,NL,528,210,NTH,Netherlands (Kingdom of the)
NRU,NR,520,970,NAU,Naoero
SDN,SD,729,625,SUD,Sudan
SLV,SV,222,92,SAL,El Salvador
SRB,RS,688,345,YUG,Serbia
SWZ,SZ,748,572,SWA,Eswatini
TUR,TR,792,640,TUR,Türkiye
VNM,VN,704,816,DRV,Viet Nam
YEM,YE,887,679,YEM,Yemen
AFG,AF,004,700,AFG,Afghanistan
"""
KEYS = ["iso3", "iso2", "m49", "cow_number", "cow_abbreviation", "name_today"]


def rows(table):
    with open(ROOT / "data" / f"{table}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_state_has_every_key_once(ds):
    for key in KEYS:
        assert ds.states[key].notna().all(), key
        assert ds.states[key].nunique() == 192, key


@pytest.mark.parametrize("key", KEYS)
def test_the_keys_of_others_join(ds, key):
    known = pd.DataFrame(csv.reader(KNOWN.strip().split("\n")), columns=KEYS).astype({"cow_number": "Int64"})
    joined = known.merge(ds.states, on=key, how="left", suffixes=("", "_ours"), validate="one_to_one")
    for other in set(KEYS) - {key}:
        assert joined[other].to_list() == joined[f"{other}_ours"].to_list(), other


def test_m49_joins_as_text_and_as_number(ds):
    text = ds.states["m49"]
    assert text.str.fullmatch("[0-9]{3}").all()
    plain = pd.read_csv(ROOT / "data" / "states.csv")  # as an analyst reads it who says nothing of types
    assert plain["m49"].tolist() == text.astype(int).tolist()
    assert plain["iso2"].isna().sum() == 1  # Namibia's NA, of which the descriptor warns
    assert not pd.read_csv(ROOT / "data" / "states.csv", keep_default_na=False)["iso2"].eq("").any()


def test_eight_names_have_changed_since(ds):
    changed = ds.states[ds.states["name_en"] != ds.states["name_today"]]
    assert changed["iso3"].to_list() == ["CPV", "CZE", "LBY", "MKD", "NLD", "NRU", "SWZ", "TUR"]


def test_codes_of_states_are_capitals_wherever_they_stand():
    package = json.loads((ROOT / "data" / "datapackage.json").read_text("utf-8"))
    having = [r["name"] for r in package["resources"] if "iso3" in {f["name"] for f in r["schema"]["fields"]}]
    assert set(having) == {"states", "actors", "memberships", "events", "other_reports"}
    known = {row["iso3"] for row in rows("states")}
    for table in having:
        assert {row["iso3"] for row in rows(table)} - {""} <= known, table


def test_a_reply_reaches_its_state_through_the_actor(ds):
    for row in rows("actors"):
        assert row["iso3"] == (row["actor_id"].upper() if row["actor_type"] == "state" else "")
    replies = ds.joined("replies")
    assert (replies["respondent_iso3"].notna() == (replies["section"] == "II")).all()
    of = {row["iso3"]: row for row in rows("states")}
    for row in replies.dropna(subset="respondent_iso3").itertuples():
        assert row.regional_group == of[row.reply_id.upper()]["regional_group"]
        assert row.m49_region == of[row.reply_id.upper()]["m49_region"]


def test_a_single_reply_is_named_by_its_key(ds):
    assert ds.only("aus").replies["reply_id"].to_list() == ["aus"]
    with pytest.raises(ur.UnknownName, match="did you mean 'aus'"):
        ds.only("AUS")
    with pytest.raises(ur.UnknownName, match="did you mean 'aus'"):
        ds.only(["chl", "AUS"])


def test_capitals_do_not_matter_between_the_readings_and_the_data(ds):
    read = agreement.readings(ds)
    for tables in read:
        places = tables["events"]["iso3"].dropna()
        assert len(places)
        assert set(places) <= set(ds.states["iso3"])
    other = agreement.by_second_reader(ds)
    assert other.joined("events")["state"].notna().sum() == read.second["events"]["iso3"].notna().sum()


def test_members_by_regional_group_recounted(ds):
    group = {row["iso3"]: row["regional_group"] for row in rows("states")}
    counted = Counter((r["actor_id"], group[r["iso3"]]) for r in rows("memberships") if r["standing"] == "member")
    table = who_replied.members_by_group(ds)
    assert dict(zip(zip(table["actor_id"], table["regional_group"]), table["members"])) == counted
    sums = table.groupby("actor_id", sort=False)["members"].sum()
    assert sums.to_dict() == who_replied.by_organization(ds).set_index("actor_id")["member_states"].to_dict()
    assert list(sums.index) == who_replied.by_organization(ds)["actor_id"].to_list()
    assert not len(who_replied.members_by_group(ds.only("iaea")))


def test_a_family_has_one_head_and_no_head_of_another():
    family = {row["instrument_id"]: row["family_id"] for row in rows("instruments")}
    assert all(family[head] == head for head in family.values())
    sizes = Counter(family.values())
    assert {head: size for head, size in sizes.items() if size > 1} == {
        "cppnm": 2,
        "est-fundamentals": 2,
        "eu-wmd-strategy": 2,
        "fatf-guidance-2007": 3,
        "fatf-recommendations": 2,
        "iaea-code-of-conduct": 2,
        "iaea-nss": 3,
        "oau-ct-convention": 2,
        "s-res-1540": 2,
        "s-res-1737": 2,
        "slv-special-law": 2,
        "solas": 4,
        "sua-1988": 3,
        "ukr-nss-plan": 2,
    }


@pytest.mark.parametrize("cites", [True, False])
def test_recurrence_by_families_recounted(ds, cites):
    reply_of = {row["passage_id"]: row["reply_id"] for row in rows("passages")}
    printed = {row["reply_id"] for row in rows("replies") if row["form"] != "not_reproduced"}
    family = {row["instrument_id"]: row["family_id"] for row in rows("instruments")}
    who, mentions = defaultdict(set), Counter()
    for row in rows("instrument_mentions"):
        if reply_of[row["passage_id"]] in printed and (cites or row["relation"] != "cites"):
            who[family[row["instrument_id"]]].add(reply_of[row["passage_id"]])
            mentions[family[row["instrument_id"]]] += 1
    table = recur.recurrence(ds, cites, by="family_id").set_index("instrument_id")
    assert table["respondents"].to_dict() == {head: len(replies) for head, replies in who.items()}
    assert table["mentions"].to_dict() == mentions
    names = {row["instrument_id"]: row["short_name"] for row in rows("instruments")}
    assert table["instrument"].to_dict() == {head: names[head] for head in who}
    with pytest.raises(ur.UnknownName, match="did you mean 'family_id'"):
        recur.recurrence(ds, by="family")


def test_how_many_texts_and_families_recur(ds):
    texts, families = (recur.recurrence(ds, by=by)["respondents"] for by in ("instrument_id", "family_id"))
    assert (len(texts), (texts > 1).sum()) == (85, 10)
    assert (len(families), (families > 1).sum()) == (66, 11)


def test_african_states_replied_in_another_year(ds):
    others = ds.joined("other_reports")
    assert not ds.other_reports["complete"].any()
    african = others[others["state_group"] == "african"]
    assert sorted(zip(african["symbol"], african["iso3"])) == [("A/61/171", i) for i in ("LBY", "MUS", "SDN")]
    assert others.groupby("symbol").size().to_dict() == {"A/61/171": 13, "A/69/138": 15}
