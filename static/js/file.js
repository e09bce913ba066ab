// A file to be mended, in a text area: a way back to the file as it was given, and lines that keep their indentation.
// Tab leaves the area as it leaves any other field. Without this module the area is a plain one.

function enhance(file) {
  const area = file.querySelector("textarea");
  const reset = file.querySelector("[data-file-reset]");
  const given = file.querySelector("[data-file-given]").textContent;

  // Text that is put in like this can be taken back with Ctrl-Z.
  function insert(text) {
    area.focus();
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  function settle() {
    reset.disabled = area.value === given;
  }

  reset.addEventListener("click", () => {
    area.select();
    insert(given);
    area.setSelectionRange(0, 0);
    area.scrollTop = 0;
    settle();
  });
  area.addEventListener("input", settle);
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const before = area.value.slice(0, area.selectionStart);
    const indent = before.slice(before.lastIndexOf("\n") + 1).match(/^ */)[0];
    if (!indent) return;
    event.preventDefault();
    insert(`\n${indent}`);
  });
  reset.hidden = false;
  settle();
}

for (const file of document.querySelectorAll("[data-file]")) enhance(file);
