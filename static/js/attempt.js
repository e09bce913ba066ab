// An attempt: what is typed is kept on this device, then saved; an answer is sent once, also after an hour
// without a network; one tab writes at a time, and another one can take over.
//
// The form: <form data-answers data-attempt="/t/AID" data-slot="SLOT" data-seq="3" data-beat="15" data-watch="blur ...">
// Around it: [data-save-line], [data-clock], [data-notices], [data-banner], [data-ask-again] (hidden).
// Without this module each Answer is a post of the form, and nothing typed since the last one is kept.

import { answersOf, decimalOf, isUntouched } from "./answers.js";
import { call, randomId } from "./calls.js";
import { Clock } from "./clock.js";
import { clearFaults, showFaults } from "./faults.js";
import { watch as watchIntegrity } from "./integrity.js";
import { drop, entriesOf, keep } from "./local.js";

const PAUSE = 600; // ms after the last key
const MAX_WAIT = 30_000; // ms between two tries without a network
const GRACE = 16_000; // ms after the end, until the server has closed the attempt
const REFUSED = {
  403: "Not saved: copy your text and reload the page.",
  413: "Not saved: this is too long.",
  422: "Not saved: this is too long.",
};

function stored(name) {
  try {
    return sessionStorage.getItem(name) ?? "";
  } catch {
    return ""; // storage is switched off: a reload asks for the lease anew
  }
}

function store(name, value) {
  try {
    sessionStorage.setItem(name, value);
  } catch {
    // as above
  }
}

function tabId() {
  const known = stored("quizengine.tab");
  if (known) return known;
  const made = randomId();
  store("quizengine.tab", made);
  return made;
}

class Sitting {
  constructor(form) {
    this.form = form;
    this.attempt = form.dataset.attempt;
    this.slotUrl = `${this.attempt}/slots/${form.dataset.slot}`;
    this.key = `${this.attempt}/${form.dataset.slot}`;
    this.line = document.querySelector("[data-save-line]");
    this.seq = Number(form.dataset.seq || 0);
    this.old = entriesOf(this.attempt); // read before anything is kept: what an earlier page left
    this.text = isUntouched(form) ? this.read() : "";
    this.saved = this.text; // what the server has
    this.lease = stored(`quizengine.lease.${this.attempt}`);
    this.waiting = null; // an answer on its way: {key, dont_know}
    this.entry = null;
    this.keeping = Promise.resolve(true); // whether the last change is on this device
    this.busy = this.stopped = this.claiming = this.ready = false;
    this.leasing = null; // the question for the lease, while it is under way
    this.timer = this.tries = 0;
    this.offlineSince = null; // when the network went away
    this.notice = Number(form.dataset.notice || 0); // the last notice that was shown
    this.contact = performance.now();
    this.takeSeen = watchIntegrity(form.dataset.watch ?? "");
    this.clock = new Clock(document.querySelector("[data-clock]"), () => this.timeIsOver());
    this.changed();
  }

  read() {
    return JSON.stringify({ answers: answersOf(this.form), decimal: decimalOf(this.form) });
  }

  say(kind, text) {
    if (!this.line || (this.line.dataset.state === kind && this.line.textContent === text)) return;
    this.line.dataset.state = kind;
    this.line.textContent = text;
  }

  // The first call after a time without a network tells how long that was.
  async send(method, url, body, options = {}) {
    const offline = this.offlineSince === null ? 0 : Math.round(performance.now() - this.offlineSince);
    const whole = { lease: this.lease, offline_ms: offline, ...body };
    try {
      const reply = await call(method, url, whole, { tokenUrl: `${this.attempt}/token`, ...options });
      this.offlineSince = null;
      this.contact = performance.now();
      if (reply.body.server_now) this.hear(reply.body);
      return reply;
    } catch (error) {
      this.offlineSince ??= performance.now();
      throw error;
    }
  }

  hear(told) {
    this.clock.update(told);
    for (const notice of told.notices ?? []) {
      if (notice.id <= this.notice) continue;
      this.notice = notice.id;
      const list = document.querySelector("[data-notices]");
      if (!list) continue;
      list.append(Object.assign(document.createElement("li"), { textContent: notice.text }));
      list.hidden = false;
    }
    // An answer that was the last one says itself where to go.
    if (!told.next && told.state !== "in_progress") this.goOn(this.attempt);
  }

  goOn(url) {
    if (this.left) return;
    this.stopped = this.left = true;
    location.assign(url);
  }

  reload() {
    this.stopped = true;
    location.reload();
  }

  // ---- the lease: this tab writes, or shows what is written elsewhere

  async begin(take = false) {
    if (this.claiming) return;
    this.claiming = true;
    this.leasing = this.claim(take);
    const held = await this.leasing;
    this.claiming = false;
    if (!held) return;
    this.ready = true;
    if (!this.waiting) await this.recover(held.saved_seq);
    if (this.text !== this.saved) this.later(0);
  }

  // What the server says of the lease, if this page has it and shows what waits.
  async claim(take) {
    let reply;
    try {
      reply = await this.send("POST", `${this.attempt}/lease`, { tab: tabId(), take });
    } catch {
      return this.failed();
    }
    const told = reply.body;
    if (reply.status === 409 && told.reason === "lease_held") return this.readOnly(told.where);
    if (reply.status === 409) return this.goOn(this.attempt);
    if (reply.status !== 200) return undefined;
    this.lease = told.lease;
    store(`quizengine.lease.${this.attempt}`, this.lease);
    if (told.slot !== this.form.dataset.slot && !this.waiting) return this.goOn(`${this.attempt}/q`);
    // Something was saved after what stands here: it is shown as every draft is, and this text beside it.
    if (take || told.saved_seq > (this.entry ? this.entry.base : this.seq)) return this.reload();
    return told;
  }

  readOnly(where) {
    this.stopped = true;
    clearTimeout(this.timer);
    this.form.inert = true;
    this.say("elsewhere", "Continued elsewhere");
    const words = where && this.text === this.saved
      ? `This attempt is open ${where === "another tab" ? "in" : "on"} ${where}. Here you see it, there it is written.`
      : "This attempt was continued in another tab or on another device. What you typed here is still on this page.";
    // The form stays shut until the page shows what was written elsewhere.
    this.banner(words, "Continue here", () => {
      this.stopped = false;
      this.begin(true);
    });
  }

  banner(words, label, act) {
    const place = document.querySelector("[data-banner]");
    if (!place) return;
    const text = Object.assign(document.createElement("span"), { textContent: words });
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button button-small", textContent: label });
    button.addEventListener("click", () => {
      place.hidden = true;
      act();
    });
    place.setAttribute("role", "alert");
    place.replaceChildren(text, button);
    place.hidden = false;
  }

  // ---- what an earlier page of this attempt left on this device

  async recover(savedSeq) {
    const old = await this.old;
    this.old = [];
    for (const entry of old) {
      if (entry.key === this.key) await this.recoverHere(entry, savedSeq);
      else if (entry.commit) await this.resend(entry);
      else await drop(entry.key);
    }
    if (!this.stopped && this.seq < savedSeq) this.seq = savedSeq;
  }

  async recoverHere(entry, savedSeq) {
    if (entry.commit) {
      this.entry = entry;
      this.seq = Math.max(entry.seq, savedSeq);
      this.waiting = entry.commit;
      this.lock(true);
      return this.deliver();
    }
    if (entry.saved || entry.text === this.text) return this.entry ? undefined : drop(entry.key);
    if (entry.base >= savedSeq && !this.entry) return this.restore(entry, Math.max(entry.seq, savedSeq + 1));
    // Another device went on from here, or the person did: both texts are shown, they choose.
    const answers = Object.values(JSON.parse(entry.text).answers).flat(2).join("  ");
    this.banner(`This device has another version of your answer: ${answers}`, "Use this one", () =>
      this.restore(entry, this.seq + 1),
    );
  }

  // The server has it first, then the page shows it as it shows every draft.
  async restore(entry, seq) {
    const reply = await this.send("PUT", `${this.slotUrl}/draft`, { seq, ...body(entry.text) }).catch(() => null);
    if (!reply) return this.failed();
    await drop(entry.key);
    if (reply.status === 200) this.reload();
  }

  async resend(entry) {
    const url = `${this.attempt}/slots/${entry.key.slice(this.attempt.length + 1)}/commit`;
    const reply = await this.send("POST", url, answer(entry), { key: entry.commit.key }).catch(() => null);
    if (reply) await drop(entry.key);
  }

  // ---- drafts

  later(wait = PAUSE) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.waiting ? this.deliver() : this.save()), wait);
  }

  changed() {
    if (this.stopped || this.waiting) return;
    const text = this.read();
    if (text === this.text) return;
    this.text = text;
    this.seq += 1;
    const base = this.entry ? this.entry.base : this.seq - 1;
    this.entry = { key: this.key, attempt: this.attempt, seq: this.seq, base, text, saved: false, commit: null };
    this.keeping = keep(this.entry);
    this.later(this.tries ? Math.min(MAX_WAIT, 1000 * 2 ** this.tries) : PAUSE);
  }

  async save() {
    this.changed();
    if (this.busy || this.stopped || this.waiting) return;
    if (!this.ready) return this.begin();
    if (this.text === this.saved) return this.tries ? this.beat() : undefined;
    this.busy = true;
    this.say("saving", "Saving …");
    const { seq, text } = this.entry;
    try {
      await this.kept(await this.send("PUT", `${this.slotUrl}/draft`, { seq, ...body(text) }), seq, text);
    } catch {
      this.failed();
    }
    this.busy = false;
    if (this.tries === 0 && !this.stopped && this.text !== this.saved) this.later();
  }

  async kept(reply, seq, text) {
    if (reply.status === 200) {
      this.tries = 0;
      this.saved = text;
      if (this.entry?.seq === seq) {
        Object.assign(this.entry, { saved: true, base: seq });
        await keep(this.entry);
      }
      this.say("saved", `Saved ${time(new Date(reply.body.saved_at))}`);
    } else if (reply.status === 409) {
      this.outOfTurn(reply.body);
    } else if (reply.status >= 500) {
      this.failed();
    } else {
      // Trying again changes nothing, until the text changes.
      this.saved = text;
      this.say("refused", REFUSED[reply.status] ?? REFUSED[403]);
    }
  }

  outOfTurn(told) {
    // It may be this very tab that asked twice, before and after a reload: then it is given again.
    if (told.reason === "lease_lost") return this.begin();
    if (told.reason === "stale" || told.reason === "seq_conflict") {
      // Somebody else's text has this number: it is kept, and this one comes after it.
      this.seq = (told.saved_seq ?? this.seq) + 1;
      if (this.entry) Object.assign(this.entry, { seq: this.seq });
      return this.later(0);
    }
    this.stopped = true;
    this.say("refused", "Not saved: this question has been answered elsewhere.");
    this.banner("This question has its answer already. Your text was kept apart.", "Go on", () => this.goOn(this.attempt));
  }

  async failed() {
    this.tries += 1;
    this.offlineSince ??= performance.now();
    this.later(Math.min(MAX_WAIT, 1000 * 2 ** this.tries) * (0.75 + Math.random() / 2));
    const text = this.waiting ? "Offline: 1 answer waits on this device" : "Offline: kept on this device";
    // Said when it is true.
    const kept = await this.keeping;
    if (this.tries) this.say("offline", kept ? text : "Not saved: you are offline. Copy your text.");
  }

  async beat() {
    if (this.stopped || this.busy || this.waiting) return;
    if (!this.ready) return this.begin();
    const visible = document.visibilityState === "visible";
    const reply = await this.send("POST", `${this.attempt}/beat`, { visible, seen: this.notice, events: this.takeSeen() }).catch(() => null);
    if (!reply) return this.failed();
    if (reply.status !== 200) return;
    const wasAway = this.tries > 0;
    this.tries = 0;
    if (reply.body.lease === "lost") return this.begin();
    if (this.text !== this.saved) this.later(0);
    else if (wasAway) this.say("saved", "Connected again. Everything is saved.");
  }

  // The page goes away, or is hidden: one more save that outlives it.
  leave() {
    this.changed();
    if (this.stopped || this.waiting || !this.ready || this.text === this.saved) return;
    clearTimeout(this.timer);
    const { seq, text } = this.entry;
    const options = { keepalive: true };
    this.send("PUT", `${this.slotUrl}/draft`, { seq, ...body(text) }, options).then(
      (reply) => this.kept(reply, seq, text),
      () => this.failed(),
    );
  }

  timeIsOver() {
    this.say("closing", "Time is over. What stands here is being saved.");
    this.save();
    setTimeout(() => this.clock.over && this.goOn(this.attempt), GRACE);
  }

  // ---- the answer

  async commit(dontKnow) {
    if (this.stopped || this.waiting) return;
    this.changed();
    if (!dontKnow && !Object.values(answersOf(this.form)).flat(2).join("").trim()) return this.askAgain();
    clearTimeout(this.timer);
    this.waiting = { key: randomId(), dont_know: dontKnow };
    this.entry = { key: this.key, attempt: this.attempt, seq: this.seq, base: this.seq, text: this.text, saved: false, commit: this.waiting };
    this.lock(true);
    this.keeping = keep(this.entry);
    await this.keeping;
    await this.deliver();
  }

  askAgain() {
    const asked = document.querySelector("[data-ask-again]");
    asked.hidden = false;
    asked.focus();
  }

  lock(locked) {
    this.form.inert = locked;
  }

  async deliver() {
    if (this.delivering) return;
    this.delivering = true;
    this.say("saving", "Sending your answer …");
    try {
      await this.leasing;
      if (this.stopped) return this.takeBack();
      await this.delivered(await this.send("POST", `${this.slotUrl}/commit`, answer(this.entry), { key: this.waiting.key }));
    } catch {
      this.failed();
    } finally {
      this.delivering = false;
    }
  }

  // Another place has the attempt: the text stays on the page, the answer is not on its way any more.
  async takeBack() {
    this.waiting = null;
    this.entry = { ...this.entry, commit: null };
    await keep(this.entry);
  }

  async delivered({ status, body: told }) {
    if (status === 200 && told.outcome !== "unreadable") {
      await drop(this.key);
      return this.goOn(told.next);
    }
    if (status >= 500) return this.failed();
    this.waiting = null;
    this.tries = 0;
    this.lock(false);
    this.entry = { ...this.entry, commit: null };
    await keep(this.entry);
    if (status === 200) this.unreadable(told);
    else if (status === 409) this.outOfTurn(told);
    else this.say("refused", REFUSED[status] ?? REFUSED[403]);
  }

  unreadable(told) {
    if (told.must_skip) return this.reload();
    this.seq = Math.max(this.seq, told.saved_seq);
    this.saved = this.text;
    Object.assign(this.entry, { seq: this.seq, base: this.seq, saved: true });
    this.say("saved", "Not readable yet. Nothing was scored.");
    showFaults(this.form, told);
  }
}

function body(text) {
  const { answers, decimal } = JSON.parse(text);
  return { answers, reading: { decimal } };
}

function answer(entry) {
  return { seq: entry.seq, dont_know: entry.commit.dont_know, client_ms: Math.round(performance.now()), ...body(entry.text) };
}

function time(at) {
  return at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

function watch(form) {
  const sitting = new Sitting(form);
  const rhythm = Number(form.dataset.beat) * 1000;
  form.addEventListener("input", () => sitting.changed());
  form.addEventListener("change", () => sitting.changed());
  form.addEventListener("focusout", () => sitting.save());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    document.querySelector("[data-ask-again]").hidden = true;
    clearFaults(form);
    sitting.commit(event.submitter?.name === "dont_know");
  });
  window.addEventListener("online", () => sitting.later(0));
  window.addEventListener("offline", () => sitting.failed());
  window.addEventListener("pagehide", () => sitting.leave());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") sitting.leave();
    else sitting.beat();
  });
  // Only what neither the server nor this device would have is asked about.
  window.addEventListener("beforeunload", (event) => {
    if (sitting.tries && !sitting.stopped) event.preventDefault();
  });
  // Back from the next page by the browser's own button: what waits now is shown.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  setInterval(() => performance.now() - sitting.contact >= rhythm && sitting.beat(), rhythm / 3);
  sitting.begin();
}

for (const form of document.querySelectorAll("form[data-attempt]")) watch(form);
