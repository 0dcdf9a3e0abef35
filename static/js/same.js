/* input[data-same]: what is typed in one stands in the others of that name too, as long as they said the same before. */
const before = new WeakMap();
const alike = (input) => document.querySelectorAll(`input[data-same][name="${CSS.escape(input.name)}"]`);

document.addEventListener("focusin", (event) => {
  if (event.target.matches("input[data-same]")) before.set(event.target, event.target.value);
});
document.addEventListener("input", (event) => {
  const input = event.target;
  if (!input.matches("input[data-same]")) return;
  for (const other of alike(input)) if (other.value === (before.get(input) ?? "")) other.value = input.value;
  before.set(input, input.value);
});
