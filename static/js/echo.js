// "We read this as ...", while somebody types. The server reads; nothing is judged here.

import { csrfToken, decimalOf, valueOf } from "./answers.js";

const PAUSE = 250; // ms after the last key
const SPOKEN = 2000; // ms between two messages to a screen reader

function watch(form, part) {
  const output = part.querySelector("[data-echo]");
  if (!output) return;
  let timer = 0;
  let asked = 0;
  let spoken = 0;

  async function ask() {
    const turn = ++asked;
    const body = { part: part.dataset.part, value: valueOf(part), decimal: decimalOf(form) };
    try {
      const answer = await fetch(form.dataset.readUrl, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
        body: JSON.stringify(body),
      });
      if (!answer.ok) return;
      const told = await answer.json();
      // An older question may be answered after a newer one.
      if (turn === asked) show(told.html);
    } catch {
      // Without a network there is no echo; the answer is read when it is sent.
    }
  }

  // The region is silent for a moment after each message, or every key would be read out.
  function show(html) {
    const now = Date.now();
    const quiet = now - spoken < SPOKEN;
    output.setAttribute("aria-live", quiet ? "off" : "polite");
    if (!quiet) spoken = now;
    output.innerHTML = html;
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  }

  // What was wrong with the text before is not wrong with the new one.
  function forget() {
    for (const message of part.querySelectorAll(".field-error")) message.hidden = true;
    for (const field of part.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  }

  part.addEventListener("input", forget);
  part.addEventListener("input", later);
  for (const sign of form.querySelectorAll("[name=decimal]")) sign.addEventListener("change", later);
  // A page that tells what became of the answer tells also what it was read as.
  const isTold = document.querySelector("[data-focus-first]") !== null;
  if (!isTold && [valueOf(part)].flat(2).join("")) ask();
}

for (const form of document.querySelectorAll("[data-read-url]")) {
  for (const part of form.querySelectorAll("[data-part]")) watch(form, part);
}

// After a post the answer to it comes first: the verdict, or what could not be read.
document.querySelector("[data-focus-first]")?.focus();
