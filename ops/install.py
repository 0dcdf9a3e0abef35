"""Creates .venv and installs the locked requirements; runs on any Python 3, before anything is installed.

python3 ops/install.py app     what `make run` needs
python3 ops/install.py dev     that, and what tests and checks need
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = {
    "app": ["requirements.txt", "requirements-servers.txt"],
    "dev": ["requirements.txt", "requirements-servers.txt", "requirements-dev.txt"],
}


def main(group):
    if sys.version_info < (3, 11):
        restart_with_newer_python()
    (ROOT / "var").mkdir(exist_ok=True)
    with open(str(ROOT / "var" / "install.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # `make run` and `make test` may be started together
        install(group)


def restart_with_newer_python():
    for minor in range(20, 10, -1):
        newer = shutil.which("python3.%d" % minor)
        if newer:
            os.execv(newer, [newer] + sys.argv)
    sys.exit(
        "Realign needs Python 3.11 or newer, and python3 here is %d.%d. "
        "Name another with `make PYTHON=/path/to/python3.11 …`." % sys.version_info[:2]
    )


def install(group):
    stamps = {name: fingerprint(files) for name, files in LOCKS.items()}
    wanted = ["dev", "app"] if group == "app" else ["dev"]  # dev holds all of app
    if venv_works() and any(read(VENV / (".installed-" + name)) == stamps[name] for name in wanted):
        return
    if not venv_works():
        print("Creating .venv with Python %d.%d …" % sys.version_info[:2], flush=True)
        shutil.rmtree(str(VENV), ignore_errors=True)
        if subprocess.call([sys.executable, "-m", "venv", str(VENV)]) != 0:
            sys.exit("Python could not make a virtual environment; on Debian, `apt install python3-venv` mends that.")
    print("Installing the locked requirements (once, and when they change) …", flush=True)
    command = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--require-hashes"]
    for name in LOCKS[group]:
        command += ["-r", str(ROOT / name)]
    if subprocess.call(command) != 0:
        sys.exit("The requirements could not be installed: pip says why above. Nothing was started.")
    (VENV / (".installed-" + group)).write_text(stamps[group])


def venv_works():
    """A moved folder or a removed Python leaves a .venv that starts nothing."""
    python = VENV / "bin" / "python"
    if not python.exists() or not (VENV / "bin" / "pip").exists():
        return False
    check = [str(python), "-c", "import sys; sys.exit(sys.version_info < (3, 11) or sys.prefix != %r)" % str(VENV)]
    return subprocess.call(check, stderr=subprocess.DEVNULL) == 0


def fingerprint(files):
    digest = hashlib.sha256(str(VENV).encode())
    for name in files:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def read(path):
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    main(sys.argv[1])
