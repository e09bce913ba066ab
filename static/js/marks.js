// Marks by the keyboard: a letter marks a question and goes on to the next. Without this module the same is
// done with Tab and the arrows.

const form = document.querySelector("[data-marks]");

function choice(row) {
  return row.querySelector(".mark-choice input:checked") ?? row.querySelector(".mark-choice input");
}

function goTo(row) {
  (row ? choice(row) : form.querySelector(".marks-end button")).focus();
}

function toAnswer(row) {
  const details = row.querySelector("details.mark-typed");
  if (details) details.open = true;
  row.querySelector(".mark-typed :is(input, select, textarea)")?.focus();
}

function show(row) {
  const mark = row.querySelector(".mark-choice input:checked")?.value ?? "";
  row.querySelector(".mark-more").hidden = !["partly", "wrong"].includes(mark);
  row.querySelector(".mark-more label:has([name^='s.'])").hidden = mark !== "partly";
}

function watch(row, next) {
  row.querySelector(".mark-choice").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const option = row.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!option) return;
    event.preventDefault();
    option.checked = true;
    show(row);
    if (option.value === "") toAnswer(row);
    else goTo(next);
  });
  row.addEventListener("change", () => show(row));
  // Enter in a one-line answer goes on to the next question; the last one saves.
  row.querySelector(".mark-typed").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT" || !next) return;
    event.preventDefault();
    const box = next.querySelector("div.mark-typed input");
    if (box) box.focus();
    else goTo(next);
  });
  show(row);
}

if (form) {
  const rows = [...form.querySelectorAll("[data-row]")];
  rows.forEach((row, at) => watch(row, rows[at + 1]));
  form.querySelector("[data-keys-help]").hidden = false;
  if (!document.querySelector("[data-focus-first]")) goTo(rows[0]);
}
