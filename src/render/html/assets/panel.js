// A cell opened: the request, every hop, the response, the body.
const panel = document.getElementById("panel");
let facts = null;
const known = () => (facts ??= read("data"));
let opener = null;
let current = null;

function listed(headers) {
  if (!headers.length) return make("p", { class: "time", text: "No header lines." });
  return make("ul", { class: "headers" }, ...headers.map((n) => known().lines[n]).map(([name, value]) =>
    make("li", null, make("b", { text: name }), document.createTextNode(": " + value))));
}

function bodyPart(body, label) {
  const part = make("div", { class: "body" }, make("h4", { text: "Body: " + body.about }), make("p", { class: "ask", text: body.digest }));
  if (body.n == null) return part;
  const { text, cut } = bodyOf(body.n);
  const pretty = laidOut(text);
  const show = (shown) => {
    const old = part.querySelector(".snippet");
    const fresh = snippet(shown, label);
    if (old) old.replaceWith(fresh); else part.append(fresh);
  };
  if (cut) part.append(make("p", { class: "time", text: cut + " The JSON report has all that was kept." }));
  if (pretty !== text) {
    let raw = false;
    const button = make("button", { type: "button", class: "small", text: "As it was sent", "aria-pressed": "false" });
    button.addEventListener("click", () => {
      raw = !raw;
      button.setAttribute("aria-pressed", String(raw));
      show(raw ? text : pretty);
    });
    part.append(button);
  }
  show(pretty);
  return part;
}

function hopPart(hop, n, all) {
  const name = all > 1 ? `Hop ${n + 1} of ${all}` : "Request";
  const part = make("section", { class: "hop" },
    make("h3", { text: name }), make("p", { class: "ask", text: hop.ask }), listed(hop.sent),
    make("h4", { text: hop.ok ? "Response" : "Failed" }), make("p", { class: "ask" }, make("b", { text: hop.got })));
  if (hop.ok) part.append(listed(hop.headers));
  part.append(make("p", { class: "time", text: hop.time }));
  if (hop.body) part.append(bodyPart(hop.body, `Body of ${name.toLowerCase()}`));
  return part;
}

function fill(title, cell, exchange) {
  const button = (text, on, label) => make("button", { type: "button", class: "small", text, "aria-label": label, on });
  const top = make("div", { class: "panel-top" });
  if (cell) {
    top.append(button("← Previous", () => step(-1), "Previous cell"), button("Next →", () => step(1), "Next cell"));
    const square = document.getElementById("c" + current);
    if (square) top.append(button("Show in matrix", () => reveal(square)));
  }
  top.append(make("span", { class: "spring" }), button("Close", close, "Close"));
  const heading = make("h2", { id: "panel-title", tabindex: "-1", text: title });
  const parts = [top, heading];
  if (cell) {
    parts.push(make("p", null, make("span", { class: "mark " + cell.tone, text: cell.did })));
    parts.push(make("dl", null, ...cell.facts.map(([name, value]) =>
      make("div", null, make("dt", { text: name }), make("dd", { text: value })))));
    if (cell.by.length) {
      const links = cell.by.map((n) => make("li", null, make("a", { href: "#f" + n, text: known().findings[n] })));
      parts.push(make("h3", { text: "Findings" }), make("ul", { class: "cells" }, ...links));
    }
  }
  if (exchange) {
    parts.push(make("h3", { text: "To paste" }), snippet(exchange.curl, "the curl line"));
    exchange.hops.forEach((hop, n) => parts.push(hopPart(hop, n, exchange.hops.length)));
  }
  panel.replaceChildren(...parts);
  panel.hidden = false;
  panel.scrollTop = 0;
  document.body.classList.add("with-panel");
  heading.focus({ preventScroll: true });
}

function marked(n) {
  document.querySelectorAll(".sq.open").forEach((square) => square.classList.remove("open"));
  if (n != null) document.getElementById("c" + n)?.classList.add("open");
}

// The page narrows beside the panel: what was clicked stays where it was seen.
function steady(element, change) {
  const top = () => element?.isConnected && element.getClientRects().length ? element.getBoundingClientRect().top : null;
  const before = top();
  change();
  const after = top();
  if (before != null && after != null) scrollBy(0, after - before);
}

function openCell(n, from) {
  const cell = known().cells[n];
  if (!cell) return;
  if (from) opener = from;
  current = n;
  steady(from, () => fill(cell.id, cell, cell.x == null ? null : known().exchanges[cell.x]));
  marked(n);
  document.getElementById("c" + n)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  history.replaceState(null, "", "#c" + n);
}

function openExchange(n, from) {
  const exchange = known().exchanges[n];
  if (!exchange) return;
  if (exchange.c != null) return openCell(exchange.c, from);
  if (from) opener = from;
  current = null;
  steady(from, () => fill(`${exchange.id}: ${exchange.purpose}`, null, exchange));
  marked(null);
}

function step(by) {
  const last = known().cells.length - 1;
  openCell(Math.min(last, Math.max(0, current + by)));
}

function close() {
  if (panel.hidden) return;
  const square = current == null ? null : document.getElementById("c" + current);
  steady(square ?? opener, () => {
    panel.hidden = true;
    document.body.classList.remove("with-panel");
  });
  marked(null);
  history.replaceState(null, "", location.pathname + location.search);
  if (opener?.isConnected) opener.focus();
}

// Whatever hides the square is opened or lifted first.
function reveal(square) {
  if (square.classList.contains("out") || square.closest("[hidden]")) resetFilters(square);
  for (let up = square.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
  square.scrollIntoView({ block: "center", inline: "center" });
  (square.matches("button") ? square : panel).focus();
}
