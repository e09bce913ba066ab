// The keys 1 to 9 pick an option while the focus is in the list.

for (const group of document.querySelectorAll("[data-picks]")) {
  group.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !/^[1-9]$/.test(event.key)) return;
    const input = group.querySelectorAll("input")[Number(event.key) - 1];
    if (!input) return;
    event.preventDefault();
    input.focus();
    input.click();
  });
}
