/* Ctrl or Cmd with Enter sends the form one is writing in, by its own first button. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  const form = event.target.closest?.("textarea, input")?.form;
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("button:not([type=button], [disabled])") ?? undefined);
});
