"""`make lock`: compile requirements*.in into locks with hashes, for every platform and without a single address."""

import os
import subprocess
import sys

from ops.binaries import ROOT, Unavailable

LOCKS = ("requirements", "requirements-servers", "requirements-dev")  # in this order: the later obey the earlier
UV = "uv==0.13.9"


def main() -> int:
    tool = ROOT / "var" / "lock-tool"
    if not (tool / "bin" / "uv").exists():
        subprocess.run([sys.executable, "-m", "venv", str(tool)], check=True)
        subprocess.run([str(tool / "bin" / "pip"), "install", "--quiet", UV], check=True)
    for name in LOCKS:
        command = [str(tool / "bin" / "uv"), "pip", "compile", f"{name}.in", "--output-file", f"{name}.txt"]
        command += ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--quiet"]
        command += ["--no-emit-index-url", "--no-emit-find-links"]
        environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        if "://" in (ROOT / f"{name}.txt").read_text():
            raise Unavailable(f"{name}.txt names a host; a lock must not.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
