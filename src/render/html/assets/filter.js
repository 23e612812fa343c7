// Filters: each axis has its values, a square is shown when all of its own are wanted.
const chosen = (fieldset) => new Set([...fieldset.querySelectorAll("input[data-value]:checked")].map((i) => i.dataset.value));
const toneOf = (square) => ["good", "odd", "bad", "plain", "dim"].find((tone) => square.classList.contains(tone));

function applyFilters(part) {
  const wanted = {};
  part.querySelectorAll("fieldset[data-axis]").forEach((f) => { wanted[f.dataset.axis] = chosen(f); });
  const only = part.querySelector("input[data-anomaly]")?.checked ?? false;
  const whole = only || part.querySelector("fieldset[data-axis=tone] input[data-value]:not(:checked)");
  const isWanted = (square) => wanted.tone.has(toneOf(square)) && (!only || square.classList.contains("anomaly"));
  const heads = [...part.querySelectorAll(".heat thead th[data-accept]")];
  const columns = heads.map((head) => wanted.accept.has(head.dataset.accept));
  const rows = [...part.querySelectorAll(".heat tbody tr")];
  const used = heads.map(() => false);
  let shownRows = 0;
  for (const row of rows) {
    const inAxes = ["method", "endpoint", "subject"].every((axis) => wanted[axis].has(row.dataset[axis]));
    let any = false;
    [...row.cells].slice(1).forEach((cell, at) => {
      const square = cell.firstElementChild;
      const fits = square != null && isWanted(square);
      square?.classList.toggle("out", !fits);
      if (inAxes && fits && columns[at]) { any = true; used[at] = true; }
    });
    row.hidden = !inAxes || !any;
    if (!row.hidden) shownRows++;
  }
  // A column in which nothing is left says nothing either.
  const visible = columns.map((column, at) => column && (used[at] || !whole));
  heads.forEach((head, at) => { head.hidden = !visible[at]; });
  for (const row of rows) [...row.cells].slice(1).forEach((cell, at) => { cell.hidden = !visible[at]; });
  const others = document.querySelector(`table.others[data-report="${part.dataset.report}"]`);
  const known = (axis, value) => part.querySelector(`fieldset[data-axis=${axis}] input[data-value="${CSS.escape(value)}"]`) != null;
  others?.querySelectorAll("tbody tr").forEach((row) => {
    // Values that the matrix does not have cannot be filtered by.
    const fits = ["method", "endpoint", "subject"].every((axis) => !known(axis, row.dataset[axis]) || wanted[axis].has(row.dataset[axis]));
    row.hidden = !fits || !isWanted(row.querySelector(".sq"));
  });
  const state = `Showing ${shownRows} of ${rows.length} rows and ${visible.filter(Boolean).length} of ${heads.length} Accept values.`;
  part.querySelector(".filter-state").textContent = state;
  say(state);
  roam(part.querySelector(".heat"));
}

function resetFilters(square) {
  const section = square.closest(".report").querySelector(".matrix-part");
  section.querySelectorAll("input[data-value]").forEach((input) => { input.checked = true; });
  section.querySelectorAll("input[data-anomaly]").forEach((input) => { input.checked = false; });
  applyFilters(section);
}

function setUpFilters(part) {
  const filters = part.querySelector(".filters");
  filters.hidden = false;
  filters.addEventListener("change", () => applyFilters(part));
  filters.addEventListener("click", (event) => {
    const { all, none } = event.target.dataset;
    if (all == null && none == null) return;
    event.target.closest("fieldset").querySelectorAll("input[data-value]").forEach((i) => { i.checked = all != null; });
    applyFilters(part);
  });
}
