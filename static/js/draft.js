/* What is being typed into a form stays in this tab until the form has been taken: through a reload, a phase that moves
   on, a lost session, a lost network. A form goes by data-draft, or by where it is sent. The key carries the person's
   number, and signing out wipes every draft: a shared browser hands nobody's words to the next one. */
const PREFIX = "realign-draft:";
const person = document.body.dataset.person;
const words = document.getElementById("words").dataset;
const mine = `${PREFIX}${person}:`;
const sentKey = "realign-sent";
const here = () => location.pathname + location.search;
const drafts = () => Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
const forget = (keys) => keys.forEach((key) => sessionStorage.removeItem(key));
const TEXT = "textarea, input:is([type=text], [type=url], [type=email], :not([type]))";

const isDraft = (form) => form?.matches?.("form") && form.method === "post" && form.querySelector(TEXT);
const keyOf = (form) => {
  const { pathname, search } = new URL(form.getAttribute("action") || location, location);
  return mine + (form.dataset.draft || pathname + search);
};
/* A card that is saved while it is typed: save it now. */
const again = (form) => form.querySelector("textarea")?.dispatchEvent(new CustomEvent("realign:again"));

/* Name and place: the same name may stand there several times. */
const fieldsOf = (form) => {
  const seen = {};
  const typed = [...form.elements].filter((field) => field.name && !/^(submit|button|file|password|fieldset)$/.test(field.type));
  return typed.map((field) => [field, `${field.name}:${(seen[field.name] = (seen[field.name] ?? -1) + 1)}`]);
};
const isTick = (field) => /^(checkbox|radio)$/.test(field.type);
const valueOf = (field) => (isTick(field) ? field.checked : field.value);
const isNew = (field) =>
  isTick(field) ? field.checked !== field.defaultChecked
  : field.options ? [...field.options].some((one) => one.selected !== one.defaultSelected) && field.selectedIndex > 0
  : field.type !== "hidden" && field.value !== field.defaultValue;

const keep = (form) => {
  const fields = fieldsOf(form);
  if (!fields.some(([field]) => field.matches(TEXT) && isNew(field))) return forget([keyOf(form)]);
  // The version comes along: what was typed over words that have changed since must not take their place unseen.
  const typed = fields.filter(([field]) => isNew(field) || field.name === "version");
  sessionStorage.setItem(keyOf(form), JSON.stringify(Object.fromEntries(typed.map(([field, at]) => [at, valueOf(field)]))));
};

const bringBack = (form) => {
  const kept = JSON.parse(sessionStorage.getItem(keyOf(form)) ?? "null");
  const fields = fieldsOf(form);
  if (!kept || fields.some(([field]) => field.matches(TEXT) && isNew(field))) return false;
  const differ = fields.filter(([field, at]) => at in kept && valueOf(field) !== kept[at]);
  if (!differ.some(([field]) => field.matches(TEXT))) {
    forget([keyOf(form)]);
    return false;
  }
  for (const [field, at] of differ) {
    if (isTick(field)) field.checked = kept[at];
    else field.value = kept[at];
  }
  for (let fold = form.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  for (let fold of form.querySelectorAll("details")) fold.open ||= differ.some(([field]) => fold.contains(field));
  differ.filter(([field]) => field.matches(TEXT)).forEach(([field]) => field.dispatchEvent(new Event("input", { bubbles: true })));
  setTimeout(again, 1000, form);
  return true;
};

const restore = (root) => {
  const forms = root.querySelectorAll ? [root, ...root.querySelectorAll("form")].filter(isDraft) : [];
  if (forms.map(bringBack).some(Boolean)) document.dispatchEvent(new CustomEvent("realign:say", { detail: words.restored }));
};

/* A plain form's words were taken if another page of ours comes next and complains of nothing. The sign-in page means
   that the session had ended, and the way back that the network had: then nothing was taken, and nothing is forgotten. */
const [from, sent] = JSON.parse(sessionStorage.getItem(sentKey) ?? "[null, null]");
const said = document.querySelector("#messages [data-toast]");
const cameBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward" || (from === here() && !said);
if (person && sent) {
  sessionStorage.removeItem(sentKey);
  if (!cameBack && !document.querySelector("[data-focus], [data-refused]")) forget([sent]);
}

if (person) {
  forget(drafts().filter((key) => !key.startsWith(mine)));
  restore(document);
  document.addEventListener("htmx:afterSettle", (event) => restore(event.detail.elt));
  document.addEventListener("input", (event) => isDraft(event.target.form) && keep(event.target.form));
  document.addEventListener("htmx:afterRequest", (event) => {
    const { requestConfig, xhr } = event.detail;
    const form = requestConfig?.elt?.closest?.("form");
    const toSignIn = xhr?.getResponseHeader("HX-Redirect")?.includes("next=");
    if (!isDraft(form) || requestConfig.verb === "get" || toSignIn || !(xhr?.status >= 200 && xhr.status < 400)) return;
    // What was saved while typing is safe as far as it went; what was typed since is not.
    const { elt, parameters } = requestConfig;
    const saved = parameters.autosave && xhr.status === 200 && elt.value === parameters[elt.name];
    if (elt === form || saved) forget([keyOf(form)]);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-sign-out]")) forget(drafts());
    else if (!event.defaultPrevented && isDraft(event.target)) sessionStorage.setItem(sentKey, JSON.stringify([here(), keyOf(event.target)]));
  });
  /* Back on the network, or signed in again, what could not be saved while typing is saved now. */
  const saveAll = () => {
    [...document.querySelectorAll("form[data-draft]")].filter((form) => sessionStorage.getItem(keyOf(form))).forEach(again);
  };
  addEventListener("online", saveAll);
  document.body.addEventListener("realign:signed-in", saveAll);
}
