"""A browser for tests that look at pages, where there is one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE = 10
"""Seconds within which a page that works has long reacted."""
LAPTOP, PHONE = (1280, 900, False), (390, 800, True)


@contextmanager
def chromium(profile: Path) -> Iterator:
    """Yield a browser with a profile of its own; skip the test where there is none."""
    pytest.importorskip("selenium", reason="selenium is not installed")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if not program or not driver:
        pytest.skip("chromium or chromedriver is not installed")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    session = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    # as if the window were always the one in front, which alone tells its page of the focus
    session.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
    yield session
    session.quit()


def open_page(session, address: str, screen: tuple[int, int, bool]):
    """Open a page anew on a screen: width, height, whether it is a phone's; return the browser."""
    width, height, mobile = screen
    session.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile},
    )
    session.get("about:blank")  # else an address that differs behind # alone is no new page
    session.get(address)
    return session


def wait(browser, script: str, *arguments):
    """Return what a script says, once that is true."""
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(browser, PATIENCE, poll_frequency=0.05).until(
        lambda b: b.execute_script(f"return {script}", *arguments)
    )
