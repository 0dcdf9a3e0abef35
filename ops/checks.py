"""The last part of `make lint`: what Django itself can say about migrations and about a deployment."""

import os
import subprocess
import sys

from ops.binaries import ROOT

PRODUCTION = {
    "ENV_FILE": "",
    "SECRET_KEY": "only-for-the-checks-w7Jt4nQe9sXk2LpV8rZc1mHy5bGf3uDa6iNoTqBvKjMxPzWE",
    "BASE_URL": "https://realign.example.org",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
    "DATABASE_URL": "postgres://user:password@db.example.org/realign",
    "DJANGO_SETTINGS_MODULE": "config.settings",
}


def main() -> int:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "VIRTUAL_ENV"}}
    environment = {**kept, **PRODUCTION}
    commands = (
        ["check", "--deploy", "--fail-level", "WARNING"],
        ["makemigrations", "--check", "--dry-run"],
    )
    failed = 0
    for command in commands:
        print("manage.py", *command, flush=True)
        # Without a database the migration check warns that it could not compare; files are what it is about.
        python = [sys.executable, "-W", "ignore::RuntimeWarning"]
        failed += subprocess.run([*python, "manage.py", *command], env=environment, cwd=ROOT, check=False).returncode
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
