// Boxes in rows and columns: arrows at the edge of the text move, and pasted rows fill them.

import { decimalOf } from "./answers.js";

function cellsOf(grid) {
  const rows = [...grid.querySelectorAll(".grid-row")].map((row) => [...row.querySelectorAll("input")]);
  return rows.filter((row) => row.length);
}

function placeOf(cells, input) {
  const row = cells.findIndex((inputs) => inputs.includes(input));
  return [row, cells[row].indexOf(input)];
}

// The step that a key asks for, or nothing: inside a text the arrows move the cursor as ever.
function stepOf(event) {
  const { value, selectionStart, selectionEnd } = event.target;
  const atStart = selectionStart === 0 && selectionEnd === 0;
  const atEnd = selectionStart === value.length && selectionEnd === value.length;
  const steps = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: atStart ? [0, -1] : null,
    ArrowRight: atEnd ? [0, 1] : null,
  };
  return event.altKey || event.ctrlKey || event.metaKey || event.shiftKey ? null : steps[event.key];
}

function move(cells, event) {
  const step = stepOf(event);
  if (!step) return;
  const [row, column] = placeOf(cells, event.target);
  const next = cells[row + step[0]]?.[column + step[1]];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.select();
}

// "1 2; 3 4", "[[1, 2], [3, 4]]", rows on lines, cells apart by tabs.
export function rowsOf(text, decimal = "point") {
  const inner = text.trim().replace(/^(np\.)?(array|matrix)?\(?\s*\[/, "[").replace(/\]\s*\)$/, "]");
  const bare = inner.replace(/\]\s*,?\s*\[/g, ";").replace(/[[\]()]/g, " ");
  const lines = bare.split(/[;\n\r]+/).filter((line) => line.trim());
  return lines.map((line) => {
    if (line.includes("\t")) return line.split("\t").map((cell) => cell.trim());
    const byComma = decimal === "point" && (/,\s|,$/.test(line) || !/\s/.test(line.trim()));
    return line.trim().split(byComma ? /\s*,\s*/ : /\s+/).filter(Boolean);
  });
}

function paste(cells, event) {
  const rows = rowsOf(event.clipboardData.getData("text/plain"), decimalOf(event.target.form));
  if (rows.length * (rows[0]?.length ?? 0) < 2) return; // one value: as in any box
  event.preventDefault();
  const [top, left] = placeOf(cells, event.target);
  // A column pasted into one row lies down in it.
  const lines = cells.length === 1 && rows.every((row) => row.length === 1) ? [rows.flat()] : rows;
  lines.forEach((line, i) =>
    line.forEach((text, j) => {
      const input = cells[top + i]?.[left + j];
      if (input) input.value = text;
    }),
  );
  event.target.dispatchEvent(new Event("input", { bubbles: true }));
}

for (const grid of document.querySelectorAll("[data-grid]")) {
  const cells = cellsOf(grid);
  // A head may hold a link: keys there are its own.
  const inBox = (act) => (event) => event.target.tagName === "INPUT" && act(cells, event);
  grid.addEventListener("keydown", inBox(move));
  grid.addEventListener("paste", inBox(paste));
}

for (const help of document.querySelectorAll("[data-grid-help]")) help.hidden = false;
