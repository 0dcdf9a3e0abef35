/* button[data-copy="id"] copies the value of that field and says so; hidden where the browser does not let it. */
for (const button of document.querySelectorAll("button[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  if (!field || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    await navigator.clipboard.writeText(field.value);
    document.dispatchEvent(new CustomEvent("realign:say", { detail: button.dataset.copied }));
  });
}
