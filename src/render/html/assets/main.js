// One stop for the tabulator in each matrix; the arrows walk inside it.
function roam(table, to) {
  const live = (square) => !square.classList.contains("out") && !square.closest("[hidden]");
  const squares = [...table.querySelectorAll(".sq")].filter(live);
  const stop = to ?? squares.find((square) => square.tabIndex === 0) ?? squares[0];
  table.querySelectorAll(".sq").forEach((square) => { square.tabIndex = -1; });
  if (stop) stop.tabIndex = 0;
}

function walk(event) {
  const square = event.target.closest(".sq");
  const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const ends = { Home: 1, End: -1 };
  if (!square || event.ctrlKey || event.metaKey || event.altKey || !(event.key in moves || event.key in ends)) return;
  event.preventDefault();
  const rows = [...event.currentTarget.tBodies[0].rows].filter((row) => !row.hidden);
  const grid = rows.map((row) => [...row.cells].slice(1).map((cell) => cell.hidden ? null : cell.querySelector(".sq:not(.out)")));
  let y = rows.indexOf(square.closest("tr"));
  let x = grid[y].indexOf(square);
  let next = null;
  if (event.key in ends) {
    const row = grid[y].filter(Boolean);
    next = event.key === "Home" ? row[0] : row[row.length - 1];
  } else {
    const [down, right] = moves[event.key];
    do { y += down; x += right; next = grid[y]?.[x]; } while (next === null);
  }
  if (!next) return;
  roam(event.currentTarget, next);
  next.focus();
}

document.querySelectorAll(".heat").forEach((table) => {
  table.setAttribute("role", "grid");
  table.addEventListener("keydown", walk);
  roam(table);
});
[...document.querySelectorAll(".matrix-part")].filter((part) => part.querySelector(".filters")).forEach(setUpFilters);

document.querySelectorAll("main .snippet").forEach((box) => {
  const code = box.querySelector("code");
  const button = make("button", { type: "button", class: "small", text: "Copy", "aria-label": "Copy " + box.firstElementChild.getAttribute("aria-label") });
  button.addEventListener("click", () => copy(code.textContent, button));
  box.append(button);
});

document.addEventListener("click", (event) => {
  const to = event.target.closest("[data-c], [data-x]");
  if (to) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (to.dataset.c == null) return openExchange(Number(to.dataset.x), to);
    openCell(Number(to.dataset.c), to);
    if (to.matches(".sq")) roam(to.closest(".heat") ?? document.createElement("table"), to);
    else {
      const square = document.getElementById("c" + to.dataset.c);
      if (square?.classList.contains("out") || square?.closest("[hidden]")) resetFilters(square);
      square?.scrollIntoView({ block: "center", inline: "nearest" });
    }
    return;
  }
  const finding = event.target.closest('a[href^="#f"]');
  const target = finding && document.getElementById(finding.getAttribute("href").slice(1));
  if (target?.matches("details")) {
    // Left to the browser, the focus would go nowhere.
    event.preventDefault();
    target.open = true;
    close();
    history.replaceState(null, "", finding.getAttribute("href"));
    target.scrollIntoView({ block: "start" });
    target.querySelector("summary").focus();
  }
});

document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });

// On paper everything is unfolded, but what would take pages to say again.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("main details:not([open]):not(.hops):not(.filters)")];
  folded.forEach((details) => { details.open = true; });
});
addEventListener("afterprint", () => folded.forEach((details) => { details.open = false; }));

const asked = /^#c(\d+)$/.exec(location.hash);
if (asked) {
  openCell(Number(asked[1]));
  document.getElementById("c" + asked[1])?.scrollIntoView({ block: "center", inline: "center" });
}
