/* a[data-modal] opens its page's #modal-body in the page's one dialog; without script it is a link. A form in it
   that succeeded answers with the event realign:done, which closes the dialog and gives focus back. */
const dialog = document.getElementById("modal");
let opener;

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-modal]");
  if (!link || !dialog || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  opener = link.id || link.closest("[id]")?.id;
  htmx.ajax("GET", link.getAttribute("href"), { target: "#modal-body", swap: "outerHTML" })
    .then(() => !dialog.open && dialog.showModal());
});
document.body.addEventListener("realign:done", () => dialog?.open && dialog.close());
dialog?.addEventListener("close", () => document.getElementById(opener)?.querySelector("a, button")?.focus());
