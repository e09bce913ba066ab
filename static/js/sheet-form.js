// The form for a printed set: what will be on it is shown while it is filled in, and skills can be searched.
// Without this module a button shows the same.

import { csrfToken } from "./answers.js";

const PAUSE = 300; // ms after the last change

function preview(form) {
  const shown = form.querySelector("[data-preview]");
  const button = form.querySelector("[data-preview-button]");
  let timer = 0;
  let asked = 0;

  async function ask() {
    const turn = ++asked;
    const body = new FormData(form);
    try {
      const answer = await fetch(button.formAction, {
        method: "POST",
        headers: { "X-CSRFToken": csrfToken(), "X-Part": "preview" },
        body,
      });
      if (!answer.ok) return;
      const told = await answer.json();
      // An older question may be answered after a newer one.
      if (turn === asked) shown.innerHTML = told.html;
    } catch {
      // Without a network the last preview stays; the form itself still works.
    }
  }

  button.hidden = true;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
}

// Fields that belong to another source are out of the way.
function sources(form) {
  const parts = [...form.querySelectorAll("[data-source]")];
  const show = () => {
    const chosen = form.querySelector("[name=source]:checked")?.value;
    for (const part of parts) part.hidden = part.dataset.source !== chosen;
  };
  form.addEventListener("change", show);
  show();
}

function search(form) {
  const box = form.querySelector("[data-skill-search]");
  const none = form.querySelector("[data-skill-none]");
  const areas = [...form.querySelectorAll(".skill-tree > li")];
  box.hidden = false;
  // Typing here changes nothing of the set.
  box.addEventListener("input", (event) => {
    event.stopPropagation();
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (text) => words.every((word) => text.toLowerCase().includes(word));
    let any = false;
    for (const area of areas) {
      const inName = fits(area.querySelector("summary").textContent);
      let inside = false;
      for (const skill of area.querySelectorAll("[data-skill]")) {
        skill.hidden = !(inName || fits(skill.textContent));
        inside ||= !skill.hidden;
      }
      area.hidden = !inside;
      any ||= inside;
      if (words.length) area.querySelector("details").open = inside;
    }
    none.hidden = any;
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}

// All of an area stands for each of its skills.
function wholeAreas(form) {
  for (const area of form.querySelectorAll("[data-area]")) {
    const skills = [...area.closest("ul").querySelectorAll("[data-skill] input")];
    const show = () => {
      for (const skill of skills) skill.disabled = area.checked;
    };
    area.addEventListener("change", show);
    show();
  }
}

const form = document.querySelector("[data-sheet-form]");
if (form) {
  sources(form);
  search(form);
  wholeAreas(form);
  preview(form);
}
