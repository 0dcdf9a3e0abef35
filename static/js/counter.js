/* [data-counter="id"] says how many characters are left, near the end only. The maxlength is lifted, because a
   browser would cut pasted words off without a word; over the limit the server answers with a sentence. */
const words = document.getElementById("words").dataset;
const limits = new WeakMap();
let later;

const limitOf = (area) => {
  if (!limits.has(area) && area.maxLength > 0) {
    limits.set(area, area.maxLength);
    area.removeAttribute("maxlength");
  }
  return limits.get(area);
};

const count = (area, line) => {
  const limit = limitOf(area);
  if (!limit) return;
  // The server counts a line break as two characters, as the form sends it.
  const left = limit - area.value.replace(/\n/g, "\r\n").length;
  line.hidden = left > Math.max(40, limit / 5);
  line.classList.toggle("over", left < 0);
  line.textContent = line.hidden ? "" : (left < 0 ? words.over : words.left).replace("%n", Math.abs(left));
};

const lineOf = (area) => area.id && document.querySelector(`[data-counter="${CSS.escape(area.id)}"]`);

document.addEventListener("focusin", (event) => {
  const line = event.target.matches("textarea") && lineOf(event.target);
  if (line) count(event.target, line);
});
document.addEventListener("input", (event) => {
  const line = event.target.matches("textarea") && lineOf(event.target);
  if (!line) return;
  clearTimeout(later);
  later = setTimeout(() => count(event.target, line), 250);
});
