// What the person was told beforehand that the page notes: that the page was left, how many characters were
// pasted. Never a text, a key or another window. Which kinds, stands in data-watch; none of it is scored.

const MOST = 50;

export function watch(kinds) {
  const wanted = new Set(kinds.split(" ").filter(Boolean));
  let seen = [];
  let left = 0;

  function note(kind, more = {}) {
    if (wanted.has(kind) && seen.length < MOST) seen.push({ kind, ...more });
  }

  if (wanted.size) {
    window.addEventListener("blur", () => {
      left = performance.now();
      note("blur");
    });
    window.addEventListener("focus", () => note("focus", { ms: left ? Math.round(performance.now() - left) : 0 }));
    window.addEventListener("offline", () => note("offline"));
    window.addEventListener("resize", () => note("resize"));
    document.addEventListener("copy", () => note("copy"));
    document.addEventListener("paste", (event) =>
      note("paste", { characters: event.clipboardData?.getData("text").length ?? 0 }),
    );
  }

  // What was seen since the last time somebody took it.
  return () => {
    const taken = seen;
    seen = [];
    return taken;
  };
}
