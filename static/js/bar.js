/* The facilitator's bar. What comes anew is compared with what came before: a part that is the same is left alone, so
   nothing moves under a pointer; one that changed keeps what was opened in it, and focus. [data-lines] shows one line
   after the other; [data-fold] folds the bar on a narrow screen, and the page remembers. */
const came = new Map(); // id → what the server sent, without the token that differs each time
const plain = (part) => part.outerHTML.replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1");
const narrow = matchMedia("(max-width: 61.99rem)");

const show = (lines, step) => {
  const all = [...lines.querySelectorAll(".says > *")];
  const at = (all.findIndex((line) => !line.hidden) + step + all.length) % all.length;
  all.forEach((line, n) => (line.hidden = n !== at));
  lines.querySelector("[data-nth]").textContent = at + 1;
};

const fold = (bar, folded) => {
  const button = bar.querySelector("[data-fold]");
  bar.classList.toggle("folded", folded);
  button.setAttribute("aria-expanded", String(!folded));
  button.textContent = folded ? button.dataset.more : button.dataset.less;
};

const isFolded = () => narrow.matches && sessionStorage.getItem("bar") !== "open";

const ready = (root) => {
  for (const hidden of root.querySelectorAll("[data-which]")) hidden.hidden = false;
};

const begin = (bar) => {
  const button = bar?.querySelector("[data-fold]");
  if (!button) return; // still the place where the bar will be
  for (const part of bar.querySelectorAll("[id^=bar-]")) came.set(part.id, plain(part));
  ready(bar);
  button.hidden = false;
  fold(bar, isFolded());
};
begin(document.getElementById("bar"));
document.addEventListener("htmx:load", ({ detail: { elt } }) => elt.id === "bar" && begin(elt));

document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const old = detail.target;
  const fresh = detail.fragment.firstElementChild;
  if (!old.closest("#bar") || !fresh) return;
  const now = plain(fresh);
  if (came.get(old.id) === now) {
    detail.shouldSwap = false;
    return;
  }
  came.set(old.id, now);
  ready(fresh);
  const held = old.contains(document.activeElement);
  setTimeout(() => {
    /* htmx gives focus back by id; where that control is gone, the first one of its part takes it. */
    if (held && document.activeElement === document.body) document.getElementById(old.id)?.querySelector("button, a")?.focus({ preventScroll: true });
  });
});

document.addEventListener("click", ({ target }) => {
  const step = target.closest("[data-line]");
  if (step) show(step.closest("[data-lines]"), Number(step.dataset.line));
  const folder = target.closest("[data-fold]");
  if (folder) {
    const bar = document.getElementById(folder.dataset.fold);
    fold(bar, !bar.classList.contains("folded"));
    sessionStorage.setItem("bar", bar.classList.contains("folded") ? "folded" : "open");
  }
});
narrow.addEventListener("change", () => {
  const bar = document.getElementById("bar");
  if (bar?.querySelector("[data-fold]")) fold(bar, isFolded());
});
