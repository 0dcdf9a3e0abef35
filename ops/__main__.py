"""`python -m ops …`, the programs behind the Makefile."""

import os
import shlex
import subprocess
import sys

from ops import run, testing
from ops.binaries import ROOT, Unavailable
from ops.servers import Servers


def manage(arguments: list[str]) -> int:
    """manage.py, or any program, with the development servers and settings."""
    with Servers(run.HOME, durable=True) as servers:
        environment = run.development_environment(servers)
        return subprocess.run([sys.executable, *arguments], env=environment, cwd=ROOT, check=False).returncode


def measured(module: str, arguments: list[str]) -> int:
    """A program of ours beside real servers of its own: the bench, the pictures."""
    with testing.servers() as servers:
        environment = testing.test_environment(servers)
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode


def main(name: str, arguments: list[str]) -> int:
    arguments += shlex.split(os.environ.get("ARGS", ""))
    match name:
        case "run":
            return run.main()
        case "test":
            return testing.main(arguments)
        case "manage":
            return manage(["manage.py", *arguments])
        case "services":
            testing.keep()
        case "stop":
            testing.stop()
        case "bench":
            return measured("bench", arguments)
        case "screenshots":
            testing.browser()
            return measured("tests.screenshots", arguments)
        case _:
            raise Unavailable(f"There is no `{name}` here; `make help` lists what there is.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1], sys.argv[2:]))
    except Unavailable as reason:
        sys.exit(f"{reason}")
    except KeyboardInterrupt:
        sys.exit(130)
