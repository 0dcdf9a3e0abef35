/* #live[data-live] keeps the page as the room is: one stream of server-sent events, read with fetch, because an
   EventSource hides why it was refused and gives up on a server that restarts.
   An event's name is the id of the element it is about. Its elements take the place of those with their id; one that
   is new is added to the element the event is named after. An event without content is only told, as `live:<name>`.
   `over` needs nothing more: the server ends the stream with it, and says why when it is asked again. */
const place = document.getElementById("live");
const QUIET = 40_000; // ms without even a heartbeat: the line is dead, whatever the network says
const NOTICE = 1500; // ms before anybody is troubled with "reconnecting"
const said = document.getElementById("live-said");
let seen = place?.dataset.seen;
let waiting = null; // what arrives while a card is being dragged
let stop, wait, notice;
let moved = false; // the room went on, and somebody types here

const show = (which) => {
  for (const line of place.querySelectorAll("[data-when]")) line.hidden = line.dataset.when !== which;
};

const tell = (name, detail) => document.body.dispatchEvent(new CustomEvent(`live:${name}`, { detail }));

const nameOf = (one) => one.id || one.getAttribute("href") || one.textContent.trim();

/* What somebody has opened stays open, and where the focus was it stays. */
const swap = (old, fresh) => {
  const open = [...old.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent.trim());
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(fresh);
  for (const summary of fresh.querySelectorAll("details > summary")) {
    if (open.includes(summary.textContent.trim())) summary.parentElement.open = true;
  }
  if (!focused) return;
  const like = [fresh, ...fresh.querySelectorAll(focused.localName)].find((one) => nameOf(one) === nameOf(focused));
  like?.focus({ preventScroll: true });
};

const announcements = new Set();
let saying;
const announce = (name, element, isNew) => {
  const heading = element.querySelector?.("h2")?.textContent.trim();
  if (element.dataset.aloud) announcements.add(element.dataset.aloud);
  else if (isNew) announcements.add(said.dataset.new);
  else if (heading && !name.startsWith("cards-")) announcements.add(said.dataset.changed.replace("%s", heading));
  clearTimeout(saying);
  saying = setTimeout(() => {
    said.textContent = [...announcements].join(". ");
    announcements.clear();
  }, 700);
};

const put = (name, html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const fresh of [...template.content.children]) {
    const old = fresh.id && document.getElementById(fresh.id);
    if (old?.outerHTML === fresh.outerHTML) continue;
    if (old) swap(old, fresh);
    else if (fresh.id) {
      const home = document.getElementById(name);
      if (!home || fresh.tagName !== "LI") continue;
      fresh.classList.add("new");
      home.append(fresh);
      fresh.addEventListener("animationend", () => fresh.classList.remove("new"), { once: true });
    }
    htmx.process(fresh);
    announce(name, fresh, !old);
  }
};

/* Nobody is taken away from what they are typing; everybody else goes along with the room. */
const isTyping = () =>
  [...document.querySelectorAll("main textarea, main input[type=text], dialog[open] input")].some((field) => field.value !== field.defaultValue) ||
  document.querySelector("dialog[open]");
let leaving = 0; // when somebody set out for another page themselves
addEventListener("beforeunload", () => (leaving = Date.now()));
const follow = () => {
  if (Date.now() - leaving < 3000) return;
  if (isTyping()) {
    moved = true;
    show("moved");
  } else location.replace(location.pathname + (location.search.includes("view=projector") ? "?view=projector" : ""));
};

const take = (name, data, id) => {
  if (waiting) return void waiting.push([name, data, id]);
  if (name === "room") {
    if (data !== place.dataset.phase) setTimeout(follow, Math.random() * 500);
  } else if (name === "reload") follow();
  else if (data) put(name, data);
  if (name !== "presence") tell(name);
  if (id) seen = place.dataset.seen = id;
};

/* A card in somebody's hand is not taken out of it: what comes meanwhile waits. */
document.addEventListener("realign:hold", () => (waiting ??= []));
document.addEventListener("realign:release", () => {
  const held = waiting ?? [];
  waiting = null;
  held.forEach((event) => take(...event));
});

const parse = (block) => {
  let name = "message", id = "";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice(7);
    else if (line.startsWith("data: ")) data.push(line.slice(6));
    else if (line.startsWith("id: ")) id = line.slice(4);
    else if (line.startsWith("retry: ")) wait = Number(line.slice(7));
  }
  if (block.includes("event: ")) take(name, data.join("\n"), id);
};

const over = (which) => {
  stop?.abort();
  stop = null;
  clearTimeout(notice);
  show(which);
};

const listen = async () => {
  const mine = (stop = new AbortController());
  let quiet;
  const alive = () => {
    clearTimeout(quiet);
    quiet = setTimeout(() => mine.abort(), QUIET);
  };
  try {
    alive();
    const answer = await fetch(place.dataset.live, {
      headers: { Accept: "text/event-stream", "Last-Event-ID": seen }, signal: mine.signal, cache: "no-store", redirect: "error",
    });
    if (answer.status === 401) return over("signed-out");
    if (answer.status === 403 || answer.status === 404) return over("closed");
    if (answer.status === 204) return;
    if (answer.status !== 200) throw new Error(answer.status);
    clearTimeout(notice);
    notice = null;
    place.dataset.state = "live";
    show(moved ? "moved" : "");
    wait = 400;
    tell("clock", answer.headers.get("date"));
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      alive();
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      blocks.forEach(parse);
      tell("any");
    }
  } catch {
    /* The line broke; below we try again. */
  } finally {
    clearTimeout(quiet);
  }
  if (stop !== mine) return; // the tab was hidden, or it is over
  place.dataset.state = "lost";
  notice ??= setTimeout(() => show("lost"), NOTICE);
  const pause = wait * (0.5 + Math.random());
  wait = Math.min(wait * 2, 3000);
  setTimeout(() => stop === mine && listen(), pause);
};

const begin = () => {
  wait = 400;
  listen();
};
const rest = () => {
  const old = stop;
  stop = null;
  old?.abort();
};

if (place) {
  /* A hidden tab gives its connection back: browsers share six among all tabs of a site. */
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) rest();
    else if (!stop) begin();
  });
  addEventListener("pagehide", rest);
  addEventListener("online", () => {
    rest();
    if (!document.hidden) begin();
  });
  if (!document.hidden) begin();
}
