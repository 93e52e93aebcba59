"""Load one series and take the measures that make sense for it; prints seconds and megabytes as JSON."""

import json
import resource
import statistics
import sys
import tempfile
import time

import unreplies as ur
from unreplies import (
    events_and_figures,
    how_far_to_trust_it,
    what_was_done,
    when_and_how,
    which_instruments_recur,
    who_works_with_whom,
)

MEASURES = {
    "`joined`, every table": lambda ds: [ds.joined(name) for name in ds],
    "`only`, half of the replies": lambda ds: ds.only(ds.replies["reply_id"][::2]),
    "`count_respondents`, by category": lambda ds: ds.count_respondents("measures", "category_label"),
    "`count_respondents`, by instrument": lambda ds: ds.count_respondents("instrument_mentions", "instrument_id"),
    "`when_and_how.lengths`": when_and_how.lengths,
    "`when_and_how.length_effect`": when_and_how.length_effect,
    "`which_instruments_recur.recurrence`": which_instruments_recur.recurrence,
    "`which_instruments_recur.universal`": which_instruments_recur.universal,
    "`which_instruments_recur.by_respondent`": which_instruments_recur.by_respondent,
    "`what_was_done.by`": what_was_done.by,
    "`what_was_done.by_domain`": what_was_done.by_domain,
    "`what_was_done.profiles`": what_was_done.profiles,
    "`what_was_done.by_paragraph`": what_was_done.by_paragraph,
    "`who_works_with_whom.most_named`": who_works_with_whom.most_named,
    "`who_works_with_whom.among_respondents`": who_works_with_whom.among_respondents,
    "`who_works_with_whom.shared_events`": who_works_with_whom.shared_events,
    "`who_works_with_whom.through_texts`": who_works_with_whom.through_texts,
    "`events_and_figures.by_type`": events_and_figures.by_type,
    "`events_and_figures.by_place`": events_and_figures.by_place,
    "`how_far_to_trust_it.anomaly_types`": how_far_to_trust_it.anomaly_types,
}


def peak() -> float:
    """Peak memory of this process in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def seconds(do, repeat: int) -> float:
    took = []
    for _ in range(repeat):
        start = time.process_time()
        do()
        took.append(time.process_time() - start)
    return statistics.median(took)


def main() -> None:
    folder = sys.argv[1]
    ds = ur.load(folder)
    megabytes = {"to load": peak()}
    repeat = max(1, 5 - len(str(len(ds.passages))))
    took = {"load": seconds(lambda: ur.load(folder), repeat), "validate": seconds(lambda: ur.validate(folder), repeat)}
    for name, measure in MEASURES.items():
        took[name] = seconds(lambda measure=measure: measure(ur.Dataset(ds.folder, ds.package, {**ds})), repeat)
    megabytes["in all"] = peak()
    for to in ("sqlite", "xlsx"):
        with tempfile.TemporaryDirectory() as place:
            took[f"`export --to {to}`"] = seconds(lambda to=to, place=place: ur.export(ds, to, place), 1)
    megabytes["with both exports"] = peak()
    rows = sum(map(len, ds.values()))
    print(json.dumps({"rows": rows, "seconds": took, "megabytes": megabytes}))


if __name__ == "__main__":
    main()
