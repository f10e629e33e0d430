import hashlib
import logging.handlers
import socket
import sys
import time

import pooch
import pytest

from rdneural.data.downloads import download

CONTENT = b"published " * 5000
CHECKSUM = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


@pytest.fixture
def url(server):
    (server.directory / "mine.amat").write_bytes(CONTENT)
    return f"{server.url}mine.amat"


def test_a_file_is_fetched_once(tmp_path, server, url, capfd):
    for _ in range(2):
        path = download(url, tmp_path / "new", checksum=CHECKSUM)
        assert path == tmp_path / "new" / "mine.amat"
        assert path.read_bytes() == CONTENT
    assert server.asked == ["/mine.amat"]
    assert capfd.readouterr() == ("", "")


def test_a_file_that_is_spoilt_here_is_fetched_again(tmp_path, server, url):
    (tmp_path / "mine.amat").write_bytes(b"half of it")
    assert download(url, tmp_path, checksum=CHECKSUM).read_bytes() == CONTENT


def test_pooch_logs_for_others_alone(tmp_path, url):
    # its handler keeps the stderr of its import, so that capturing ours would prove nothing
    records = logging.handlers.BufferingHandler(100)
    pooch.get_logger().addHandler(records)
    try:
        pooch.retrieve(url, CHECKSUM, "one", tmp_path)
        download(url, tmp_path, checksum=CHECKSUM)
        assert len(records.buffer) == 1
        pooch.retrieve(url, CHECKSUM, "other", tmp_path)
        assert len(records.buffer) == 2
    finally:
        pooch.get_logger().removeHandler(records)


def test_md5_is_understood(tmp_path, url):
    checksum = f"md5:{hashlib.md5(CONTENT).hexdigest()}"
    assert download(url, tmp_path, checksum=checksum).read_bytes() == CONTENT


def test_a_wrong_file_leaves_nothing(tmp_path, url):
    with pytest.raises(OSError, match=r"mine\.amat is not the published file: its checksum is wr"):
        download(url, tmp_path / "new", checksum=f"sha256:{'0' * 64}")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_download_that_breaks_off_leaves_nothing(tmp_path, server):
    with pytest.raises(OSError, match=r"broken-off could not be .*: the connection broke off$"):
        download(f"{server.url}broken-off", tmp_path / "new", checksum=CHECKSUM)
    assert list((tmp_path / "new").iterdir()) == []


def test_a_missing_file_is_named(tmp_path, server):
    with pytest.raises(OSError, match=r"/gone could not be downloaded: the server says 404 "):
        download(f"{server.url}gone", tmp_path, checksum=CHECKSUM)


def test_an_unreachable_server_is_named(tmp_path, nowhere, capfd):
    with pytest.raises(OSError, match=r"/mine could not be downloaded: no connection$") as caught:
        download(f"{nowhere}mine", tmp_path, checksum=CHECKSUM)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_silent_server_is_not_waited_for(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/mine"
        start = time.perf_counter()
        with pytest.raises(OSError, match=r"could not be downloaded: no answer in time$"):
            download(url, tmp_path, checksum=CHECKSUM, timeout=(1.0, 0.1))
        assert time.perf_counter() - start < 10  # pooch's own patience is 30 seconds


def test_a_place_that_cannot_be_written_is_named(tmp_path, url):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"could not be saved in .*file"):
        download(url, tmp_path / "file" / "below", checksum=CHECKSUM)


@pytest.mark.parametrize(("terminal", "progress"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_bar_is_drawn_where_asked_for_and_watched(
    tmp_path, url, capsys, monkeypatch, terminal, progress
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: bool(terminal))
    download(url, tmp_path, checksum=CHECKSUM, progress=bool(progress))
    out, err = capsys.readouterr()
    assert out == ""
    assert ("50.0k/50.0k" in err) == bool(terminal and progress)
    assert (err == "") != bool(terminal and progress)
