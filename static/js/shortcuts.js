/* Keys. Ctrl or Cmd with Enter sends the form one is writing in, by its own first button. Single keys work outside
   fields and can be switched off in the dialog that `?` opens (WCAG 2.1.4): each stands on the page as
   [data-shortcut] with the keys, and goes to its href, focuses what data-focuses finds, or clicks what data-clicks finds. */
const OFF = "realign-keys-off";
const dialog = document.getElementById("shortcuts");
const box = dialog?.querySelector("[data-keys-on]");
const isOff = () => localStorage.getItem(OFF) === "yes";
let first = "";
let forgetting;

const ways = () => [...document.querySelectorAll("[data-shortcut]")];

const go = (way) => {
  if (way.dataset.clicks) return void document.querySelector(way.dataset.clicks)?.click();
  const field = way.dataset.focuses && [...document.querySelectorAll(way.dataset.focuses)].find((one) => one.checkVisibility());
  if (field) {
    field.focus();
    field.scrollIntoView({ block: "center", behavior: "instant" });
  } else if (way.getAttribute("href")) location.assign(way.getAttribute("href"));
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest?.("textarea, input")?.form;
    if (!form) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("button:not([type=button], [disabled])") ?? undefined);
    return;
  }
  const inField = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (inField || event.ctrlKey || event.metaKey || event.altKey || isOff() || document.querySelector("dialog[open]")) return;
  if (event.key === "?" && dialog) {
    event.preventDefault();
    dialog.showModal();
    return;
  }
  const keys = first + event.key;
  const way = ways().find((one) => one.dataset.shortcut === keys);
  clearTimeout(forgetting);
  first = "";
  if (way) {
    event.preventDefault();
    go(way);
  } else if (ways().some((one) => one.dataset.shortcut.startsWith(`${event.key} `))) {
    first = `${event.key} `;
    forgetting = setTimeout(() => (first = ""), 1500);
  }
});

if (box) {
  box.checked = !isOff();
  box.addEventListener("change", () => {
    if (box.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "yes");
  });
}
