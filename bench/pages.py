"""Asking the running app for pages: what each costs its process, how long it takes, what travels."""

import gzip
import http.client
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from bench.stage import Stage

RUNS = 3
REQUESTS = 50
WARM_UP = 5
GZIP_LEVEL = 5  # what the proxy of docker-compose.yml packs with
PACKING = "gzip, deflate, br, zstd"  # what a browser says it can unpack


@dataclass(frozen=True)
class Cost:
    """One page, for each request: the medians of the runs."""

    cpu_ms: float
    wall_ms: float
    lowest_cpu_ms: float = 0.0


class Browser:
    """One connection that stays open, somebody signed in, and a refusal to measure a page that is not the one meant."""

    def __init__(self, stage: Stage, cookie: str = "") -> None:
        self.stage = stage
        self.cookie = cookie
        self.connection = stage.connection()

    def get(self, path: str, accept: str = "") -> tuple[http.client.HTTPResponse, bytes]:
        headers = {"Cookie": self.cookie} if self.cookie else {}
        self.connection.request("GET", path, headers=headers | ({"Accept-Encoding": accept} if accept else {}))
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, f"{path} answered {answer.status}"
        return answer, body

    def page(self, path: str) -> str:
        return self.get(path)[1].decode()

    def cost(
        self, path: str, *, says: str, times: int, before: Callable[[], object] = lambda: None, requests: int = REQUESTS
    ) -> Cost:
        """`says` stands `times` on the page; `before` each request, unmeasured, the cause of a cold one."""
        assert (found := self.page(path).count(says)) == times, f"{path} says {says!r} {found} times, not {times}"
        for _ in range(min(WARM_UP, requests)):
            before()
            self.get(path)
        runs = [self._run(path, before, requests) for _ in range(RUNS)]
        used = [run.cpu_ms for run in runs]
        return Cost(median(used), median(run.wall_ms for run in runs), min(used))

    def _run(self, path: str, before: Callable[[], object], requests: int) -> Cost:
        taken: list[float] = []
        used = self.stage.cpu()
        for _ in range(requests):
            before()
            began = time.perf_counter()
            self.get(path)
            taken.append(1000 * (time.perf_counter() - began))
        return Cost(1000 * (self.stage.cpu() - used) / requests, median(taken))

    def packed(self, path: str) -> tuple[int, int, bool]:
        """Bytes of the body as sent to a browser, as it stands, and whether the server itself packed it.

        Pages leave the app as they are and are packed by the proxy in front of it: that is done here.
        """
        answer, body = self.get(path, PACKING)
        if packing := answer.headers.get("Content-Encoding"):
            raw = self.get(path, "identity")[1]
            assert packing in PACKING
            return len(body), len(raw), True
        return len(gzip.compress(body, GZIP_LEVEL, mtime=0)), len(body), False

    def first_visit(self, path: str) -> dict[str, int]:
        """What a browser that has never been here loads for this page: kind -> bytes on the wire."""
        html = self.page(path)
        links = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', html))
        # Modules name others, which the browser then fetches as well.
        waiting, sizes = sorted(links), dict.fromkeys(("js", "css", "other", "files"), 0)
        while waiting:
            link = waiting.pop()
            body = self.get(link, PACKING)[1]
            kind = link.rsplit(".", 1)[1]
            sizes[kind if kind in sizes else "other"] += len(body)
            sizes["files"] += 1
            if kind == "js":
                source = self.get(link, "identity")[1].decode()
                new = {_beside(link, name) for name in re.findall(r'(?:from|import)\s*\(?["\'](\.[^"\']+)', source)}
                waiting += sorted(new - links)
                links |= new
        return sizes


def _beside(link: str, name: str) -> str:
    folder = link.rsplit("/", 1)[0]
    while name.startswith("../"):
        folder, name = folder.rsplit("/", 1)[0], name[3:]
    return f"{folder}/{name.removeprefix('./')}"
