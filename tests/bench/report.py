"""Figures into JSON, into a table, into a plot."""

import dataclasses
import shutil
import statistics
import subprocess

import cells


@dataclasses.dataclass
class CellResult:
    """The rounds of one cell: those that count, and those that others disturbed."""

    cell: object
    turns: list   # names, the hub's first
    rounds: list
    noisy: list
    wanted: int

    def counted(self):
        """The rounds to judge by. Where too few were undisturbed, the least disturbed of the
        others as well: chosen by that alone, and said."""
        lacking = max(0, self.wanted - len(self.rounds))
        quietest = sorted(self.noisy, key=lambda entry: entry["foreign"])
        return self.rounds + quietest[:lacking]


def figure(result, entry, name, options):
    """One server's figure in one round."""
    outcome = entry["outcomes"][name]
    if result.cell.preload:  # the rate through the log, whatever of it matched
        return options.events / outcome["seconds"]
    return outcome[result.cell.figure]


def document(results, about, options):
    """All of it, as it is written."""
    ratios, cell_notes = {}, {}
    for result in results:
        counted = result.counted()
        cell_notes[result.cell.name] = {
            "rounds": len(counted), "undisturbed": len(result.rounds),
            "discarded": len(result.noisy) - (len(counted) - len(result.rounds)),
            "foreign": [entry["foreign"] for entry in counted]}
        for peer in result.turns[1:]:
            ours = [figure(result, entry, "hub", options) for entry in counted]
            theirs = [figure(result, entry, peer, options) for entry in counted]
            rounds = [ours[i] / theirs[i] for i in range(len(counted))]
            ratios[f"{result.cell.name}_vs_{peer}"] = {
                "median": statistics.median(rounds), "rounds": rounds, "ours": ours,
                "theirs": theirs, "spread": [min(rounds), max(rounds)],
                "unit": "us" if result.cell.figure == "p50_us" else "per_second",
                "undisturbed": len(result.rounds)}
    return {"ratios": ratios, "cells": cell_notes, "machine": about,
            "settings": {"events": options.events, "seconds": options.seconds,
                         "rounds": options.rounds, "max_foreign": options.max_foreign,
                         "quick": options.quick}}


def _short(value):
    return f"{value:,.0f}"


def judgement(name, median):
    if name not in cells.GOALS:
        return ""
    kind, goal = cells.GOALS[name]
    met = median >= goal if kind == ">=" else median <= goal
    return f"{kind} {goal:g} {'met' if met else 'missed'}"


def table(doc):
    """For people."""
    lines = [f"{'ratio, ours over theirs':34} {'median':>8} {'least':>8} {'most':>8} "
             f"{'ours':>12} {'theirs':>12}  goal"]
    for name, ratio in doc["ratios"].items():
        least, most = ratio["spread"]
        lines.append(f"{name:34} {ratio['median']:8.2f} {least:8.2f} {most:8.2f} "
                     f"{_short(statistics.median(ratio['ours'])):>12} "
                     f"{_short(statistics.median(ratio['theirs'])):>12}  "
                     f"{judgement(name, ratio['median'])}")
    lines.append("")
    for name, cell in doc["cells"].items():
        disturbed = cell["rounds"] - cell["undisturbed"]
        lines.append(f"{name}: {cell['rounds']} rounds, {cell['discarded']} more thrown away"
                     + (f", {disturbed} of those counted were DISTURBED by other processes"
                        if disturbed else ""))
    about = doc["machine"]
    lines.append(f"{about['processors']} x {about['cpu']}, {about['memory_mib']} MiB, "
                 f"{about['file_system']}, Linux {about['kernel']}")
    return "\n".join(lines)


def probe_table(figures):
    """The probes, and how far RocksDB's is from db_bench."""
    lines = [f"{'probe, events per second':28} {'median':>12} {'least':>12} {'most':>12}"]
    for name, values in figures["probes"].items():
        lines.append(f"{name:28} {statistics.median(values):12,.0f} {min(values):12,.0f} "
                     f"{max(values):12,.0f}")
    for what in ("synced_64", "scan"):
        ours, theirs = (statistics.median(figures["probes"][f"{who}_{what}"])
                        for who in ("rocksdb", "db_bench"))
        lines.append(f"{what}: {ours / theirs:.2f} of db_bench")
    lines.append(f"others had {figures['foreign']:.0%} of the machine")
    return "\n".join(lines)


def plot(doc, path):
    """A dot for every round, a bar for the median, on a logarithmic scale around 1."""
    if not shutil.which("gnuplot") or not doc["ratios"]:
        return
    names = list(reversed(doc["ratios"]))
    data, marks = [], []
    for row, name in enumerate(names):
        ratio = doc["ratios"][name]
        data += [f"{value:.6g} {row}" for value in ratio["rounds"]]
        marks.append(f"{ratio['median']:.6g} {row}")
    ticks = ", ".join(f'"{name}" {row}' for row, name in enumerate(names))
    script = f"""
set terminal svg size 900,{80 + 24 * len(names)} font "sans,12"
set output "{path}"
set title "Ours over theirs, round by round (bar: median)"
set logscale x
set grid x
set yrange [-0.7:{len(names) - 0.3}]
set ytics noenhanced ({ticks})
set arrow from 1, graph 0 to 1, graph 1 nohead lc rgb "#888888"
unset key
$rounds << EOD
{chr(10).join(data)}
EOD
$medians << EOD
{chr(10).join(marks)}
EOD
plot $rounds with points pt 7 ps 0.5 lc rgb "#7799bb", \\
     $medians with points pt 2 ps 1.2 lw 2 lc rgb "#aa3311"
"""
    subprocess.run(["gnuplot"], input=script, text=True, check=True, stdout=subprocess.DEVNULL)
