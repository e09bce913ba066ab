// The time that is left. The server's clock alone counts: each reply says what is left, and the page counts
// down by a clock that nobody can set, so a device with a wrong time shows the right one.
//
// The element: [data-clock] with data-remaining (ms). In it: [data-clock-time], a button [data-clock-say], a
// button [data-clock-hide], and [data-clock-status], which a screen reader speaks.

const SPOKEN = [30 * 60, 10 * 60, 5 * 60, 60, 30]; // seconds left at which it is said
const SHOWN_AGAIN = 5 * 60;
const CLOSING = 60;

export function inWords(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (seconds < 60) return `${seconds} ${seconds === 1 ? "second" : "seconds"}`;
  return `${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
}

export class Clock {
  constructor(element, ended) {
    this.element = element;
    this.ended = ended;
    this.end = null;
    this.over = false;
    this.last = Infinity;
    if (!element) return;
    this.time = element.querySelector("[data-clock-time]");
    this.status = element.querySelector("[data-clock-status]");
    this.hide = element.querySelector("[data-clock-hide]");
    this.hide.addEventListener("click", () => this.toggle());
    element.querySelector("[data-clock-say]").addEventListener("click", () => this.say(`${inWords(this.left())} left.`));
    element.hidden = false;
    const sentence = document.querySelector("[data-clock-sentence]"); // it says what was left when the page was made
    if (sentence) sentence.hidden = true;
    this.set(Number(element.dataset.remaining));
    this.last = this.left();
    setInterval(() => this.tick(), 500);
  }

  // What a reply says of the time.
  update({ remaining_ms: remaining, deadline }) {
    if (!this.element || deadline === undefined) return;
    if (deadline === null) {
      this.end = null;
      this.element.hidden = true;
      return;
    }
    this.set(remaining);
  }

  set(remaining) {
    this.end = performance.now() + remaining;
    if (remaining > 0) this.over = false;
    this.last = Math.max(this.last, this.left());
    this.draw();
  }

  left() {
    return this.end === null ? Infinity : Math.max(0, Math.ceil((this.end - performance.now()) / 1000));
  }

  tick() {
    if (this.end === null) return;
    const left = this.left();
    const passed = SPOKEN.find((mark) => left <= mark && this.last > mark);
    if (passed) this.say(`${inWords(left)} left.`);
    if (left <= SHOWN_AGAIN && this.last > SHOWN_AGAIN) this.show(true);
    this.last = left;
    this.draw();
    if (left === 0 && !this.over) {
      this.over = true;
      this.ended();
    }
  }

  draw() {
    const left = this.left();
    const minutes = Math.floor(left / 60);
    this.time.textContent = `${minutes}:${String(left % 60).padStart(2, "0")}`;
    this.element.classList.toggle("is-closing", left <= CLOSING);
  }

  say(text) {
    this.status.textContent = "";
    this.status.textContent = text;
  }

  toggle() {
    this.show(this.time.hidden);
  }

  show(shown) {
    this.time.hidden = !shown;
    this.hide.textContent = shown ? "Hide" : "Show";
    this.hide.setAttribute("aria-label", shown ? "Hide the time left" : "Show the time left");
  }
}
