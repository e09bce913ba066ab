// Why an answer could not be read: what the server wrote of it, put at its box and on top of the form.

export function clearFaults(form) {
  for (const old of form.querySelectorAll(".field-error, .error-summary")) old.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

// told: {summary_html, fields: name -> {html, input}}. The focus goes to the summary.
export function showFaults(form, told) {
  clearFaults(form);
  for (const [name, fault] of Object.entries(told.fields)) {
    const part = form.querySelector(`[data-part="${name}"]`);
    const line = fragment(fault.html);
    const echo = part.querySelector("[data-echo]");
    if (echo) {
      echo.replaceChildren(); // it would say the same again
      echo.before(line);
    } else part.append(line);
    for (const field of part.querySelectorAll("input, textarea, select")) describe(field, `${fault.input}-fault`);
  }
  form.prepend(fragment(told.summary_html));
  form.querySelector(".error-summary")?.focus();
}

function describe(field, id) {
  const before = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one && one !== id);
  field.setAttribute("aria-describedby", [id, ...before].join(" "));
  field.setAttribute("aria-invalid", "true");
}

function fragment(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  return made.content;
}
