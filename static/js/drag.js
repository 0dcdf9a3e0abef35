/* #dock[data-dock]: a card of the board can be picked up and dropped on a theme of the dock, on one in the list, or
   on another card. Mouse and pen take it by moving; a finger presses for a moment first, so that a page still scrolls.
   With Shift or Alt held down the mouse marks text, as ever. The link at a card's foot does the same without all this. */
const dock = document.getElementById("dock");
const PRESS = 350; // ms until a finger lifts the card
const SLOP = 8; // px that a hand trembles
const EDGE = 48; // px at the rim of what scrolls by itself while a card is over it
const TARGETS = "#dock li, #themes li.theme[id], #board li.card";
let hand = null; // what is pressed, and once it is lifted also the ghost that follows

const say = (name) => document.dispatchEvent(new CustomEvent(name));
const idOf = (element) => element.id.replace(/^(card|theme)-/, "");

const aim = (target) => {
  if (target === hand.target) return;
  hand.target?.classList.remove("over");
  target?.classList.add("over");
  hand.ghost.classList.toggle("aimed", Boolean(target));
  hand.target = target;
};

const follow = () => {
  hand.ghost.style.translate = `${hand.x - hand.dx}px ${hand.y - hand.dy}px`;
  const target = document.elementFromPoint(hand.x, hand.y)?.closest(TARGETS);
  aim(target && target !== hand.card ? target : null);
};

/* Themes may be far away: the page, or a long dock, goes on by itself where the card is held against its rim. */
const scroll = () => {
  if (!hand?.ghost) return;
  const over = dock.contains(document.elementFromPoint(hand.x, hand.y));
  const [top, bottom] = over ? [dock.getBoundingClientRect().top, dock.getBoundingClientRect().bottom] : [0, innerHeight];
  const way = hand.y < top + EDGE ? -1 : hand.y > bottom - EDGE ? 1 : 0;
  if (way) {
    (over ? dock : document.scrollingElement).scrollBy({ top: way * 9, behavior: "instant" });
    follow();
  }
  requestAnimationFrame(scroll);
};

/* The dock stands on the other half of the screen than the card: nothing may appear under the pointer by itself. */
const openDock = () => {
  const list = dock.querySelector("ul");
  const here = hand.card.querySelector("a.move").firstChild.textContent;
  list.querySelectorAll("[data-theme]:not([data-theme=''])").forEach((old) => old.remove());
  const themes = [...document.querySelectorAll("#themes li.theme[id]")].map((theme) => {
    const name = theme.querySelector("h3 a")?.textContent ?? theme.querySelector("h3").textContent;
    const item = Object.assign(document.createElement("li"), { textContent: name });
    item.dataset.theme = idOf(theme);
    item.classList.toggle("here", name === here);
    return item;
  });
  list.prepend(...themes);
  dock.classList.toggle("above", hand.y > innerHeight / 2);
  dock.hidden = false;
};

const lift = () => {
  const { card } = hand;
  const box = card.getBoundingClientRect();
  const ghost = (hand.ghost = card.cloneNode(true));
  ghost.removeAttribute("id");
  ghost.setAttribute("aria-hidden", "true");
  ghost.inert = true;
  ghost.classList.add("ghost");
  ghost.style.inlineSize = `${Math.min(box.width, 320)}px`;
  hand.dx = Math.min(hand.x - box.left, 280);
  hand.dy = Math.min(hand.y - box.top, 120);
  // Within the main text, so that the ghost keeps the look of its side and is printed by nobody.
  dock.before(ghost);
  card.classList.add("lifted");
  document.documentElement.classList.add("dragging");
  getSelection().removeAllRanges();
  if (hand.touches) navigator.vibrate?.(12);
  openDock();
  follow();
  requestAnimationFrame(scroll);
};

const letGo = () => {
  if (!hand) return null;
  const { card, ghost, target } = hand;
  clearTimeout(hand.timer);
  if (ghost) {
    aim(null);
    ghost.remove();
    card.classList.remove("lifted");
    document.documentElement.classList.remove("dragging");
    dock.hidden = true;
    // The click that ends a drag opens nothing.
    const stop = (event) => (event.preventDefault(), event.stopPropagation());
    document.addEventListener("click", stop, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", stop, { capture: true }), 60);
  }
  hand = null;
  say("realign:release");
  return ghost ? { url: card.querySelector("a.move").getAttribute("href"), card, target } : null;
};

/* The server says where the card is now; until it does, and if it refuses, the card is where it was. */
const drop = (dropped) => {
  if (!dropped?.target) return;
  const { url, card, target } = dropped;
  const values = { theme: "", onto: "" };
  if (target.matches("li.card")) values.onto = idOf(target);
  else if ("alone" in target.dataset) values.onto = idOf(card);
  else values.theme = target.dataset.theme ?? idOf(target);
  // From the dock, which has them sent one after the other and leaves none out, however fast somebody is.
  htmx.ajax("POST", url, { source: dock, target: "body", swap: "none", values });
};

if (dock) {
  document.addEventListener("pointerdown", (event) => {
    const card = event.target.closest?.("#board li.card");
    if (hand || !card?.querySelector("a.move") || event.button || !event.isPrimary || event.shiftKey || event.altKey) return;
    const touches = event.pointerType === "touch";
    hand = { card, touches, pointer: event.pointerId, x: event.clientX, y: event.clientY, startX: event.clientX, startY: event.clientY };
    if (touches) hand.timer = setTimeout(lift, PRESS);
    // From the first touch on nothing may move away under it.
    say("realign:hold");
  });
  document.addEventListener("pointermove", (event) => {
    if (event.pointerId !== hand?.pointer) return;
    Object.assign(hand, { x: event.clientX, y: event.clientY });
    if (hand.ghost) return follow();
    if (Math.hypot(hand.x - hand.startX, hand.y - hand.startY) < SLOP) return;
    if (hand.touches) return void letGo(); // it scrolls
    lift();
    hand.card.setPointerCapture(hand.pointer);
  });
  document.addEventListener("pointerup", (event) => event.pointerId === hand?.pointer && drop(letGo()));
  document.addEventListener("pointercancel", (event) => event.pointerId === hand?.pointer && letGo());
  addEventListener("blur", letGo);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !hand?.ghost) return;
    event.preventDefault();
    letGo();
  });
  document.addEventListener("touchmove", (event) => hand?.ghost && event.cancelable && event.preventDefault(), { passive: false });
  document.addEventListener("contextmenu", (event) => hand?.touches && event.preventDefault());
  document.addEventListener("dragstart", (event) => event.target.closest?.("#board li.card") && event.preventDefault());
}
