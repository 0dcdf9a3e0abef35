/* textarea[data-autogrow] grows with its text where the browser has no field-sizing of its own. */
if (!CSS.supports("field-sizing", "content")) {
  const grow = (area) => {
    area.style.blockSize = "auto";
    area.style.blockSize = `${area.scrollHeight + 2}px`;
  };
  document.addEventListener("input", (event) => event.target.matches("textarea[data-autogrow]") && grow(event.target));
  document.querySelectorAll("textarea[data-autogrow]").forEach(grow);
}
