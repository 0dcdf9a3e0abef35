"""Cards in somebody's hand: by mouse, by finger and by keys, while others go on in the same room."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Locator, Page, expect

from tests.journeys.stage import Stage, wait_for
from tests.journeys.test_every_page import sign_in

DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def room(stage: Stage) -> str:
    """A demo debrief in Recognize that the leader of the demo is in."""
    stage.manage("demo", "--yes-really")
    [(number,)] = stage.query(
        "SELECT d.id FROM debriefs_debrief d JOIN accounts_user u ON u.id = d.created_by_id"
        " JOIN debriefs_theme t ON t.debrief_id = d.id WHERE d.phase = 'recognize' GROUP BY d.id LIMIT 1"
    )
    return f"{stage.url}/debriefs/{number}/"


@pytest.fixture(scope="module")
def enter(stage: Stage, room: str, chromium: Browser) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_room(**view: object) -> Page:
        contexts.append(chromium.new_context(**view))
        page = contexts[-1].new_page()
        sign_in(page, stage, "leader")
        page.goto(room)
        page.wait_for_selector("#live[data-state=live]", state="attached")
        return page

    yield open_room
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def mine(enter: Callable[..., Page]) -> Page:
    return enter(**DESK)


@pytest.fixture(scope="module")
def other(enter: Callable[..., Page]) -> Page:
    return enter(**DESK)


def card(page: Page, n: int) -> Locator:
    return page.locator(f"#{page.locator('#board li.card').nth(n).get_attribute('id')}")


def middle(one: Locator) -> tuple[float, float]:
    box = one.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 40)


def pick_up(page: Page, one: Locator) -> None:
    one.evaluate("(card) => card.scrollIntoView({block: 'center', behavior: 'instant'})")
    x, y = middle(one)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 12, y + 8, steps=3)
    expect(page.locator("#dock")).to_be_visible()


def carry_to(page: Page, target: Locator) -> None:
    x, y = middle(target)
    page.mouse.move(x, y, steps=5)


def elsewhere(page: Page) -> Locator:
    """A theme of the dock in which the card in the hand is not."""
    return page.locator("#dock li[data-theme]:not([data-theme='']):not(.here)").first


def post(page: Page, path: str, **form: str) -> None:
    """What somebody else does, without a dialog."""
    status = page.evaluate(
        """async ([path, form]) => (await fetch(path, {method: "POST", body: new URLSearchParams(form), redirect: "manual",
            headers: JSON.parse(document.body.getAttribute("hx-headers"))})).status""",
        [path, form],
    )
    assert status in (0, 200), (path, status)


def test_a_mouse_drops_a_card_on_a_theme_and_everybody_sees_it(mine: Page, other: Page) -> None:
    one = card(mine, 0)
    before = one.locator(".move").inner_text()
    pick_up(mine, one)
    target = elsewhere(mine)
    name = target.inner_text()
    carry_to(mine, target)
    expect(target).to_have_class(re.compile("over"))
    mine.mouse.up()
    expect(mine.locator("#dock")).to_be_hidden()
    expect(one.locator(".move")).to_contain_text(name)
    same = other.locator(f"#{one.get_attribute('id')} .move")
    expect(same).to_contain_text(name)
    # The click at the end of a drag opens nothing; the way back is there, by a key too.
    assert mine.locator("#modal[open]").count() == 0
    mine.keyboard.press("Control+z")
    expect(one.locator(".move")).to_have_text(before)
    expect(same).to_have_text(before)


def test_escape_and_nowhere_put_a_card_back(mine: Page) -> None:
    one = card(mine, 1)
    before = one.locator(".move").inner_text()
    for end in (lambda: mine.keyboard.press("Escape"), lambda: mine.mouse.move(5, 450)):
        pick_up(mine, one)
        expect(mine.locator(".ghost")).to_have_count(1)
        end()
        mine.mouse.up()
        expect(mine.locator(".ghost")).to_have_count(0)
        expect(one).not_to_have_class(re.compile("lifted"))
    assert one.locator(".move").inner_text() == before


def test_a_change_that_arrives_meanwhile_waits_and_the_card_stays_in_the_hand(mine: Page, other: Page) -> None:
    one, next_to = card(mine, 1), card(mine, 2)
    was = next_to.locator(".move").inner_text()
    path = next_to.locator(".move").get_attribute("href") or ""
    one.evaluate("(card) => { window.held = card }")
    pick_up(mine, one)
    where = one.bounding_box()
    post(other, path, theme="")
    expect(other.locator(f"#{next_to.get_attribute('id')} .move")).to_contain_text("not in a theme")
    mine.wait_for_timeout(400)
    assert mine.evaluate("window.held.isConnected")
    assert (one.bounding_box(), mine.locator(".ghost").count()) == (where, 1)
    assert next_to.locator(".move").inner_text() == was
    mine.keyboard.press("Escape")
    mine.mouse.up()
    expect(next_to.locator(".move")).to_contain_text("not in a theme")


def test_a_theme_that_vanished_under_a_drop(mine: Page, other: Page, stage: Stage) -> None:
    other.fill("#theme-form input[name=name]", "Soon gone")
    other.locator("#theme-form button").click()
    expect(mine.locator("#themes")).to_contain_text("Soon gone")
    one = card(mine, 1)
    before = one.locator(".move").inner_text()
    pick_up(mine, one)
    target = mine.locator("#dock li", has_text="Soon gone")
    post(other, f"{other.locator('#themes a', has_text='Soon gone').get_attribute('href')}remove/")
    wait_for(lambda: not stage.query("SELECT 1 FROM debriefs_theme WHERE name = 'Soon gone'"), lambda: "still there")
    carry_to(mine, target)
    mine.mouse.up()
    expect(mine.locator("#messages")).to_contain_text("This theme is gone; somebody merged or removed it.")
    expect(mine.locator("#themes")).not_to_contain_text("Soon gone")
    assert one.locator(".move").inner_text() == before


def test_two_cards_make_a_theme_that_is_named_at_once(mine: Page) -> None:
    for n in (3, 4):
        post(mine, card(mine, n).locator(".move").get_attribute("href") or "", theme="")
        expect(card(mine, n).locator(".move")).to_contain_text("not in a theme")
    pick_up(mine, card(mine, 3))
    carry_to(mine, card(mine, 4))
    mine.mouse.up()
    name = mine.locator("#modal[open] #id_name")
    expect(name).to_be_focused()
    name.fill("Two of a kind")
    name.press("Enter")
    expect(mine.locator("#modal[open]")).to_have_count(0)
    for n in (3, 4):
        expect(card(mine, n).locator(".move")).to_contain_text("Two of a kind")


def test_a_card_goes_by_keys_alone(mine: Page) -> None:
    one = card(mine, 0)
    before = one.locator(".move").inner_text()
    one.locator(".move").focus()
    mine.keyboard.press("m")
    chosen = mine.locator("#modal[open] input[name=theme]:checked")
    expect(chosen).to_be_focused()
    mine.keyboard.press("ArrowDown")
    mine.keyboard.press("Enter")
    expect(mine.locator("#modal[open]")).to_have_count(0)
    expect(one.locator(".move")).not_to_have_text(before)
    expect(one.locator(".move")).to_be_focused()


def touch(hand: CDPSession, kind: str, *at: float) -> None:
    points = [{"x": at[0], "y": at[1]}] if at else []
    hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_a_finger_presses_to_lift_a_card_and_swipes_to_scroll(enter: Callable[..., Page]) -> None:
    phone = enter(**PHONE)
    hand = phone.context.new_cdp_session(phone)
    one = card(phone, 0)
    one.scroll_into_view_if_needed()
    x, y = middle(one)

    touch(hand, "touchStart", x, y)
    for step in range(1, 9):
        touch(hand, "touchMove", x, y - 20 * step)
    touch(hand, "touchEnd")
    wait_for(lambda: phone.evaluate("scrollY") > 0, lambda: "a swipe does not scroll")
    expect(phone.locator(".ghost")).to_have_count(0)

    phone.wait_for_timeout(300)
    one.scroll_into_view_if_needed()
    phone.wait_for_timeout(300)
    x, y = middle(one)
    at = phone.evaluate("scrollY")
    touch(hand, "touchStart", x, y)
    expect(phone.locator("#dock")).to_be_visible()
    target = elsewhere(phone)
    name = target.inner_text()
    to_x, to_y = middle(target)
    for step in range(1, 7):
        touch(hand, "touchMove", x + (to_x - x) * step / 6, y + (to_y - y) * step / 6)
    assert phone.evaluate("scrollY") == at
    expect(target).to_have_class(re.compile("over"))
    touch(hand, "touchEnd")
    expect(one.locator(".move")).to_contain_text(name)
    assert phone.locator("#modal[open]").count() == 0
