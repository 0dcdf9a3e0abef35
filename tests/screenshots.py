"""`make screenshots`: the journey once more, with a postmortem of our own, and every phase of the demo, into docs/tour."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    pictures = {"PICTURES": str(ROOT / "docs" / "tour"), "OUR_POSTMORTEM": "yes"}
    command = [sys.executable, "-m", "ops", "test"]
    environment = {
        **os.environ,
        **pictures,
        "ARGS": "tests/journeys/test_a_debrief.py tests/journeys/pictures_of_phases.py -q",
    }
    return subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
