/* [data-signed-out] stands in #messages while nobody is signed in here. Once somebody has signed in in another tab and
   comes back, the page takes over the new session's token, and what was typed can be sent. Whoever it is must be who
   wrote: to somebody else the page is not theirs, and it is loaded anew. */
const person = document.body.dataset.person;

const signIn = async () => {
  const notes = document.querySelectorAll("[data-signed-out]");
  if (document.hidden || !notes.length) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
  if (!fresh.dataset.person) return;
  if (fresh.dataset.person !== person) return location.reload();
  const token = fresh.getAttribute("hx-headers");
  document.body.setAttribute("hx-headers", token);
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = JSON.parse(token)["X-CSRFToken"];
  notes.forEach((note) => note.remove());
  document.body.dispatchEvent(new CustomEvent("realign:signed-in"));
};
addEventListener("focus", signIn);
document.addEventListener("visibilitychange", signIn);
