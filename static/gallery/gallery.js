// Finding questions in the index, and keys to turn pages with. The pages work without it.
// No module: browsers load modules from servers alone, and the gallery is opened as files.
"use strict";

(() => {
  const filter = document.querySelector("[data-filter]");
  const questions = [...document.querySelectorAll("[data-question]")];

  function fits(question, wanted) {
    const { text = "", types = "", skill = "", bad } = question.dataset;
    return (
      wanted.words.every((word) => text.includes(word)) &&
      (!wanted.type || types.split(" ").includes(wanted.type)) &&
      (!wanted.skill || skill === wanted.skill) &&
      (!wanted.bad || bad !== undefined)
    );
  }

  function show() {
    const given = new FormData(filter);
    const wanted = {
      words: given.get("q").toLowerCase().split(/\s+/).filter(Boolean),
      type: given.get("type"),
      skill: given.get("skill"),
      bad: given.get("bad"),
    };
    let found = 0;
    for (const question of questions) {
      question.hidden = !fits(question, wanted);
      if (!question.hidden) found += 1;
    }
    for (const group of document.querySelectorAll("[data-group]")) {
      group.hidden = !group.querySelector("[data-question]:not([hidden])");
    }
    document.querySelector("[data-nothing]").hidden = found > 0;
    document.querySelector("[data-found]").textContent =
      found === questions.length ? `${found} questions` : `${found} of ${questions.length} questions`;
    // What is looked for stands in the address: it can be sent to somebody, and survives the way back.
    const address = new URLSearchParams([...given].filter(([, value]) => value));
    history.replaceState(null, "", address.size ? `?${address}` : location.pathname);
  }

  function startFilter() {
    for (const [name, value] of new URLSearchParams(location.search)) {
      const field = filter.elements[name];
      if (field?.type === "checkbox") field.checked = true;
      else if (field) field.value = value;
    }
    filter.hidden = false;
    filter.addEventListener("input", show);
    filter.addEventListener("submit", (event) => event.preventDefault());
    filter.addEventListener("reset", () => setTimeout(show));
    show();
  }

  // A question that was scrolled to stands so far below the upper edge, or less.
  const MARGIN = 64;

  function step(by) {
    const tops = questions.map((question) => question.getBoundingClientRect().top);
    // The one that is read is the last whose top has been passed.
    const at = tops.filter((top) => top < MARGIN).length - 1;
    const next = questions[Math.max(0, Math.min(questions.length - 1, at + by))];
    next.scrollIntoView();
    next.focus({ preventScroll: true });
    history.replaceState(null, "", `#${next.id}`);
  }

  function turn(rel) {
    const link = document.querySelector(`a[rel=${rel}]`);
    if (link) location.href = link.href;
  }

  function openAll() {
    const samples = [...document.querySelectorAll(".gallery-sample")];
    const open = samples.some((sample) => !sample.open);
    for (const sample of samples) sample.open = open;
  }

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    n: () => turn("next"),
    p: () => turn("prev"),
    o: openAll,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    if (event.key === "/") {
      event.preventDefault();
      if (filter) filter.elements.q.focus();
      else location.href = document.querySelector(".brand").href;
    } else if (!filter) KEYS[event.key]?.();
  });

  if (filter) startFilter();
  for (const line of document.querySelectorAll("[data-keys]")) line.hidden = false;
})();
