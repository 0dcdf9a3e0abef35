/* #messages: each [data-toast] goes after eight seconds, unless it says stay, or somebody is reading it, or a dialog
   stands before it. Ctrl or Cmd with Z presses the newest one's Undo, unless something is being written. */
const LIFE = 8000;
const region = document.getElementById("messages");
document.documentElement.classList.add("js");

const live = (toast) => {
  toast.querySelectorAll("[data-dismiss]").forEach((button) => (button.hidden = false));
  const words = toast.querySelector("p")?.textContent;
  const twin = [...region.querySelectorAll("[data-toast]")].find((other) => other !== toast && other.querySelector("p")?.textContent === words);
  if (twin && toast.dataset.toast === "stay") return twin.remove();
  if (toast.dataset.toast === "stay" || toast.dataset.living) return;
  toast.dataset.living = "yes";
  let left;
  const wait = () => {
    clearTimeout(left);
    left = setTimeout(() => (toast.matches(":hover, :focus-within") || document.querySelector("dialog[open]") ? wait() : toast.remove()), LIFE);
  };
  toast.addEventListener("pointerleave", wait);
  toast.addEventListener("focusout", wait);
  wait();
};

if (region) {
  region.querySelectorAll("[data-toast]").forEach(live);
  new MutationObserver(() => region.querySelectorAll("[data-toast]").forEach(live)).observe(region, { childList: true });
  region.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest("[data-toast]").remove());
  /* Undone, or too late: either way the server has said so. */
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.xhr?.status) event.detail.elt.closest?.("#messages [data-toast]")?.remove();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
    const button = [...region.querySelectorAll("form button")].at(-1);
    if (button) event.preventDefault();
    button?.click();
  });
}
