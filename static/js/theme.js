// Light, dark or as the device has it: applied at once, stored by the form's own post.

const form = document.querySelector("[data-theme-switch]");

form?.addEventListener("submit", (event) => {
  const chosen = event.submitter?.value;
  if (!chosen) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  // Stored first: if that fails the form is sent in the old way, which shows the error.
  fetch(form.action, { method: "POST", body, redirect: "manual" })
    .then((answer) => (answer.type === "opaqueredirect" ? show(chosen) : form.submit()))
    .catch(() => show(chosen));
});

function show(chosen) {
  const root = document.documentElement;
  root.classList.remove("theme-light", "theme-dark");
  if (chosen !== "system") root.classList.add(`theme-${chosen}`);
  document.querySelector("meta[name=color-scheme]").content = chosen === "system" ? "light dark" : chosen;
  for (const button of form.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.value === chosen));
  }
}
