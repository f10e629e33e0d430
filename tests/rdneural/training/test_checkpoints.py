"""A checkpoint comes back bit for bit, and what is no checkpoint is refused in one line."""

import ast
import json
import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from rdneural.training import checkpoints
from rdneural.training.checkpoints import FORMAT, Checkpoint, read_checkpoint, write_checkpoint


def bits(tensor):
    return tensor.contiguous().flatten().view(torch.uint8).tolist()


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "run" / "checkpoint.safetensors"
    write_checkpoint(path, Checkpoint({"a/x": torch.arange(50.0)}, {"step": 3}))
    return path


def refused(path, start):
    """Assert that a file is refused in one line that names it."""
    with pytest.raises(ValueError, match="must") as caught:
        read_checkpoint(path)
    assert type(caught.value) is ValueError
    message = str(caught.value)
    assert message.startswith(f"{path} {start}")
    assert "\n" not in message


# -- round trips ----------------------------------------------------------------------------------

torch.manual_seed(0)
TENSORS = {
    "float32": torch.randn(3, 4),
    "float64": torch.randn(5, dtype=torch.float64),
    "special": torch.tensor([math.nan, math.inf, -math.inf, -0.0, 1e-45]),
    "int64": torch.tensor([-(2**63), 2**63 - 1, 0]),
    "uint8": torch.tensor([0, 255], dtype=torch.uint8),
    "bool": torch.tensor([True, False]),
    "bfloat16": torch.randn(7).bfloat16(),
    "scalar": torch.tensor(17.0),
    "empty": torch.zeros(0, 3),
    "transposed": torch.randn(3, 5).t(),
    "sliced": torch.randn(10)[::3],
    "channels last": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
    "parameter": torch.nn.Parameter(torch.randn(3)),
}


@pytest.mark.parametrize("name", list(TENSORS))
def test_a_tensor_comes_back_bit_for_bit(tmp_path, name):
    path = tmp_path / "c.safetensors"
    write_checkpoint(path, Checkpoint({"group/one": TENSORS[name]}, {}))
    found = read_checkpoint(path).tensors["group/one"]
    assert (found.dtype, found.shape) == (TENSORS[name].dtype, TENSORS[name].shape)
    assert bits(found) == bits(TENSORS[name].detach())
    assert not found.requires_grad


NUMBERS = {
    "step": 12,
    "large": 2**70,
    "third": 1 / 3,
    "small": 5e-324,
    "infinite": math.inf,
    "none": None,
    "yes": True,
    "text": "häßlich \n \"quoted\" 'twice' \\ ∂",
    "nested": {"list": [1, 2.5, [None, {"deep": -0.0}]], "empty": {}, "nothing": []},
}


def test_nested_numbers_come_back_exactly(tmp_path):
    path = tmp_path / "c.safetensors"
    write_checkpoint(path, Checkpoint({}, NUMBERS))
    found = read_checkpoint(path).numbers
    assert found == NUMBERS
    assert math.copysign(1, found["nested"]["list"][2][1]["deep"]) == -1
    assert type(found["step"]) is int


def test_tensors_of_a_group_are_those_of_its_name_alone():
    checkpoint = Checkpoint({n: torch.zeros(1) for n in ("a/x", "a/b/y", "ab/x", "b/a/x", "a")}, {})
    assert sorted(checkpoint.group("a")) == ["b/y", "x"]
    assert sorted(checkpoint.group("none")) == []


def test_a_later_checkpoint_takes_the_place_of_an_earlier(written):
    write_checkpoint(written, Checkpoint({"b/y": torch.ones(2)}, {"step": 4}))
    found = read_checkpoint(written)
    assert list(found.tensors) == ["b/y"]
    assert found.numbers == {"step": 4}
    assert [p.name for p in written.parent.iterdir()] == [written.name]


# -- what is refused ------------------------------------------------------------------------------


def test_a_missing_file_is_refused(tmp_path):
    refused(tmp_path / "none.safetensors", "must be a readable checkpoint, got ")


def test_a_directory_is_refused(tmp_path):
    refused(tmp_path, "must be a readable checkpoint, got ")


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 40, -200, -100, -1])
def test_a_truncated_file_is_refused(written, length):
    whole = written.read_bytes()
    written.write_bytes(whole[:length])
    refused(written, "must be a readable checkpoint, got ")


@pytest.mark.parametrize(
    "content",
    [b"\x00" * 100, b"\xff" * 100, b"step 3\nloss 4\n" * 9, b"\x80\x02}q\x00.", b"PK\x03\x04" * 20],
    ids=["zeros", "ones", "text", "pickle", "zip"],
)
def test_a_file_of_another_kind_is_refused(written, content):
    written.write_bytes(content)
    refused(written, "must be a readable checkpoint, got ")


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}, {"numbers": "{}"}])
def test_safetensors_of_someone_else_are_refused(tmp_path, metadata):
    path = tmp_path / "c.safetensors"
    save_file({"x": torch.zeros(3)}, path, metadata=metadata)
    refused(path, f"must have format {FORMAT}, got ")


@pytest.mark.parametrize("version", [str(FORMAT + 1), "0", "", f"{FORMAT}.0"])
def test_another_format_is_refused(tmp_path, version):
    path = tmp_path / "c.safetensors"
    save_file({"x": torch.zeros(3)}, path, metadata={"format": version, "numbers": "{}"})
    refused(path, f"must have format {FORMAT}, got {version!r}")


@pytest.mark.parametrize("numbers", [None, "", "{", "{'a': 1}"])
def test_numbers_that_are_no_json_are_refused(tmp_path, numbers):
    path = tmp_path / "c.safetensors"
    metadata = {"format": str(FORMAT)} | ({} if numbers is None else {"numbers": numbers})
    save_file({"x": torch.zeros(3)}, path, metadata=metadata)
    refused(path, "must hold its numbers as JSON, got ")


# -- writing is all or nothing --------------------------------------------------------------------


def assert_untouched(path, before):
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert read_checkpoint(path).numbers == {"step": 3}


def test_a_failure_while_writing_leaves_the_old_file_and_no_other(written, monkeypatch):
    before = written.read_bytes()

    def breaks_off(place, written):
        with place.open("wb") as stream:
            stream.write(written[:20])
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", breaks_off)
    with pytest.raises(OSError, match="No space left"):
        write_checkpoint(written, Checkpoint({"a/x": torch.zeros(3)}, {"step": 4}))
    assert_untouched(written, before)


def test_an_interruption_while_writing_leaves_the_old_file_and_no_other(written, monkeypatch):
    before = written.read_bytes()

    def interrupted(place, written):
        with place.open("wb") as stream:
            stream.write(written[:20])
            raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_checkpoint(written, Checkpoint({"a/x": torch.zeros(3)}, {"step": 4}))
    assert_untouched(written, before)


def test_numbers_that_json_cannot_hold_leave_the_old_file(written):
    before = written.read_bytes()
    with pytest.raises(TypeError):
        write_checkpoint(written, Checkpoint({}, {"step": torch.zeros(1)}))
    assert_untouched(written, before)


# -- nothing is unpickled -------------------------------------------------------------------------


def test_the_module_neither_imports_pickle_nor_loads_by_torch():
    tree = ast.parse(Path(checkpoints.__file__).read_text())
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported |= {f"{node.module}.{alias.name}" for alias in node.names}
    assert "safetensors.safe_open" in imported
    assert not any(p in name for name in imported for p in ("pickle", "dill", "torch.load"))
    called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert "load" not in called


def test_the_header_is_plain_json(written):
    raw = written.read_bytes()
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    metadata = header["__metadata__"]
    assert (metadata["format"], metadata["numbers"]) == (str(FORMAT), '{"step": 3}')
    assert set(metadata) == {"format", "numbers", "sha256"}


@pytest.mark.parametrize("place", [0.3, 0.6, 0.99])
def test_one_changed_bit_is_found(written, place):
    raw = bytearray(written.read_bytes())
    begin = 8 + int.from_bytes(raw[:8], "little")
    at = begin + int(place * (len(raw) - begin))
    raw[at] ^= 1
    written.write_bytes(raw)
    with pytest.raises(ValueError, match="must hold what was written, got other bytes"):
        read_checkpoint(written)
