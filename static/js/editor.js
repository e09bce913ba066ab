// The SQL editor: CodeMirror over <textarea data-editor="sql">, which stays the form field.
//
// Attributes of the textarea, all optional:
//   data-schema   JSON, table name -> list of column names, for completion
//   data-confirm  the question asked before Ctrl-Enter answers
//   placeholder, readonly, disabled, aria-label, aria-describedby  are taken over
// The form's answer button is [data-answer-button], else its first submit button.
// Every change is put into the textarea at once and told by an "input" event. Who sets the
// textarea's value dispatches "editor:refresh" on it afterwards.

const BUNDLE = "../vendor/codemirror-6.0.2/codemirror.js";
const REMEMBERED = "quizengine.plain-text-box";
const DEFAULT_QUESTION = "Answer with this query? It cannot be changed afterwards.";

const THEME = {
  "&": { color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "0.95rem" },
  "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--font-code, monospace)", lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { minHeight: "9em", padding: "0.5rem 0", caretColor: "var(--text)" },
  ".cm-gutters": { color: "var(--muted)", backgroundColor: "transparent", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  ".cm-placeholder": { color: "var(--muted)" },
  "&.cm-focused .cm-matchingBracket": {
    backgroundColor: "transparent",
    outline: "1px solid var(--accent)",
  },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "transparent" },
  ".cm-tooltip": { color: "var(--text)", backgroundColor: "var(--surface)", border: "1px solid var(--border)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    color: "var(--surface)",
    backgroundColor: "var(--accent)",
  },
};

function remembersPlain() {
  try {
    return localStorage.getItem(REMEMBERED) === "yes";
  } catch {
    return false; // storage is switched off: the choice lasts as long as the page
  }
}

function remember(plain) {
  try {
    localStorage.setItem(REMEMBERED, plain ? "yes" : "no");
  } catch {
    // as above
  }
}

function schemaOf(area) {
  try {
    return JSON.parse(area.dataset.schema || "{}");
  } catch {
    return {}; // only completion is lost
  }
}

function labelOf(area) {
  return area.getAttribute("aria-label") || area.labels[0]?.textContent.trim() || "SQL query";
}

function answerButton(form) {
  return form.querySelector("[data-answer-button]") || form.querySelector("button:not([type]), [type=submit]");
}

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text || "";
  return made;
}

function button(className, text, value) {
  const made = element("button", className, text);
  made.type = "button";
  made.value = value || "";
  return made;
}

// Ask, and answer only when told to: a key pressed by mistake must not end the question.
function confirmAndAnswer(area) {
  const form = area.form;
  const submit = form && answerButton(form);
  if (!submit || submit.disabled || document.querySelector("dialog.answer-dialog[open]")) return true;
  const dialog = element("dialog", "answer-dialog");
  const question = element("p", "answer-dialog-question", area.dataset.confirm || DEFAULT_QUESTION);
  const yes = button("button button-primary", submit.textContent.trim() || "Answer", "answer");
  const no = button("button", "Keep editing", "");
  const row = element("div", "answer-dialog-buttons");
  question.id = "answer-dialog-question";
  dialog.setAttribute("aria-labelledby", question.id);
  row.append(yes, no);
  dialog.append(question, row);
  for (const choice of [yes, no]) choice.addEventListener("click", () => dialog.close(choice.value));
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue === "answer") form.requestSubmit(submit);
  });
  document.body.append(dialog);
  dialog.showModal();
  yes.focus();
  return true;
}

function highlighting(cm) {
  const { tags } = cm;
  return cm.syntaxHighlighting(
    cm.HighlightStyle.define([
      { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], class: "sql-keyword" },
      { tag: [tags.string, tags.special(tags.string)], class: "sql-string" },
      { tag: [tags.number, tags.bool, tags.null], class: "sql-number" },
      { tag: tags.comment, class: "sql-comment" },
      { tag: [tags.typeName, tags.standard(tags.name)], class: "sql-name" },
    ]),
  );
}

// Columns are offered without their table too, before the many keywords.
function columns(schema) {
  const names = new Set(Object.values(schema).flat());
  return [...names].map((label) => ({ label, type: "property", boost: 50 }));
}

function state(cm, area, locked) {
  const schema = schemaOf(area);
  const attributes = { "aria-label": labelOf(area), autocapitalize: "off", autocorrect: "off", spellcheck: "false" };
  const described = area.getAttribute("aria-describedby");
  if (described) attributes["aria-describedby"] = described;
  const nonce = document.querySelector('meta[name="csp-nonce"]')?.content;
  return cm.EditorState.create({
    doc: area.value,
    extensions: [
      nonce ? cm.EditorView.cspNonce.of(nonce) : [],
      // no binding for Tab: it leaves the editor as it leaves any other field
      cm.Prec.highest(cm.keymap.of([{ key: "Mod-Enter", run: () => confirmAndAnswer(area) }])),
      cm.keymap.of([
        ...cm.closeBracketsKeymap,
        ...cm.completionKeymap,
        ...cm.historyKeymap,
        ...cm.defaultKeymap,
      ]),
      cm.lineNumbers(),
      cm.history(),
      cm.bracketMatching(),
      cm.closeBrackets(),
      cm.indentOnInput(),
      cm.autocompletion({ icons: false }),
      cm.sql({ dialect: cm.SQLite, schema, upperCaseKeywords: true }),
      cm.SQLite.language.data.of({ autocomplete: cm.completeFromList(columns(schema)) }),
      highlighting(cm),
      cm.EditorView.theme(THEME),
      cm.EditorView.lineWrapping,
      cm.EditorView.contentAttributes.of(attributes),
      area.placeholder ? cm.placeholder(area.placeholder) : [],
      locked.of(cm.EditorState.readOnly.of(area.readOnly || area.disabled)),
      cm.EditorView.updateListener.of((update) => {
        const text = update.state.doc.toString();
        if (!update.docChanged || text === area.value) return;
        area.value = text;
        area.dispatchEvent(new Event("input", { bubbles: true }));
      }),
    ],
  });
}

function open(cm, area, parent) {
  const locked = new cm.Compartment();
  const view = new cm.EditorView({ state: state(cm, area, locked), parent });
  const refresh = () => {
    if (view.state.doc.toString() === area.value) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: area.value } });
  };
  const lock = () => {
    view.dispatch({ effects: locked.reconfigure(cm.EditorState.readOnly.of(area.readOnly || area.disabled)) });
  };
  const watcher = new MutationObserver(lock);
  const reset = () => setTimeout(refresh); // the form empties its fields after the event
  watcher.observe(area, { attributes: true, attributeFilter: ["readonly", "disabled"] });
  area.addEventListener("editor:refresh", refresh);
  area.form?.addEventListener("reset", reset);
  return {
    focus: () => view.focus(),
    close() {
      watcher.disconnect();
      area.removeEventListener("editor:refresh", refresh);
      area.form?.removeEventListener("reset", reset);
      view.destroy();
    },
  };
}

function enhance(area) {
  const frame = element("div", "editor");
  const place = element("div", "editor-place");
  const toggle = button("button editor-switch", "Plain text box");
  const needed = area.required;
  let editor = null;

  async function show() {
    const cm = await import(BUNDLE);
    editor = open(cm, area, place);
    area.hidden = true;
    area.required = false; // a hidden field that is required stops the form without a word
    toggle.textContent = "Plain text box";
  }

  function hide() {
    editor?.close();
    editor = null;
    area.hidden = false;
    area.required = needed;
    toggle.textContent = "SQL editor";
  }

  area.before(frame);
  frame.append(toggle, place, area);
  for (const label of area.labels) label.addEventListener("click", () => editor?.focus());
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    confirmAndAnswer(area);
  });
  toggle.addEventListener("click", async () => {
    const plain = editor !== null;
    remember(plain);
    if (plain) hide();
    else await show();
    if (plain) area.focus();
    else editor.focus();
  });
  if (remembersPlain()) hide();
  else show().catch(hide); // the bundle could not be loaded: the plain box is there
}

for (const area of document.querySelectorAll('textarea[data-editor="sql"]')) enhance(area);
