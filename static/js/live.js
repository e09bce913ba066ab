// A page that tells how people fare looks again by itself: <div data-live="10"> is replaced every 10 s by what the
// server says then. Without this module a header of the page does it. Where the focus was it stays.

const place = document.querySelector("[data-live]");
const every = 1000 * Number(place?.dataset.live ?? 0);
let left = { top: 0, id: "" };

async function look() {
  if (document.visibilityState !== "visible") return;
  const reply = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  const now = document.querySelector("[data-live]");
  if (!reply?.ok || reply.redirected) return now.classList.add("is-stale");
  const fresh = new DOMParser().parseFromString(await reply.text(), "text/html").querySelector("[data-live]");
  if (!fresh) return now.classList.add("is-stale");
  left = { top: now.querySelector("#live-rows")?.scrollLeft ?? 0, id: document.activeElement?.id ?? "" };
  now.replaceWith(fresh);
  const rows = fresh.querySelector("#live-rows");
  if (rows) rows.scrollLeft = left.top;
  if (left.id) document.getElementById(left.id)?.focus({ preventScroll: true });
}

if (every) setInterval(look, every);
