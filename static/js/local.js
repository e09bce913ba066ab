// What stands in a form, kept on this device until the server has it: IndexedDB, one entry a question.
//
// An entry: {key, attempt, seq, text, saved, commit}. `text` is JSON of the answers and the decimal sign,
// `saved` whether the server has it, `commit` what an answer that waits is sent with, or null.
// Without IndexedDB (switched off, or full) entries last as long as the page.

const NAME = "quizengine";
const STORE = "answers";
const memory = new Map();
let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opening;
}

async function run(mode, work) {
  const base = await open();
  return new Promise((resolve, reject) => {
    const transaction = base.transaction(STORE, mode);
    const asked = work(transaction.objectStore(STORE));
    // Only a transaction that is complete outlives the page.
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

// Whether it will outlive the page.
export async function keep(entry) {
  memory.set(entry.key, entry);
  return run("readwrite", (store) => store.put(entry)).then(
    () => true,
    () => false,
  );
}

export async function drop(key) {
  memory.delete(key);
  await run("readwrite", (store) => store.delete(key)).catch(() => {});
}

export async function entriesOf(attempt) {
  const all = await run("readonly", (store) => store.getAll()).catch(() => [...memory.values()]);
  return all.filter((entry) => entry.attempt === attempt);
}
