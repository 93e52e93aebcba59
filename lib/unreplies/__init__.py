"""The replies in the Secretary-General's report A/66/115 (2011) as data, with the measures and figures of its analysis.

>>> import unreplies as ur
>>> ds = ur.load()
>>> ds
<unreplies data ...: 19 tables, ... rows>
"""

from .audit import audit, normalise
from .dataset import Dataset, Evidence, load, validate
from .descriptor import DataError, Fault, UnknownName
from .export import export

__all__ = [
    "DataError",
    "Dataset",
    "Evidence",
    "Fault",
    "UnknownName",
    "audit",
    "cite",
    "export",
    "load",
    "normalise",
    "validate",
]


def cite(ds: Dataset | None = None) -> str:
    """How to cite the data: authors, year, title, version, and the report that they are made from.

    >>> print(cite())
    The unreplies contributors (2026). unreplies: the replies in A/66/115 as data. Version 0.2.0.dev0. Coded from: ...
    """
    package = (ds or load()).package
    authors = "; ".join(person["title"] for person in package["contributors"])
    source = package["sources"][0]["title"]
    return (
        f"{authors} ({package['created'][:4]}). {package['title']}. Version {package['version']}. Coded from: {source}."
    )
