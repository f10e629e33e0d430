"""The tables of timings, from small mappings made by hand."""

from figures.tables import bench_table, neural_bench_table
from tests.make.figures_text import cells_of


def test_an_extrapolated_time_is_marked():
    measured = {
        "problem": "gaussian:1000", "beta": 0.123456, "solver": "ours", "asked": 1e-9,
        "gap": 4.56e-10, "seconds": 0.01234, "ratio": 1.0, "extrapolated": False,
    }  # fmt: skip
    guessed = measured | {
        "solver": "Blahut-Arimoto", "asked": 1e-6, "seconds": 98765.0, "ratio": 8003646.7,
        "extrapolated": True,
    }  # fmt: skip
    lines = bench_table({"timings": [measured, guessed]}).splitlines()
    assert [cells_of(line) for line in lines[2:]] == [
        ["gaussian:1000", "0.1235", "ours", "1e-09", "4.6e-10", "0.0123", "1"],
        ["gaussian:1000", "0.1235", "Blahut-Arimoto", "1e-06", "4.6e-10", "~9.88e+04", "8e+06"],
    ]


def test_the_speed_of_a_family_is_its_flops_times_its_images():
    timing = {
        "model": "+-v", "parameters": 1234567, "training_gflop": 0.1236,
        "training_images_per_second": 1000.4, "floor_share": 0.4321, "kept_mib": 158.4,
        "measuring_gflop": 0.0412, "measuring_images_per_second": 3000.6,
    }  # fmt: skip
    found = {"preset": "quick", "device": "a GPU", "precision": "bfloat16", "timings": [timing],
             "best": {"gflops": 217.6, "gigabytes": 30.2}}  # fmt: skip
    lines = neural_bench_table(found).splitlines()
    assert lines[0] == "preset quick, a GPU, bfloat16; at best 218 GFLOP/s and 30 GB/s"
    assert cells_of(lines[3]) == [
        "+-v", "1,234,567", "0.124", "1000", "124", "43%", "158", "0.041", "3001",
    ]  # fmt: skip
