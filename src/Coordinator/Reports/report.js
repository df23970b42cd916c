"use strict";

// Light and dark: what the reader chose, otherwise what the system says.
const root = document.documentElement;
document.getElementById("theme").addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});

// Copy a digest; where the clipboard is closed to pages, select it instead.
for (const button of document.querySelectorAll(".copy")) {
  button.addEventListener("click", async () => {
    const code = button.previousElementSibling;
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

// In the confusion matrix, mark the labels of the cell under the pointer.
const matrix = document.querySelector(".matrix");
for (const type of ["mouseover", "mouseout"]) {
  matrix?.addEventListener(type, (event) => {
    const cell = event.target.closest("tbody td");
    if (!cell) return;
    const heads = [matrix.tHead.rows[1].cells[cell.cellIndex], cell.parentElement.cells[0]];
    for (const head of heads) head.classList.toggle("on", type === "mouseover");
  });
}
