"""Published files from where they are published, checked before anything else sees them."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pooch

TIMEOUT = (5.0, 30.0)
"""Seconds to wait for a connection, and then for the next bytes."""

CHUNK = 1 << 16
"""Bytes between two steps of the progress bar; pooch's 1,024 flush a large file 80,000 times."""


def download(
    url: str,
    directory: Path,
    *,
    checksum: str,
    progress: bool = False,
    timeout: tuple[float, float] = TIMEOUT,
) -> Path:
    """Return a published file in `directory`, downloaded unless it is there already, and checked.

    A download goes to a temporary file that takes its name once it is whole: what breaks off leaves
    nothing, and of several files those that were finished are not fetched again.

    Parameters
    ----------
    checksum : as "sha256:..." or "md5:...", of the file's bytes
    progress : draw a bar on stderr, if that is a terminal

    Raises
    ------
    OSError
        where the file cannot be fetched or written, or is not the published one.
    """
    from requests.exceptions import RequestException  # pooch imports it as late

    bar = progress and sys.stderr.isatty()
    fetch = pooch.HTTPDownloader(progressbar=bar, chunk_size=CHUNK, timeout=timeout)
    name = url.rsplit("/", 1)[-1]
    try:
        with _quiet_pooch():
            path = pooch.retrieve(url, checksum, name, directory, downloader=fetch)
    except RequestException as error:
        raise OSError(f"{url} could not be downloaded: {_reason(error)}") from error
    except OSError as error:
        reason = error.strerror or error
        raise OSError(f"{url} could not be saved in {directory}: {reason}") from error
    except ValueError as error:  # pooch's word for a wrong checksum
        raise OSError(f"{url} is not the published file: its checksum is wrong") from error
    return Path(path)


def _reason(error: OSError) -> str:
    """Return in few words what `requests` says in a paragraph."""
    from requests import exceptions

    if isinstance(error, exceptions.HTTPError) and error.response is not None:
        return f"the server says {error.response.status_code} {error.response.reason}"
    if isinstance(error, exceptions.Timeout):
        return "no answer in time"
    if isinstance(error, exceptions.ChunkedEncodingError):
        return "the connection broke off"
    if isinstance(error, exceptions.ConnectionError):
        return "no connection"
    return str(error).splitlines()[0]


@contextmanager
def _quiet_pooch() -> Iterator[None]:
    """Keep what pooch logs off stderr: what matters of it is in our messages."""
    logger = pooch.get_logger()
    logger.addFilter(_nothing)  # its level would not do: a logger outside the tree caches it
    try:
        yield
    finally:
        logger.removeFilter(_nothing)


def _nothing(record: logging.LogRecord) -> bool:
    return False
