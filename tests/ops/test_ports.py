import socket
from collections.abc import Iterator

import pytest

from ops import run
from ops.binaries import Unavailable


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_that_is_free_is_taken(taken: int) -> None:
    free = run.next_free(taken)
    assert run.choose_port(str(free)) == free


def test_a_port_somebody_asked_for_is_refused_when_taken(taken: int) -> None:
    with pytest.raises(Unavailable, match=rf"^Port {taken} is taken by another program\. Try `make run PORT=\d+`\.$"):
        run.choose_port(str(taken))


@pytest.mark.parametrize("odd", ["0", "65536", "eight", "-1", "80 80"])
def test_a_port_that_is_no_port_is_refused(odd: str) -> None:
    with pytest.raises(Unavailable, match="is no port; take a number"):
        run.choose_port(odd)


def test_the_default_port_gives_way(taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(run, "DEFAULT_PORT", taken)
    chosen = run.choose_port("")
    assert chosen > taken
    said = capsys.readouterr().out
    assert said == f"Port {taken} is taken by another program, so Realign takes {chosen}.\n"
