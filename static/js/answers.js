// What stands in a form, in the shape that the server reads: one value for each part.

// A text, a list of texts or rows of texts, as data-shape of the part says.
export function valueOf(part) {
  const name = `a.${part.dataset.part}`;
  const fields = [...part.querySelectorAll("input, select, textarea")].filter((field) => field.name.startsWith(name));
  switch (part.dataset.shape) {
    case "row":
    case "matching":
      return fields.map((field) => field.value);
    case "rows":
      return rowsOf(fields);
    case "choice":
      return fields.find((field) => field.checked)?.value ?? "";
    case "choices":
      return fields.filter((field) => field.checked).map((field) => field.value);
    case "ordering":
      return orderOf(fields);
    default:
      return fields[0]?.value ?? "";
  }
}

// Cells are named a.part.ROW.COLUMN; a given cell has no field and stays empty.
function rowsOf(fields) {
  const rows = [];
  let width = 0;
  for (const field of fields) {
    const [row, column] = field.name.split(".").slice(-2).map(Number);
    (rows[row] ??= [])[column] = field.value;
    width = Math.max(width, column + 1);
  }
  return Array.from(rows, (row) => Array.from({ length: width }, (_, column) => row?.[column] ?? ""));
}

function orderOf(selects) {
  const places = selects.map(() => "");
  for (const select of selects) {
    const at = Number(select.value) - 1;
    if (select.value && !places[at]) places[at] = select.name.split(".").pop();
  }
  return places;
}

export function answersOf(form) {
  const parts = form.querySelectorAll("[data-part]");
  return Object.fromEntries([...parts].map((part) => [part.dataset.part, valueOf(part)]));
}

// Whether the form stands as the server sent it. Somebody may type before the scripts are there.
export function isUntouched(form) {
  return [...form.querySelectorAll("[data-part] :is(input, textarea, select), [name=decimal]")].every((field) => {
    if (field.matches("select")) return field.selectedIndex === (field.querySelector("[selected]")?.index ?? 0);
    if (field.matches("[type=radio], [type=checkbox]")) return field.checked === field.defaultChecked;
    return field.value === field.defaultValue;
  });
}

export function decimalOf(form) {
  return form.querySelector("[name=decimal]:checked")?.value ?? "point";
}

export function csrfToken() {
  return document.querySelector("meta[name=csrf-token]").content;
}
