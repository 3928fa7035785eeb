"""Debian's shippers without installing them: two system loggers cannot be installed side by side, and a test may replace nobody's.

Their packages are downloaded once and unpacked into `build/debian/NAME`; `python tests/clients/debian.py` does that beforehand.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

BUILD = Path(__file__).parents[2] / "build" / "debian"
PACKAGES = {
    "prometheus": ("prometheus",),
    "rsyslog": ("rsyslog", "rsyslog-elasticsearch", "libestr0", "libfastjson4", "liblognorm5"),
    "syslog-ng": ("syslog-ng-core", "syslog-ng-mod-http", "libivykis0", "libnet1", "libpcre3", "libwrap0"),
}
"""What each needs besides what every machine with curl and systemd's libraries has."""
DOWNLOAD_S = 120.0


@dataclass(frozen=True)
class Shipper:
    """An unpacked program: where it is and the libraries it wants."""

    root: Path

    def program(self, name: str) -> Path:
        """A daemon by its name."""
        return self.root / "usr" / "sbin" / name

    def library(self, pattern: str) -> Path:
        """The folder `pattern` below the folders of libraries."""
        return next(iter(sorted((self.root / "usr" / "lib").glob(pattern))))

    def environment(self) -> dict[str, str]:
        """The environment it runs in."""
        folders = sorted({p.parent for p in self.root.rglob("*.so*")})
        return {**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, folders))}


def shipper(name: str) -> Shipper | str:
    """The unpacked shipper, or why there is none."""
    root = BUILD / name
    if root.is_dir():
        return Shipper(root)
    apt, dpkg = shutil.which("apt-get"), shutil.which("dpkg-deb")
    if apt is None or dpkg is None:
        return f"{name} comes from Debian packages, and this machine has no apt-get"
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix=f".{name}-") as folder:
        work = Path(folder)
        done = _downloaded(apt, PACKAGES[name], work)
        if done:
            return f"the Debian packages of {name} could not be downloaded: {done}"
        for package in work.glob("*.deb"):
            subprocess.run([dpkg, "-x", package, work / "root"], check=True, capture_output=True)
        (work / "root").rename(root)
    return Shipper(root)


def _downloaded(apt: str, packages: tuple[str, ...], folder: Path) -> str:
    """Download into `folder`; '' or what went wrong. A machine that never looked at its sources does that first, if it may."""
    for attempt in (False, True):
        if attempt:
            sudo = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
            if sudo and shutil.which("sudo") is None:
                return "apt-get knows no sources yet; run `apt-get update` as root"
            subprocess.run([*sudo, apt, "update", "-qq"], check=False, capture_output=True, timeout=DOWNLOAD_S)
        command = [apt, "download", "-qq", "-o", "APT::Sandbox::User=root", *packages]
        done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=DOWNLOAD_S)
        if done.returncode == 0:
            return ""
    return (done.stderr.strip().splitlines() or ["no reason given"])[-1]


if __name__ == "__main__":
    for each in PACKAGES:
        found = shipper(each)
        sys.stderr.write(f"{each}: {found.root if isinstance(found, Shipper) else found}\n")
