/* htmx and the page: where focus goes after a swap, and what is said when a request fails. */
const words = document.getElementById("words")?.dataset ?? {};

const say = (sentence, { stay = false } = {}) => {
  const region = document.getElementById("messages");
  if (!region || !sentence) return;
  if ([...region.querySelectorAll("p")].some((said) => said.textContent === sentence)) return;
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.dataset.toast = stay ? "stay" : "";
  toast.append(Object.assign(document.createElement("p"), { textContent: sentence }));
  region.append(toast);
};

/* A form that came back with faults takes focus, so that nobody has to hunt for what is wrong. */
const focusIn = (root) => {
  const wants = root.matches?.("[data-focus]") ? root : root.querySelector?.("[data-focus]");
  wants?.focus({ preventScroll: false });
};

/* Other files ask for a sentence with an event; they import nothing, so that each can be served under its own hash. */
document.addEventListener("realign:say", (event) => say(event.detail));
focusIn(document);
document.addEventListener("htmx:afterSettle", (event) => focusIn(event.detail.elt));
document.addEventListener("htmx:sendError", () => say(words.offline));
document.addEventListener("htmx:timeout", () => say(words.offline));
document.addEventListener("htmx:responseError", () => say(words.broken, { stay: true }));

/* A busy button says so and takes no second click; without script the server makes one row of two anyway. */
const busy = (event, on) => {
  const button = event.detail.requestConfig?.triggeringEvent?.submitter;
  if (!button) return;
  if (on) button.setAttribute("aria-busy", "true");
  else button.removeAttribute("aria-busy");
};
document.addEventListener("htmx:beforeSend", (event) => busy(event, true));
document.addEventListener("htmx:afterRequest", (event) => busy(event, false));
document.addEventListener("htmx:beforeRequest", (event) => {
  const button = event.detail.requestConfig?.triggeringEvent?.submitter;
  if (button?.getAttribute("aria-busy") === "true") event.preventDefault();
});
