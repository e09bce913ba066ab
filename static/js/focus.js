// Where the keyboard stands when a page opens: at what went wrong or was judged, else, after an answer,
// at the next question. Without this module the browser begins at the top, which is only longer.

const first = document.querySelector("[data-focus-first]");

function cameFromTheAttempt() {
  try {
    return new URL(document.referrer).pathname.startsWith("/t/");
  } catch {
    return false; // opened by hand, or the page before did not say what it was
  }
}

if (first) first.focus();
else if (cameFromTheAttempt()) document.querySelector("#question-title")?.focus({ preventScroll: true });
