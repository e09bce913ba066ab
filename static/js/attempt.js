// Saves what stands in the form of a question while it is written.
//
// The form: <form data-answers data-draft-url="..." data-seq="3">. The line: [data-save-line].
// A save is PUT {"seq", "answers", "decimal"}; the reply is {"saved_seq", "saved_at"}. At most one is
// under way, and the newest text wins. Nothing is asked when the page is left: what is saved is safe,
// and the last words go out with the page.

import { answersOf, csrfToken, decimalOf } from "./answers.js";

const PAUSE = 600; // ms after the last key
const MAX_WAIT = 30_000; // ms between two tries without a network
const PROBLEM = {
  403: "Not saved: copy your text and reload the page.",
  409: "Not saved: this question has been answered in another tab.",
  413: "Not saved: this is too long.",
  422: "Not saved: this is too long.",
};

class Drafts {
  constructor(form, line) {
    this.form = form;
    this.line = line;
    this.seq = Number(form.dataset.seq || 0);
    this.kept = this.text();
    this.timer = 0;
    this.tries = 0;
    this.busy = false;
    this.closed = false;
  }

  text() {
    return JSON.stringify({ answers: answersOf(this.form), decimal: decimalOf(this.form) });
  }

  say(kind, text) {
    if (!this.line) return;
    this.line.dataset.state = kind;
    this.line.textContent = text;
  }

  later(wait = PAUSE) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  async save() {
    if (this.busy || this.closed || this.text() === this.kept) return;
    this.busy = true;
    this.say("saving", "Saving …");
    const text = this.text();
    try {
      this.told(await this.put(text), text);
    } catch {
      this.failed();
    }
    this.busy = false;
    if (this.tries === 0 && !this.closed && this.text() !== this.kept) this.later();
  }

  put(text, keepalive = false) {
    this.seq += 1;
    return fetch(this.form.dataset.draftUrl, {
      method: "PUT",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify({ seq: this.seq, ...JSON.parse(text) }),
      keepalive,
    });
  }

  async told(reply, text) {
    if (reply.ok) {
      this.tries = 0;
      this.kept = text;
      const at = (await reply.json().catch(() => ({}))).saved_at;
      this.say("saved", `Saved ${clock(at ? new Date(at) : new Date())}`);
    } else if (reply.status in PROBLEM) {
      // Trying again changes nothing, until the text changes.
      this.closed = reply.status === 409;
      this.kept = text;
      this.say("refused", PROBLEM[reply.status]);
    } else {
      this.failed();
    }
  }

  failed() {
    this.tries += 1;
    this.say("unsaved", navigator.onLine ? "Not saved yet; trying again." : "Not saved: you are offline.");
    this.later(Math.min(MAX_WAIT, 1000 * 2 ** this.tries));
  }

  // The page goes away: one more save that outlives it.
  leave() {
    if (this.closed || this.text() === this.kept) return;
    clearTimeout(this.timer);
    const text = this.text();
    this.put(text, true).then(
      (reply) => this.told(reply, text),
      () => this.failed(),
    );
    this.kept = text;
  }
}

function clock(time) {
  return time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

function watch(form) {
  const drafts = new Drafts(form, document.querySelector("[data-save-line]"));
  form.addEventListener("input", () => drafts.later());
  form.addEventListener("change", () => drafts.later());
  form.addEventListener("focusout", () => drafts.save());
  window.addEventListener("online", () => drafts.later(0));
  window.addEventListener("pagehide", () => drafts.leave());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") drafts.save();
  });
  form.addEventListener("submit", (event) => {
    // The answer holds the whole text, so nothing is left to save; a second click sends nothing.
    if (drafts.sent) event.preventDefault();
    drafts.sent = drafts.closed = true;
    clearTimeout(drafts.timer);
  });
  // Back from the next page by the browser's own button: the form is alive again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) drafts.sent = drafts.closed = false;
  });
}

for (const form of document.querySelectorAll("form[data-draft-url]")) watch(form);
