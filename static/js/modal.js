/* a[data-modal] opens its page's #modal-body in the page's one dialog; without script it is a link. A form in it
   that succeeded answers with the event realign:done, which closes the dialog and gives focus back. */
const dialog = document.getElementById("modal");
let places = []; // the id of what was clicked, then of what it stands in, outwards

const around = (link) => {
  const ids = [];
  for (let one = link; one.id !== "main" && one.parentElement; one = one.parentElement) if (one.id) ids.push(one.id);
  return ids;
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-modal]");
  if (!link || !dialog || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  if (!dialog.open) {
    places = around(link);
    document.getElementById("modal-body").replaceChildren(); // what was refused must not show the one before
  }
  htmx.ajax("GET", link.getAttribute("href"), { target: "#modal-body", swap: "outerHTML" })
    .then(() => !dialog.open && document.getElementById("modal-body").childElementCount && dialog.showModal());
});
document.body.addEventListener("realign:done", () => dialog?.open && dialog.close());

/* What was clicked may be gone, because it is answered; then focus goes to the next thing in the same place. */
dialog?.addEventListener("close", () => {
  const still = places.map((id) => document.getElementById(id)).filter(Boolean);
  still.map((place) => (place.matches("a, button") ? place : place.querySelector("a, button"))).find(Boolean)?.focus();
});
