from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

REFUSAL = "The cards were shown a moment ago."


def test_redirect_stays_a_redirect_for_a_browser(visitor):
    response = visitor.post("/elsewhere/")
    assert (response.status_code, response["Location"]) == (302, "/page/")
    assert "HX-Redirect" not in response


def test_redirect_is_followed_by_the_browser_not_by_htmx(visitor, htmx):
    response = visitor.post("/elsewhere/?to=/other/", headers=htmx())
    assert (response.status_code, response["HX-Redirect"]) == (204, "/other/")
    assert "Location" not in response
    assert "HX-Refresh" not in response


def test_redirect_to_a_part_of_the_same_page_reloads_it(visitor, htmx):
    response = visitor.post("/elsewhere/?to=/page/%23theme-3", headers=htmx())
    assert (response["HX-Redirect"], response["HX-Refresh"]) == (
        "/page/#theme-3",
        "true",
    )


def test_redirect_to_the_same_page_loads_it_once(visitor, htmx):
    response = visitor.post("/elsewhere/?to=/page/", headers=htmx())
    assert response["HX-Redirect"] == "/page/"
    assert "HX-Refresh" not in response


def test_message_before_a_redirect_is_kept_for_the_next_page(visitor, htmx):
    visitor.post("/elsewhere/", headers=htmx())
    body = visitor.get("/page/", headers=htmx("people")).content.decode()
    assert body.count("<p>Kept for the next page.</p>") == 1


def test_after_signing_in_one_is_back_on_the_page_not_on_the_fragment(visitor, htmx, db):
    response = visitor.get("/members/", headers=htmx(page="http://testserver/page/?tab=2#card"))
    where = urlsplit(response["HX-Redirect"])
    assert (response.status_code, where.path) == (204, "/accounts/login/")
    assert parse_qs(where.query) == {"next": ["/page/?tab=2"]}


def test_who_was_writing_is_not_taken_away_to_sign_in(visitor, htmx, db):
    response = visitor.post("/members/", headers=htmx("people", page="http://testserver/page/?tab=2"))
    body = response.content.decode()
    assert (response.status_code, response["HX-Reswap"], "HX-Redirect" in response) == (401, "none", False)
    assert "You are signed out, so this was not saved. What you typed is still in its box." in body
    assert 'href="/accounts/login/?next=%2Fpage%2F%3Ftab%3D2" target="_blank"' in body
    plain = visitor.post("/members/", headers={"Referer": "http://testserver/page/?tab=2"})
    assert (plain.status_code, plain["Location"]) == (302, "/accounts/login/?next=%2Fpage%2F%3Ftab%3D2")
    elsewhere = visitor.post("/members/", headers={"Referer": "https://elsewhere.example/steal/"})
    assert elsewhere["Location"] == "/accounts/login/?next=%2F"


def test_a_foreign_page_does_not_become_the_way_back(visitor, htmx, db):
    response = visitor.get("/members/", headers=htmx(page="https://elsewhere.example/steal/"))
    assert parse_qs(urlsplit(response["HX-Redirect"]).query) == {"next": ["/members/"]}


def test_messages_ride_along_out_of_band_with_a_way_back(visitor, htmx):
    body = visitor.post("/change/", headers=htmx("people")).content.decode()
    assert body.count('<div hx-swap-oob="beforeend:#messages">') == 1
    assert body.count("<p>The card was removed.</p>") == 1
    assert (
        body.count(
            '<form method="post" action="/undo/" hx-post="/undo/" hx-swap="none"><input type="hidden" name="csrfmiddlewaretoken"'
        )
        == 1
    )


def test_a_message_is_said_once(visitor, htmx):
    visitor.post("/change/", headers=htmx("people"))
    assert "hx-swap-oob" not in visitor.get("/page/", headers=htmx("people")).content.decode()


def test_no_message_adds_nothing(visitor, htmx):
    assert visitor.get("/page/", headers=htmx("people")).content.decode() == '<div id="people">hello</div>'


def test_denied_is_a_page_with_the_reason(visitor):
    response = visitor.get("/denied/")
    assert response.status_code == 403
    assert "<p>Only a leader can show the cards.</p>" in response.content.decode()


@pytest.mark.parametrize(
    ("url", "status", "sentence"),
    [
        ("/denied/", 403, "Only a leader can show the cards."),
        ("/refused/", 409, REFUSAL),
        (
            "/nowhere/",
            404,
            "This is no longer here, or it is not open to you. Reload the page to see what is.",
        ),
    ],
)
def test_htmx_hears_the_reason_and_keeps_the_page(visitor, htmx, url, status, sentence):
    response = visitor.post(url, headers=htmx("people"))
    body = response.content.decode()
    assert (response.status_code, response["HX-Reswap"]) == (status, "none")
    assert body.startswith('<div hx-swap-oob="beforeend:#messages">')
    assert body.count("<p>") == 1
    assert f"<p>{sentence}</p>" in body


def test_an_expired_token_is_said_to_htmx_kindly(doors, htmx):
    response = Client(enforce_csrf_checks=True).post("/change/", headers=htmx("people"))
    assert (response.status_code, response["HX-Reswap"]) == (403, "none")
    assert "This page has been open for a long time" in response.content.decode()


def test_an_expired_token_is_a_calm_page(doors):
    response = Client(enforce_csrf_checks=True).post("/change/")
    assert response.status_code == 403
    assert "<h1>Please send that once more</h1>" in response.content.decode()


def test_refused_hands_the_words_back(visitor):
    words = "We saw <two> plans\nin the tent"
    response = visitor.post("/refused/", {"text": words, "side": "wrong", "password": "my secret words"})
    body = response.content.decode()
    assert response.status_code == 409
    assert REFUSAL in body
    assert "We saw &lt;two&gt; plans\nin the tent</textarea>" in body
    assert body.count("<textarea") == 1
    assert "my secret words" not in body


def test_refused_leads_back_only_within_the_house(visitor):
    body = visitor.post("/refused/", headers={"Referer": "https://elsewhere.example/"}).content.decode()
    assert '<a class="button" href="/">' in body


def test_what_a_member_saw_is_never_stored(doors, alice):
    client = Client()
    client.force_login(alice)
    response = client.get("/members/")
    assert response["Cache-Control"] == "private, no-store"


def test_what_everybody_may_see_is_left_alone(visitor):
    response = visitor.get("/page/")
    assert "Cache-Control" not in response
    assert response["Permissions-Policy"].startswith("camera=(), geolocation=()")


def test_times_are_in_the_readers_zone(doors, alice):
    alice.time_zone = "Pacific/Auckland"
    alice.save()
    client = Client()
    client.force_login(alice)
    assert client.get("/members/").content.decode() == "Pacific/Auckland"


def test_theme_is_kept_in_a_cookie_without_script(visitor):
    response = visitor.post("/theme/", {"theme": "dark"}, headers={"Referer": "http://testserver/page/"})
    assert (response["Location"], response.cookies["theme"].value) == (
        "http://testserver/page/",
        "dark",
    )


def test_a_theme_we_do_not_know_is_not_kept(visitor):
    response = visitor.post(
        "/theme/",
        {"theme": '"><script>'},
        headers={"Referer": "https://elsewhere.example/"},
    )
    assert response["Location"] == "/"
    assert "theme" not in response.cookies


def test_a_missing_page_is_ours_in_development_too(visitor, settings):
    settings.DEBUG = True
    response = visitor.get("/nowhere/")
    assert response.status_code == 404
    assert "<h1>There is nothing here</h1>" in response.content.decode()
