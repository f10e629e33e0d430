"""The rows of the tables of longer runs, as the results' page has to show them."""

from figures.choice.paper import read_points
from rdneural.door.zoo import zoo
from rdneural.records.table import read_table
from rdneural.runs.candidates import COLUMNS, TEXTS
from rdtheory.results import read_rows
from tests.make.readme import RESULTS, json_of

MODELS = ("---", "-+-", "-+v", "+++")


def paper_rows():
    """A row for each finished run of the queue, the best first."""
    rows = sorted(read_table(RESULTS / "paper"), key=lambda row: row["test_elbo"])
    return [
        [row["run"], f"{row['epochs']:.1f}", f"{row['seconds'] / 60:.0f}",
         f"{row['test_rate']:.2f}", f"{row['test_distortion']:.2f}",
         f"{row['test_elbo']:.2f} ± {row['test_elbo_se']:.2f}", f"{row['images_per_second']:.0f}"]
        for row in rows
    ]  # fmt: skip


def zoo_rows():
    """A row for each model of the zoo: what it is, what it costs, what it took."""
    return [
        [row["name"], row["model"], f"{row['beta']:.3g}", f"{row['rate']:.2f}",
         f"{row['distortion']:.2f}", f"{row['elbo']:.2f} ± {row['elbo_se']:.2f}",
         f"{row['epochs']:g}", f"{row['training_seconds'] / 60:.0f}", f"{row['bytes'] / 1000:.0f}"]
        for row in models_of_the_zoo()
    ]  # fmt: skip


def paper_point_rows():
    """A row for each point that the paper prints of `-+v`: ours at its beta, and at its rate."""
    points = json_of("curve-vamp-pixelcnn/curve.json")["points"]
    aimed = {row["name"]: row for row in models_of_the_zoo()}
    rows = []
    for paper in read_points("mnist"):
        if paper["model"] != "-+v" or paper["beta"] is None:
            continue
        (equal,) = (p for p in points if p["target_rate"] is None and p["beta"] == paper["beta"])
        rate = f"{paper['rate']:g}"
        asked = aimed.get(f"zoo:-+v_rate-{rate}")
        rows.append([
            f"{paper['beta']:g}", rate, f"{paper['distortion']:g}",
            f"{paper['elbo']:g}", *_shown(equal["test"]),
            *(_shown(asked) if asked else ["-"] * 3),
        ])  # fmt: skip
    return rows


def _shown(test):
    return [f"{test['rate']:.2f}", f"{test['distortion']:.2f}",
            f"{test['elbo']:.2f} ± {test['elbo_se']:.2f}"]  # fmt: skip


def models_of_the_zoo():
    """The rows of `rdneural.zoo`, with pandas or without."""
    found = zoo()
    return found.to_dict("records") if hasattr(found, "to_dict") else found


def precision_rows():
    """R and D of one model in either precision."""
    found = {name: json_of(f"paper/{name}/evaluate.json") for name in ("float32", "bfloat16")}
    return [
        [name, f"{one['test']['rate']:.3f}", f"{one['test']['distortion']:.3f}",
         f"{one['test']['elbo']:.3f} ± {one['test']['elbo_se']:.3f}"]
        for name, one in found.items()
    ]  # fmt: skip


def image_rows():
    """Slopes of both sets of images: the solver, and Blahut-Arimoto after as many CPU seconds."""
    return [
        [name, f"{row['beta']:.4g}", f"{row['rate']:.6f}", f"{row['distortion']:.4f}",
         f"{row['outputs']:,}", f"{row['seconds']:.1f}", f"{row['gap']:.1e}",
         f"{row['rival_gap']:.1e}", str(row["rival_iterations"])]
        for name in ("mnist", "grey") for row in json_of(f"images/{name}.json")["rows"]
    ]  # fmt: skip


def candidate_rows():
    """Candidates, the best first."""
    return [
        [row["candidate"], f"{row['parameters']:,}", *_reached(row)]
        for row in _candidates("candidates")
    ]


def candidate_rows_amx():
    """Candidates of another machine, the best first of those of as many CPU seconds."""
    rows = sorted(_candidates("candidates-amx"), key=lambda row: row["seconds"])
    return [[row["candidate"], f"{row['seconds']:.0f}", *_reached(row)] for row in rows]


def _candidates(name):
    rows = read_rows(RESULTS / name / "candidates.csv", COLUMNS, texts=TEXTS)
    return sorted(rows, key=lambda row: row["test"])


def _reached(row):
    """What a candidate reached; one whose training loss ends beyond all bounds went astray."""
    return [
        f"{row['epochs']:.2f}", f"{row['images_per_second']:.0f}",
        f"{row['train']:.2f}" if row["train"] < 1e4 else "went astray", f"{row['valid']:.2f}",
        f"{row['test']:.2f} ± {row['test_se']:.2f}",
    ]  # fmt: skip


def speed_rows():
    """Images per second before and after, and the share of the floor after."""
    found = {
        (when, precision): {one["model"]: one
                            for one in json_of(f"speed/{when}-{precision}.json")["timings"]}
        for when in ("before", "after") for precision in ("float32", "bfloat16")
    }  # fmt: skip
    rows = []
    for model in MODELS:
        cells = [model]
        for precision in ("float32", "bfloat16"):
            before, after = (found[when, precision][model] for when in ("before", "after"))
            speed = "training_images_per_second"
            cells += [f"{before[speed]:.0f} to {after[speed]:.0f}", f"{after['floor_share']:.0%}"]
        rows.append(cells)
    return rows
