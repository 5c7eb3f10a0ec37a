"""Pages in Debian's Chromium, headless, with the network off."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BROWSER, DRIVER = "chromium", "chromedriver"
_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --disable-dev-shm-usage "
    "--hide-scrollbars"
)
_OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
_PATIENCE = 120  # seconds


class Page:
    """A page in a browser of its own.

    Attributes:
        driver: of selenium.
    """

    def __init__(self, width: int = 1280, height: int = 1400, *, dark: bool = False) -> None:
        from selenium import webdriver

        options = webdriver.ChromeOptions()
        options.binary_location = str(shutil.which(BROWSER))
        for flag in (*_FLAGS.split(), _OFFLINE, f"--window-size={width},{height}"):
            options.add_argument(flag)
        if width < 500:  # a window has a least width, a device has none
            metrics = {"width": width, "height": height, "pixelRatio": 1, "touch": True}
            options.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        service = webdriver.ChromeService(str(shutil.which(DRIVER)))
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_script_timeout(_PATIENCE)
        if dark:
            scheme = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)

    def open(self, address: str) -> str:
        """Opens a page, and gives the state that it comes to: "yes" or "failed"."""
        self.driver.get("about:blank")
        self.driver.get(address)
        return str(self.wait("return document.body && document.body.dataset.ready"))

    def wait(self, script: str, *values: Any) -> Any:
        """The first value of a script that is true."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            if found := self.driver.execute_script(script, *values):
                return found
            time.sleep(0.05)
        raise AssertionError(f"never true within {_PATIENCE} s: {script}")

    def run(self, script: str, *values: Any) -> Any:
        """What a script returns, which may wait; `explorer` is the page's model and state."""
        body = (
            "const values = [...arguments], done = values.pop();"
            f"(async () => {{ {script} }})().then(done, (error) => done('failed: ' + error));"
        )
        return self.driver.execute_async_script(body, *values)

    def element(self, selector: str) -> Any:
        from selenium.webdriver.common.by import By

        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return str(self.element(selector).text)

    def complaints(self) -> list[str]:
        """What the console has, since the last call."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Addresses that were asked for, since the last call."""
        entries = (json.loads(e["message"])["message"] for e in self.driver.get_log("performance"))
        sent = (e for e in entries if e["method"] == "Network.requestWillBeSent")
        return [str(entry["params"]["request"]["url"]) for entry in sent]

    def drag(self, selector: str, *points: tuple[float, float]) -> None:
        """Presses, moves and lets go: points in shares of the element, from its upper left."""
        from selenium.webdriver.common.action_chains import ActionChains

        element = self.element(selector)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        width, height = element.size["width"], element.size["height"]
        places = [(int((x - 0.5) * width), int((y - 0.5) * height)) for x, y in points]
        actions = ActionChains(self.driver, duration=20)
        actions.move_to_element_with_offset(element, *places[0]).click_and_hold()
        for place in places[1:]:
            actions.move_to_element_with_offset(element, *place)
        actions.release().perform()

    def screenshot(self, path: Path) -> None:
        """The whole page."""
        import base64

        size = self.driver.execute_script(
            "return [document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        )
        clip = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}
        taken = self.driver.execute_cdp_cmd(
            "Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip}
        )
        path.write_bytes(base64.b64decode(taken["data"]))

    def close(self) -> None:
        self.driver.quit()


def pages() -> Iterator[Page]:
    """A browser for a module's tests; skips where there is none."""
    pytest.importorskip("selenium", reason="needs selenium")
    for program in (BROWSER, DRIVER):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}: apt-get install chromium chromium-driver")
    page = Page()
    yield page
    page.close()
