// Whether this device does what a test needs, told on the page and to nobody else.
//
// <ul data-device="URL of the echo" hidden> with <li data-check="kept|server|signs|editor">, each with a
// .device-sign and a [data-said]. A check resolves to what is said, or throws what is to be done.

import { call, randomId } from "./calls.js";
import { drop, entriesOf, keep } from "./local.js";

const PATIENCE = 10_000; // ms for the editor to come

const CHECKS = {
  async kept() {
    const attempt = `try/${randomId()}`;
    const lasts = await keep({ key: attempt, attempt, seq: 0, text: "{}", saved: false, commit: null });
    const found = await entriesOf(attempt);
    await drop(attempt);
    if (!lasts || found.length !== 1)
      throw "no. A private window, or a setting of the browser: what you type goes to the server all the same, but is lost if the connection breaks and you close the page";
    return "yes";
  },
  async server() {
    const started = performance.now();
    await call("POST", list.dataset.device, { part: "", value: "", decimal: "point" }).catch(() => {
      throw "no. Look after the connection before you start";
    });
    return `yes, after ${Math.max(1, Math.round(performance.now() - started))} ms`;
  },
  async signs() {
    const faces = await document.fonts.load('1em "Quiz Math"', "∑").catch(() => []);
    if (!faces.length) throw "in another font than ours; they can be read, and look different";
    return "yes";
  },
  async editor() {
    const until = performance.now() + PATIENCE;
    while (!document.querySelector(".cm-editor")) {
      if (performance.now() > until) throw "no. You type queries into a plain box, which does as well";
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return "yes";
  },
};

const list = document.querySelector("[data-device]");

for (const item of list?.querySelectorAll("[data-check]") ?? []) {
  const tell = (state, sign) => (said) => {
    item.dataset.state = state;
    item.querySelector(".device-sign").textContent = sign;
    item.querySelector("[data-said]").textContent = `: ${said}`;
  };
  CHECKS[item.dataset.check]().then(tell("good", "✓"), tell("poor", "!"));
}
if (list) list.hidden = false;
