/* [data-ends] counts down to its instant, by the server's clock: the stream's answer says what time it is there
   (`live:clock`), so a wrong clock here shows the right minutes. Nothing is read aloud each second; the last minute and
   the end are said once. [data-since] counts whole minutes up. */
const said = document.getElementById("live-said");
let ahead = 0; // ms that the server's clock is ahead of this one
let before = { ends: 0, left: 0 };

const clock = (seconds) => {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, String(seconds % 60).padStart(2, "0")];
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
};

const write = (element, words) => {
  if (element && words !== undefined && element.textContent !== words) element.textContent = words;
};

/* Only whoever saw it run hears that it ends: a page that is opened afterwards says nothing. */
const announce = (timer, left) => {
  const ends = timer.dataset.ends;
  if (before.ends === ends && before.left > 60 && left <= 60 && left > 0) write(said, timer.dataset.soon);
  if (before.ends === ends && before.left > 0 && left <= 0) {
    document.dispatchEvent(new CustomEvent("realign:say", { detail: timer.dataset.over }));
  }
  before = { ends, left };
};

const tick = () => {
  const now = Date.now() + ahead;
  for (const one of document.querySelectorAll("[data-ends]")) {
    const left = Math.ceil((Date.parse(one.dataset.ends) - now) / 1000);
    const { left: words, up, finish } = one.dataset;
    write(one.querySelector("time"), left > 0 ? clock(left) : up);
    write(one.querySelector("small"), left > 0 ? words : finish);
    one.classList.toggle("over", left <= 0);
    if (one.id === "timer") announce(one, left);
  }
  for (const one of document.querySelectorAll("[data-since]")) {
    const minutes = Math.max(0, Math.floor((now - Date.parse(one.dataset.since)) / 60_000));
    write(one, one.dataset.says.replace("%s", minutes));
  }
};

if (said) {
  setInterval(tick, 1000);
  for (const name of ["live:timer", "htmx:load"]) document.body.addEventListener(name, tick);
  document.body.addEventListener("live:clock", (event) => {
    const there = Date.parse(event.detail); // to the second, and some time on its way
    if (Math.abs(there - Date.now()) < 5000) ahead = 0;
    else if (there) ahead = there - Date.now();
    tick();
  });
  tick();
}
