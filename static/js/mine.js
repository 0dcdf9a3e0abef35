/* What is mine and comes anew with the room ([hx-trigger*="live:"]) waits for as long as somebody is at it: nobody
   loses words, or the form that stands open. When they turn away it is fetched. */
const isAtIt = (place) =>
  place.querySelector("details[open]") ||
  place.contains(document.activeElement?.closest("textarea, input, select")) ||
  [...place.querySelectorAll("textarea, input[type=text]")].some((field) => field.value !== field.defaultValue);
const isLive = (config) => config?.triggeringEvent?.type.startsWith("live:");

for (const name of ["htmx:beforeRequest", "htmx:beforeSwap"]) {
  document.addEventListener(name, (event) => {
    const place = event.detail.target;
    if (!isLive(event.detail.requestConfig) || !place || !isAtIt(place)) return;
    if (name === "htmx:beforeSwap") event.detail.shouldSwap = false;
    else event.preventDefault();
    place.dataset.late = event.detail.requestConfig.triggeringEvent.type;
  });
}

const catchUp = (event) => {
  const place = event.target.closest?.("[data-late]");
  if (place) setTimeout(() => place.isConnected && !isAtIt(place) && document.body.dispatchEvent(new CustomEvent(place.dataset.late)), 200);
};
document.addEventListener("focusout", catchUp);
document.addEventListener("toggle", catchUp, true);
