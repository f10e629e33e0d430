"""Made-up rows of a table of usefulness."""

from figures.usefulness import NUMBERS


def make_row(**changed):
    text = {"run": "r", "model": "-+v", "labelled": "made", "labels": "digit", "counts": None,
            "warning": None,
            "checkpoint": changed.get("run", "r")}  # fmt: skip
    numbers = dict.fromkeys(NUMBERS, 0.5) | {
        name: 0.01 for name in NUMBERS if name.endswith("_se")
    }  # fmt: skip
    counts = {"images": 1000, "probed": 5000, "reconstructions": 100, "classes": 10}
    known = {"chance": 0.1, "pixel_chance": 0.7, "pixel_same_class": 0.8, "classifier": 0.97,
             "rate": 20.0, "distortion": 70.0}  # fmt: skip
    return text | numbers | counts | known | changed


def with_nats(row, told=1.2, exact=None):
    """The row of a newer table: nats of the class of ten, of a drawn code and of all else."""
    nats = {"label_entropy": 2.3, "label_nats": 2.0, "drawn_label_nats": told,
            "pixels_label_nats": 1.8, "class_information": exact}  # fmt: skip
    errors = {f"{name}_se": 0.01 for name in nats if nats[name] is not None}
    return row | nats | errors | {"class_information_se": None if exact is None else 0.01}


def make_rows():
    """An autodecoder, two low-rate encoders, a syntactic one, and one that has lost the class."""
    return [
        make_row(run="a", model="-++", rate=0.1, class_agreement=0.11, pixel_agreement=0.71),
        make_row(run="b", model="---", rate=3.0, class_agreement=0.70, pixel_agreement=0.80),
        make_row(run="c", model="-+-", rate=6.0, class_agreement=0.93, pixel_agreement=0.82),
        make_row(run="d", model="bits-:32", rate=9.5, class_agreement=0.96, pixel_agreement=0.88),
        make_row(run="e", model="split:98", rate=60.0, class_agreement=0.97, pixel_agreement=0.97),
    ]
