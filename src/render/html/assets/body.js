// Bodies: kept once each, read when the first is opened, shown as text alone.
const read = (id) => JSON.parse(document.getElementById(id).textContent);
let kept = null;
const bodyOf = (n) => (kept ??= read("bodies"))[n];

// JSON set out in lines without being parsed: what was sent stays to the letter, doubled keys and long numbers included.
function laidOut(text) {
  if (!/^\s*[{[]/.test(text)) return text;
  const out = [];
  const tokens = text.match(/"(?:\\[\s\S]|[^"\\])*"?|[{}[\],:]|[^\s"{}[\],:]+/g) ?? [];
  let depth = 0;
  const turn = () => "\n" + "  ".repeat(depth);
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === "{" || token === "[") {
      const end = tokens[i + 1];
      if (end === "}" || end === "]") { out.push(token + end); i++; continue; }
      depth++;
      out.push(token, turn());
    } else if (token === "}" || token === "]") {
      if (--depth < 0) return text;
      out.push(turn(), token);
    } else if (token === ",") out.push(",", turn());
    else if (token === ":") out.push(": ");
    else out.push(token);
  }
  // What does not close is no JSON, or not all of it: shown as it came.
  return depth === 0 ? out.join("") : text;
}

// One element with its text and children. Text is only ever text.
function make(name, options, ...children) {
  const element = document.createElement(name);
  const { text, on, ...attributes } = options ?? {};
  for (const [key, value] of Object.entries(attributes)) if (value != null) element.setAttribute(key, value);
  if (text != null) element.textContent = text;
  if (on) element.addEventListener("click", on);
  element.append(...children.filter((child) => child != null));
  return element;
}

function say(text) {
  document.getElementById("said").textContent = text;
}

async function copy(text, button) {
  const told = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without the clipboard's own interface: select and copy, as of old.
    const area = make("textarea", { class: "vh" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.textContent = "Copied";
  say("Copied");
  setTimeout(() => { button.textContent = told; }, 1500);
}

function snippet(text, label) {
  const button = make("button", { type: "button", class: "small", text: "Copy", "aria-label": "Copy " + label });
  button.addEventListener("click", () => copy(text, button));
  return make("div", { class: "snippet" }, make("pre", { tabindex: "0", "aria-label": label }, make("code", { text })), button);
}
