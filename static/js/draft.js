/* textarea[data-draft="key"] keeps what is being typed in this tab until it has been sent. The key carries the
   person's number, and signing out wipes every draft: a shared browser hands nobody's words to the next one. */
const PREFIX = "realign-draft:";
const person = document.body.dataset.person;
const words = document.getElementById("words").dataset;
const mine = `${PREFIX}${person}:`;
const sentKey = "realign-sent";
const keyOf = (area) => mine + area.dataset.draft;
const forget = (keys) => keys.forEach((key) => sessionStorage.removeItem(key));
const drafts = () => Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
const draftsOf = (form) => [...(form?.querySelectorAll?.("textarea[data-draft]") ?? [])].map(keyOf);

const restore = (root) => {
  let any = false;
  for (const area of root.querySelectorAll?.("textarea[data-draft]") ?? []) {
    const kept = sessionStorage.getItem(keyOf(area));
    if (kept && area.value === area.defaultValue && kept !== area.value) {
      area.value = kept;
      area.dispatchEvent(new Event("input", { bubbles: true }));
      any = true;
    }
  }
  if (any) document.dispatchEvent(new CustomEvent("realign:say", { detail: words.restored }));
};

/* A plain form's words were taken if the next page is ours and complains of nothing. The sign-in page means that the
   session had ended: then nothing was taken, and nothing is forgotten. */
const sent = JSON.parse(sessionStorage.getItem(sentKey) ?? "[]");
sessionStorage.removeItem(sentKey);
if (person && !document.querySelector("[data-focus], [data-refused]")) forget(sent);

if (person) {
  forget(drafts().filter((key) => !key.startsWith(mine)));
  restore(document);
  document.addEventListener("htmx:afterSettle", (event) => restore(event.detail.elt));
  document.addEventListener("input", (event) => {
    if (!event.target.matches("textarea[data-draft]")) return;
    if (event.target.value.trim()) sessionStorage.setItem(keyOf(event.target), event.target.value);
    else sessionStorage.removeItem(keyOf(event.target));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { requestConfig, xhr } = event.detail;
    const toSignIn = xhr?.getResponseHeader("HX-Redirect")?.includes("next=");
    const taken = xhr?.status >= 200 && xhr.status < 400;
    if (taken && !toSignIn && requestConfig?.verb !== "get") forget(draftsOf(requestConfig?.elt));
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-sign-out]")) forget(drafts());
    else if (!event.defaultPrevented && event.target.method === "post")
      sessionStorage.setItem(sentKey, JSON.stringify(draftsOf(event.target)));
  });
}
