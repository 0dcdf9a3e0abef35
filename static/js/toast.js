/* #messages: each [data-toast] goes after eight seconds, unless it says stay or somebody is reading it. */
const LIFE = 8000;
const region = document.getElementById("messages");
document.documentElement.classList.add("js");

const live = (toast) => {
  toast.querySelectorAll("[data-dismiss]").forEach((button) => (button.hidden = false));
  if (toast.dataset.toast === "stay" || toast.dataset.living) return;
  toast.dataset.living = "yes";
  let left = setTimeout(() => toast.remove(), LIFE);
  const hold = () => clearTimeout(left);
  const go = () => {
    hold();
    left = setTimeout(() => toast.remove(), LIFE);
  };
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("pointerleave", go);
  toast.addEventListener("focusout", go);
};

if (region) {
  region.querySelectorAll("[data-toast]").forEach(live);
  new MutationObserver(() => region.querySelectorAll("[data-toast]").forEach(live)).observe(region, { childList: true });
  region.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest("[data-toast]").remove());
}
