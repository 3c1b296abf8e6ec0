"""Draws a plot of each case: bars of the contenders' wall time, and dots of every round.

    python -m benchmarks.plots RESULTS.json FOLDER

Run in the environment of peers, which has matplotlib.
"""

import json
import statistics
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
# So that the same results give the same file.
mpl.rcParams["svg.hashsalt"] = "perf-pipeline"
mpl.rcParams["svg.fonttype"] = "none"

from matplotlib import pyplot as plt  # noqa: E402 - after the backend is chosen

_OURS, _OTHERS = "#00703c", "#505a5f"


def draw(case: Mapping[str, Any], path: Path) -> None:
    """Draw a case's wall times."""
    names = [each["name"] for each in case["comparisons"]]
    runs = [[run["wall_seconds"] for run in each["runs"]] for each in case["comparisons"]]
    figure, axes = plt.subplots(figsize=(8, 0.9 + 0.5 * len(names)), layout="constrained")
    colours = [_OURS, *[_OTHERS] * (len(names) - 1)]
    places = range(len(names))
    axes.barh(places, [statistics.median(each) for each in runs], color=colours, height=0.6)
    for place, seconds in zip(places, runs, strict=True):
        axes.plot(seconds, [place] * len(seconds), "o", color="black", markersize=3)
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.set_xlabel("seconds, wall time (bar: median; dots: rounds)")
    axes.set_ylabel("contender")
    axes.set_title(case["title"], loc="left", fontsize=10, wrap=True)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def main() -> None:
    """Draw every case that was measured."""
    results, folder = Path(sys.argv[1]), Path(sys.argv[2])
    for name, case in json.loads(results.read_text(encoding="utf-8")).items():
        if case["comparisons"]:
            draw(case, folder / f"{name}.svg")


if __name__ == "__main__":
    main()
