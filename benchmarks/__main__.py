"""The benchmark's command line."""

import argparse
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from pathlib import Path

from benchmarks.cases import Case, Result, keep, kept, measure
from benchmarks.harness import ROOT
from benchmarks.report import PEER_PACKAGES, ordered, write_report
from benchmarks.sections import loading, stages, startup, whole
from benchmarks.workplace import Workplace, default_folder

SECTIONS: Mapping[str, Callable[[Workplace], Generator[Case]]] = {
    "startup": startup.cases,
    "schema": stages.schema_cases,
    "validate": stages.validate_cases,
    "check": stages.check_cases,
    "judge": stages.judge_cases,
    "load": loading.cases,
    "whole": whole.whole_cases,
    "memory": whole.memory_cases,
    "engines": whole.engine_cases,
}
NAMES = (
    *startup.NAMES,
    *stages.NAMES,
    *loading.NAMES,
    *whole.WHOLE_NAMES,
    *whole.MEMORY_NAMES,
    *whole.ENGINE_NAMES,
)
"""The cases in the order of results."""

FULL_ONLY = frozenset({"schema", "engines"})
"""Sections that the short form leaves out, so that it takes a few minutes."""

HERE = Path(__file__).parent
_SHORT, _FULL, _LARGE = 200_000, 1_000_000, 10_000_000


def main() -> None:
    """Measure the sections asked for, and write the results of all that was ever measured."""
    # So that what is running is ended, servers among it, when this is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    asked = _asked()
    place = _workplace(asked)
    place.folder.mkdir(parents=True, exist_ok=True)
    if not place.has_peers:
        print("The environment of peers is missing or incomplete: ours and pandas alone.")
    for name in _sections(asked):
        with closing(SECTIONS[name](place)) as cases:
            for case in cases:
                _measure(place, case, asked)
    report(place, asked.output)


def _sections(asked: argparse.Namespace) -> list[str]:
    if asked.only:
        return str(asked.only).split(",")
    return [name for name in SECTIONS if asked.full or name not in FULL_ONLY]


def _measure(place: Workplace, case: Case, asked: argparse.Namespace) -> None:
    if asked.resume and case.name in {each.name for each in kept(place.results_path)}:
        return
    _tell(measured := measure(case, asked.limit_seconds))
    keep(place.results_path, measured)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="1M rows, and to 10M")
    parser.add_argument("--rows", type=int, help="rows of a return, a multiple of 1,000")
    parser.add_argument("--rounds", type=int, default=3, help="how often each contender runs")
    parser.add_argument("--only", help=f"sections, by commas, of {', '.join(SECTIONS)}")
    parser.add_argument("--resume", action="store_true", help="leave out what is measured")
    parser.add_argument("--limit-seconds", type=float, default=900, help="for each process")
    parser.add_argument("--workplace", type=Path, help="folder for data and results")
    parser.add_argument("--peers", type=Path, help="interpreter of the peers' environment")
    parser.add_argument("--output", type=Path, default=HERE, help="folder for RESULTS.md and plots")
    return parser.parse_args()


def _workplace(asked: argparse.Namespace) -> Workplace:
    rows = asked.rows or (_FULL if asked.full else _SHORT)
    return Workplace(
        folder=(asked.workplace or default_folder(rows)).resolve(),
        peers_python=asked.peers or ROOT / ".venv-bench" / "bin" / "python",
        row_count=rows,
        large_row_count=_LARGE if asked.full else 5 * rows,
        rounds=asked.rounds,
        is_full=asked.full,
    )


def _tell(result: Result) -> None:
    shown = [f"{each.name} {each.median('wall_seconds'):.2f} s" for each in result.comparisons]
    print(f"{result.name}: {result.failure or ', '.join(shown)}", flush=True)
    for target in result.targets:
        ratio = result.ratio(target)
        if ratio is not None:
            verdict = "met" if ratio <= target.limit else "missed"
            print(f"  {target.text}: {ratio:.2f} (≤ {target.limit:g}) {verdict}", flush=True)


def report(place: Workplace, output: Path) -> None:
    """Write `RESULTS.md`, with the plots that can be drawn."""
    results = ordered(kept(place.results_path), NAMES)
    output.mkdir(parents=True, exist_ok=True)
    plots: dict[str, str] = {}
    if place.has_peers:
        command = [str(place.peers_python), "-m", "benchmarks.plots"]
        subprocess.run([*command, str(place.results_path), str(output)], cwd=ROOT, check=True)
        plots = {each.name: f"{each.name}.svg" for each in results if each.comparisons}
    # What it says was found of a million rows.
    is_full_size = place.row_count == _FULL
    words = (HERE / "PROFILES.md").read_text(encoding="utf-8") if is_full_size else ""
    write_report(output / "RESULTS.md", results, plots, _peers_versions(place), words)


def _peers_versions(place: Workplace) -> dict[str, str]:
    if not place.has_peers:
        return {}
    code = "import sys, importlib.metadata as m; print(*map(m.version, sys.argv[1:]))"
    command = [str(place.peers_python), "-c", code, *PEER_PACKAGES]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(zip(PEER_PACKAGES, told.split(), strict=True))


if __name__ == "__main__":
    sys.exit(main())
