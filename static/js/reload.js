// A page that tells how far something is looks again by itself while it is seen.

const EVERY = 2000; // ms

if (document.querySelector("[data-reload]")) {
  setInterval(() => {
    if (document.visibilityState === "visible") location.reload();
  }, EVERY);
}
