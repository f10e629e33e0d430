"""No test of this directory reads or fills the user's cache, or leaves this machine."""

import socket
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rdneural.data import load
from tests.make.data import REAL


@pytest.fixture(scope="session")
def nowhere() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


PLACES = load.MNIST_URL, load.OMNIGLOT_URL


@pytest.fixture
def published_places() -> tuple[str, str]:
    """Return the addresses that the next fixture replaces."""
    return PLACES


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch, nowhere) -> Path:
    directory = tmp_path / "cache"
    monkeypatch.setenv("RDLATENT_CACHE", str(directory))
    monkeypatch.delenv("RDLATENT_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(load, "MNIST_URL", nowhere)
    monkeypatch.setattr(load, "OMNIGLOT_URL", nowhere)
    return directory


@pytest.fixture
def real_mnist() -> Path:
    directory = REAL / "mnist_static"
    if not (directory / "binarized_mnist_train.amat.gz").is_file():
        pytest.skip("the published binarised MNIST is not on this machine")
    return directory


@pytest.fixture
def real_drawings() -> Path:
    directory = REAL / "omniglot"
    if not (directory / "images_background_small1.zip").is_file():
        pytest.skip("Lake's drawings are not on this machine")
    return directory


class Handler(SimpleHTTPRequestHandler):
    """Serves a directory; a file named broken-off gets a promise longer than what follows."""

    def do_GET(self):
        self.server.asked.append(self.path)
        if "broken-off" not in self.path:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half")
        return None

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path):
    """A server of tmp_path/served on this machine; `.url` is its address, `.asked` what of it."""
    served = tmp_path / "served"
    served.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=served)) as server:
        server.asked = []
        server.directory = served
        server.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
