"""Finds the Chromium that the browser tests drive; run by its path, it installs Debian's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# First the one without windows: the same engine, and a third less work for the same tests.
PACKAGE = "chromium-headless-shell"
NAMES = (PACKAGE, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ON_A_MAC = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
MISSING = (
    "The browser tests need Chromium, and none was found. On Debian and Ubuntu: "
    f"apt install {PACKAGE}. Elsewhere install it, and set CHROMIUM to its path if need be."
)


def find() -> str | None:
    """The path of a Chromium, or None. The variable CHROMIUM comes first."""
    if given := os.environ.get("CHROMIUM"):
        return shutil.which(given)
    found = (shutil.which(name) for name in NAMES)
    on_a_mac = (str(path) for path in ON_A_MAC if path.exists())
    return next(filter(None, [*found, *on_a_mac]), None)


def install() -> None:
    """Install Debian's package where that needs no question to be asked."""
    if shutil.which("apt-get") is None:
        return
    rights: list[str] = []
    if os.geteuid() != 0:
        rights = ["sudo", "-n"]
        if (
            shutil.which("sudo") is None
            or subprocess.run([*rights, "true"], check=False).returncode
        ):
            return
    apt = [*rights, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "--yes"]
    print("Installing Chromium for the browser tests, once …", flush=True)
    subprocess.run([*apt, "update"], stdin=subprocess.DEVNULL, check=False)
    for package in (PACKAGE, "chromium"):  # older releases have the second one alone
        wanted = [*apt, "install", "--no-install-recommends", package]
        if not subprocess.run(wanted, stdin=subprocess.DEVNULL, check=False).returncode:
            return


if __name__ == "__main__":
    if find() is None:
        install()
    if find() is None:
        sys.exit(MISSING)
