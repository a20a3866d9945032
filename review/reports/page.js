"use strict";
(() => {
  const root = document.documentElement;
  const find = document.getElementById("find");
  const filter = document.getElementById("filter");
  const theme = document.getElementById("theme");
  const open = document.getElementById("open");
  const count = document.getElementById("count");
  const groups = [...document.querySelectorAll(".changes")];
  const changes = groups.flatMap((group) => [...group.querySelectorAll(".row")]);
  const objects = [...document.querySelectorAll("#inventory tbody tr")];
  const chips = [...filter.querySelectorAll("[data-group]")];

  const pressed = (group) =>
    chips.filter((chip) => chip.dataset.group === group && chip.ariaPressed === "true").map((chip) => chip.dataset.value);

  function refresh() {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const environments = pressed("environment");
    const risks = pressed("risk");
    const matches = (row) =>
      words.every((word) => row.dataset.text.includes(word)) &&
      (!environments.length || row.dataset.environment.split("\n").some((name) => environments.includes(name))) &&
      (!risks.length || !row.dataset.risk || risks.includes(row.dataset.risk));
    const show = (rows) => rows.reduce((total, row) => total + !(row.hidden = !matches(row)), 0);
    const shown = { change: show(changes), object: show(objects) };
    for (const group of groups) {
      group.querySelector(".nothing").hidden = group.querySelector(".row:not([hidden])") !== null;
    }
    for (const environment of document.querySelectorAll("#inventory .environment")) {
      const rows = [...environment.querySelectorAll("tbody tr")];
      const left = rows.filter((row) => !row.hidden).length;
      environment.hidden = left === 0;
      const total = `${rows.length} object${rows.length === 1 ? "" : "s"}`;
      environment.querySelector(".total").textContent = left === rows.length ? total : `${left} of ${total}`;
    }
    const active = words.length || environments.length || risks.length;
    const parts = [];
    if (changes.length) parts.push(`${shown.change} of ${changes.length} changes`);
    if (objects.length) parts.push(`${shown.object} of ${objects.length} objects`);
    count.textContent = active ? parts.join(", ") : "";
  }

  function clear() {
    find.value = "";
    for (const chip of chips) chip.ariaPressed = "false";
    refresh();
  }

  const dark = () => getComputedStyle(root).colorScheme === "dark" ||
    (root.dataset.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);

  function label() {
    theme.textContent = dark() ? "Light" : "Dark";
  }

  function openAll(opened) {
    for (const details of document.querySelectorAll("details")) details.open = opened;
  }

  find.addEventListener("input", refresh);
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.ariaPressed = chip.ariaPressed === "true" ? "false" : "true";
      refresh();
    });
  }
  open.addEventListener("click", () => {
    const opening = open.textContent === "Open all";
    openAll(opening);
    open.textContent = opening ? "Close all" : "Open all";
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== find && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      find.focus();
    } else if (event.key === "Escape") {
      clear();
    }
  });
  theme.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* pages opened from a disk can't always store it */ }
    label();
  });

  let before = [];
  addEventListener("beforeprint", () => {
    before = [...document.querySelectorAll("details:not([open])")];
    openAll(true);
  });
  addEventListener("afterprint", () => {
    for (const details of before) details.open = false;
  });

  try { const kept = localStorage.getItem("theme"); if (kept) root.dataset.theme = kept; } catch { /* as above */ }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
  label();
  filter.hidden = theme.hidden = false;
})();
