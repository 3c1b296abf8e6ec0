"""Returns whose text would run, load or link to something, were it taken for more than text.

Every text tells `hostile_ran` or asks hostile.example, so that a browser that is taken in is seen.
"""

import csv
import io
from pathlib import Path

HOST = "hostile.example"
QUARTER, UNREADABLE = "2023-24-Q1", "2023-24-Q2"

SCRIPT = "<script>hostile_ran(1);alert(1)</script>"
PICTURE = f"<img src=http://{HOST}/a onerror=hostile_ran(1)>"
ANCHOR = "<a href=javascript:hostile_ran(1)>run</a>"
IMAGE = f"![see](http://{HOST}/b.png)"
LINK = f"[link](http://{HOST}/c)"
JAVASCRIPT = "[run](javascript:hostile_ran(1))"
ADDRESS = f"https://{HOST}/d"
BREAKOUT = f"` ![x](http://{HOST}/h) `"
"""Closes the quotation marks that we put round what was found, which are Markdown's for code."""

CLICK = f'=HYPERLINK("http://{HOST}/e","Click")'
COMMAND = "=cmd|' /C calc'!A0"
QUOTED = (SCRIPT, PICTURE, ANCHOR, IMAGE, LINK, JAVASCRIPT, ADDRESS, BREAKOUT, COMMAND)
"""Texts that stand where a figure or a reference belongs, short enough to be quoted whole."""

REPEATED = tuple(text for text in QUOTED if text != COMMAND)
"""Those that the reason of a rejection repeats: not a formula, and not what stands as an unknown
reference, since such a row may be of a protected breakdown."""

TITLE = f"Q4 2021/22 <img src=http://{HOST}/f.png onerror=hostile_ran(1)> [t](http://{HOST}/g)"
"""A title that is quoted, since it names another quarter."""

COMMENTARIES = {
    "PBH-01": f"{SCRIPT} {PICTURE} {IMAGE} {LINK}",
    "PBH-02": CLICK,
    "PBH-03": COMMAND,
    "PBH-04": f"{JAVASCRIPT} {ANCHOR} {ADDRESS} {BREAKOUT}",
}
"""Commentaries of rows that are accepted and published."""

_FIELDS = ("KPI ref", "KPI", "Outturn", "Commentary", "Action taken")


def hostile_return(whole: bytes) -> bytes:
    """Return a return with hostile texts in its title, commentaries, references and figures."""
    rows = list(csv.DictReader(io.StringIO(whole.decode("cp1252"))))
    for row in rows:
        commentary = COMMENTARIES.get(row["KPI ref"])
        if commentary:
            row |= {"Commentary": commentary, "Action taken": commentary}
    rows += [{"KPI ref": text, "KPI": text, "Outturn": text, "Commentary": text} for text in QUOTED]
    rows += [{"KPI ref": "PBH-06", "KPI": text, "Outturn": text} for text in QUOTED]
    return _written([[TITLE], _FIELDS, *([row.get(name, "") for name in _FIELDS] for row in rows)])


def unreadable_return(whole: bytes) -> bytes:
    """Return a return without the figures' heading; what refuses it lists hostile headings."""
    rows = list(csv.reader(io.StringIO(whole.decode("cp1252"))))
    return _written(
        [
            ["KPI ref", "KPI", *QUOTED, "Commentary", "Action taken"],
            *([*row[:2], *[row[2]] * len(QUOTED), *row[3:]] for row in rows[1:]),
        ]
    )


def make_hostile(council: Path) -> None:
    """Put both in place, each for its quarter."""
    for key, made in ((QUARTER, hostile_return), (UNREADABLE, unreadable_return)):
        path = council / "returns" / key / "public_health.csv"
        path.write_bytes(made(path.read_bytes()))


def _written(rows: list[list[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode("cp1252")
