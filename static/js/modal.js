/* a[data-modal] opens its page's #modal-body in the page's one dialog; without script it is a link. A form in it
   that succeeded answers with the event realign:done, which closes the dialog and gives focus back. */
const dialog = document.getElementById("modal");
let places = []; // the id of what was clicked, then of what it stands in, outwards

const around = (link) => {
  const ids = [];
  for (let one = link; one.id !== "main" && one.parentElement; one = one.parentElement) if (one.id) ids.push(one.id);
  return ids;
};

/* Closed by a slip with words in it, it keeps them: the same link shows them again. */
let shown = "";
const holdsWords = () =>
  [...dialog.querySelectorAll("textarea, input:not([type=hidden], [type=radio], [type=checkbox])")].some((field) => field.value !== field.defaultValue);

const open = async (href) => {
  if (href === shown && !dialog.open && holdsWords()) return void dialog.showModal();
  shown = href;
  if (!dialog.open) document.getElementById("modal-body").replaceChildren(); // what was refused must not show the one before
  // From the dialog itself: htmx lets requests from one and the same element wait for each other.
  await htmx.ajax("GET", href, { source: dialog, target: "#modal-body", swap: "outerHTML" });
  if (dialog.open || !document.getElementById("modal-body").childElementCount) return;
  const heading = dialog.querySelector("h1, h2");
  if (heading) dialog.setAttribute("aria-label", heading.textContent.trim());
  dialog.showModal();
  // Arrow keys go on from what is chosen.
  if (document.activeElement.matches("[type=radio]")) dialog.querySelector("[type=radio]:checked")?.focus();
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-modal]");
  if (!link || !dialog || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  if (!dialog.open) places = around(link);
  open(link.getAttribute("href"));
});
/* An answer may ask for what comes next: a name for the theme that two cards have just made. */
document.body.addEventListener("realign:open", (event) => {
  places = ["themes"];
  if (dialog) open(event.detail.value);
});
document.body.addEventListener("realign:done", () => dialog?.open && dialog.close());

/* What was clicked may be gone, because it is answered; then focus goes to the next thing in the same place. */
dialog?.addEventListener("close", () => {
  if (holdsWords()) document.dispatchEvent(new CustomEvent("realign:say", { detail: document.getElementById("words").dataset.held }));
  const inside = (place) =>
    place.matches("a, button") ? place : place.querySelector(`a[href="${CSS.escape(shown)}"]`) ?? place.querySelector("a, button, [tabindex]");
  const still = places.map((id) => document.getElementById(id)).filter(Boolean);
  still.map(inside).find(Boolean)?.focus();
});
