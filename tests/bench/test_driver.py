"""The people of the bench speak HTTP as browsers do; a small server plays the app."""

import asyncio
import contextlib

from bench.driver import Driver, Ears, Person
from bench.reception import text_of

PAGE = (
    """<body hx-headers='{"X-CSRFToken": "T0ken"}'>"""
    '<div id="live" data-live="/debriefs/7/live/" data-seen="41" data-phase="recognize"></div>'
)
TRAY = (
    '<input type="hidden" name="csrfmiddlewaretoken" value="m&amp;asked"><input type="hidden" name="new_key" value="k2" id="x">'
    '<select name="prompt"><option value="3">Wrong</option><option value="4" selected>Right</option></select>'
)


class App:
    """Answers what a room would, keeps what it was asked, and says a card to every stream when one is posted."""

    def __init__(self, *, write_status=200):
        self.asked, self.streams, self.tasks, self.write_status = [], [], [], write_status

    async def serve(self, reader, writer):
        self.tasks.append(asyncio.current_task())
        with contextlib.closing(writer), contextlib.suppress(EOFError, ConnectionError):
            while True:
                await self.answer_one(reader, writer)

    async def answer_one(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        line, *headers = head.decode().strip().split("\r\n")
        fields = {name.lower(): value for name, value in (one.split(": ", 1) for one in headers)}
        body = (await reader.readexactly(int(fields.get("content-length", 0)))).decode()
        self.asked.append((line, fields, body))
        path = line.split()[1]
        if path.endswith("/live/"):
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            self.streams.append(writer)
            self.say(writer, b": hello\n\n")
        elif path.endswith("/write/"):
            self.answer(writer, "", self.write_status)
            number = body.partition("bench-card-")[2].partition("+")[0]
            for stream in self.streams:
                # Half an event is no event yet.
                self.say(stream, b"id: 42\nevent: cards-3\ndata: " + text_of(int(number)).encode())
                self.say(stream, b"\n\n")
        else:
            self.answer(writer, PAGE if path == "/debriefs/7/" else TRAY)

    @staticmethod
    def say(writer, data):
        writer.write(b"%x\r\n%s\r\n" % (len(data), data))

    @staticmethod
    def answer(writer, body, status=200):
        cookie = "Set-Cookie: csrftoken=abc; Path=/; HttpOnly\r\n"
        writer.write(f"HTTP/1.1 {status} Is\r\n{cookie}Content-Length: {len(body)}\r\n\r\n{body}".encode())


@contextlib.asynccontextmanager
async def on_a_port(app):
    server = await asyncio.start_server(app.serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await asyncio.gather(*app.tasks)


def play(app, scene):
    async def run():
        async with on_a_port(app) as port:
            driver = Driver()
            await driver.arrive(port, [{"session": "s1"}, {"session": "s2"}, {"session": "s3"}])
            try:
                return await scene(driver)
            finally:
                await driver.leave()

    return asyncio.run(run())


async def everyone_joins(driver, pause=0):
    return await driver.join("/debriefs/7/", people=3, pause=pause, patience=5, with_own=True)


def test_joining_asks_for_the_page_then_for_stream_and_tray():
    app = App()
    came = play(app, everyone_joins)
    assert (came["failed"], len(came["ms"]["stream"])) == (0, 3)
    paths = [line.split()[1] for line, _, _ in app.asked]
    assert sorted(paths) == sorted(["/debriefs/7/", "/debriefs/7/live/", "/debriefs/7/tray/?with=bar"] * 3)
    [stream] = [fields for line, fields, _ in app.asked if "/live/" in line and "s2" in fields["cookie"]]
    assert (stream["last-event-id"], stream["cookie"]) == ("41", "sessionid=s2; csrftoken=abc")
    assert came["bytes"]["page"] > 3 * len(PAGE) and came["bytes"]["stream"] > 3 * len(": hello\n\n")


def test_a_card_is_posted_as_the_form_of_the_tray_does_and_heard_by_the_others():
    app = App()

    async def scene(driver):
        await everyone_joins(driver)
        return await driver.post(rate=50, seconds=0.12)

    found = play(app, scene)
    assert (found["sent"], found["refused"], found["lost"], found["pairs"]) == (6, 0, 0, 12)
    assert 0 < found["p50"] <= found["p95"] <= found["last_p95"] < 2000
    [first, *_] = [(fields, body) for line, fields, body in app.asked if line.startswith("POST")]
    fields, body = first
    assert (fields["hx-request"], fields["hx-target"], fields["x-csrftoken"]) == ("true", "add-card", "T0ken")
    assert fields["origin"] == f"http://{fields['host']}"
    sent = dict(one.split("=", 1) for one in body.split("&"))
    assert (sent["csrfmiddlewaretoken"], sent["new_key"]) == ("m%26asked", "k2")
    assert sent["prompt"] in ("3", "4") and len(sent["key"]) == 36 and sent["text"].startswith("bench-card-1+")


def test_everyone_posts_in_turn_and_each_card_has_a_key_of_its_own():
    app = App()

    async def scene(driver):
        await everyone_joins(driver)
        await driver.post(rate=100, seconds=0.06)

    play(app, scene)
    posts = [(fields["cookie"], body) for line, fields, body in app.asked if line.startswith("POST")]
    assert sorted(cookie.partition(";")[0] for cookie, _ in posts) == [f"sessionid=s{n}" for n in (1, 1, 2, 2, 3, 3)]
    assert len({dict(one.split("=", 1) for one in body.split("&"))["key"] for _, body in posts}) == 6


def test_a_refusal_is_seen():
    async def scene(driver):
        await everyone_joins(driver)
        return await driver.post(rate=50, seconds=0.04)

    found = play(App(write_status=409), scene)
    assert (found["sent"], found["refused"], found["statuses"]) == (2, 2, [409])


def test_whoever_cannot_come_in_has_failed_and_says_why():
    class Closed(App):
        @staticmethod
        def answer(writer, body, status=200):
            App.answer(writer, body, 503)

    came = play(Closed(), everyone_joins)
    assert (came["failed"], came["why"]) == (3, ["AssertionError('the page answered 503')"])


def test_a_connection_that_the_server_may_be_closing_is_not_used_again(monkeypatch):
    monkeypatch.setattr("bench.driver.IDLE", -1.0)
    person = Person(0, 1, Ears())

    class Rested:
        rests, closed = False, False

        def close(self):
            self.closed = True

    person.resting = [old := Rested()]

    async def scene():
        async with on_a_port(App()) as person.port:
            status, _, _ = await person.ask("GET", "/debriefs/7/")
            person.leave()
            return status

    assert asyncio.run(scene()) == 200
    assert old.closed is True
