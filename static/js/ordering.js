// A list to put in order: buttons, and dragging for those who like it. The selects stay the form fields.

const NUMBERS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

function place(at) {
  return NUMBERS[at] ?? `number ${at + 1}`;
}

function enhance(list) {
  const status = list.parentElement.querySelector("[data-ordering-status]");
  let dragged = null;

  const items = () => [...list.children];
  const textOf = (item) => item.querySelector(".ordering-text").textContent.trim();

  // Write the order that is seen into the fields that are sent.
  function settle() {
    items().forEach((item, at, all) => {
      item.querySelector("select").value = String(at + 1);
      item.querySelector(".ordering-number").textContent = `${at + 1}.`;
      item.querySelector('[data-move="-1"]').disabled = at === 0;
      item.querySelector('[data-move="1"]').disabled = at === all.length - 1;
    });
  }

  function tell(item) {
    settle();
    for (const other of items()) other.classList.toggle("is-moved", other === item);
    status.textContent = `${textOf(item)} is now ${place(items().indexOf(item))} of ${items().length}.`;
    item.querySelector("select").dispatchEvent(new Event("input", { bubbles: true }));
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const item = button.closest("li");
    if (button.dataset.move === "-1") item.previousElementSibling?.before(item);
    else item.nextElementSibling?.after(item);
    tell(item);
    // Moving a node drops the focus; at an end its button is off, so the other one takes it.
    (button.disabled ? item.querySelector("[data-move]:not(:disabled)") : button).focus();
  });

  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("li");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", textOf(dragged));
    dragged.classList.add("is-dragged");
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("li");
    if (!dragged || !over || over.parentElement !== list) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    if (over !== dragged) over[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", () => {
    dragged.classList.remove("is-dragged");
    tell(dragged);
    dragged = null;
  });

  list.closest("fieldset").querySelector(".field-hint").textContent = "First on top. Move the lines up and down, or drag them.";
  list.classList.add("ordering-live");
  for (const item of items()) item.draggable = true;
  settle();
}

for (const list of document.querySelectorAll("[data-ordering]")) enhance(list);
