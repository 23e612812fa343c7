// Uses the report in a browser: opens cells, filters, follows findings, looks for what should not run, and has axe
// judge contrast and labels, in light and dark, on a desktop and a phone.
//
//   node run.mjs <directory of pages> <directory for screenshots>
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { compared } from "./compared.mjs";

const [pages, shots] = process.argv.slice(2);
if (!pages || !shots) throw new Error("usage: run.mjs <pages> <screenshots>");
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

// A page with all that goes wrong on it written down.
async function open(name, { viewport = DESKTOP, colorScheme = "light", javaScriptEnabled = true } = {}) {
  const context = await browser.newContext({ viewport, colorScheme, javaScriptEnabled });
  const page = await context.newPage();
  const wrong = [];
  const url = pathToFileURL(resolve(join(pages, name))).href;
  page.on("console", (m) => { if (["error", "warning"].includes(m.type())) wrong.push("console: " + m.text()); });
  page.on("pageerror", (e) => wrong.push("script: " + e.message));
  page.on("dialog", (d) => { wrong.push("dialog: " + d.message()); d.dismiss(); });
  page.on("popup", () => wrong.push("popup"));
  page.on("request", (r) => { if (r.url().split("#")[0] !== url) wrong.push("request: " + r.url()); });
  await page.goto(url);
  return { page, wrong, done: async () => { assert.deepEqual(wrong, []); await context.close(); } };
}

async function judged(page, where) {
  // axe comes in past the policy, by the debugger; the page itself could not load it.
  await page.evaluate(axe + "; void 0");
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const told = violations.map((v) => `${v.id}: ${v.help}\n` + v.nodes.slice(0, 3).map((n) => `    ${n.target}: ${n.failureSummary}`).join("\n"));
  assert.deepEqual(told, [], `axe, ${where}`);
}

const shot = (page, name, fullPage = false) => page.screenshot({ path: join(shots, name + ".png"), fullPage });
let count = 0;
async function test(name, run) {
  const from = performance.now();
  await run();
  count++;
  console.log(`ok  ${name}  (${Math.round(performance.now() - from)} ms)`);
}

for (const colorScheme of ["light", "dark"]) {
  await test(`a cell opens and closes, ${colorScheme}`, async () => {
    const { page, done } = await open("degraded.html", { colorScheme });
    await shot(page, `degraded-${colorScheme}`, true);
    await judged(page, `page, ${colorScheme}`);
    const square = page.locator('.sq[title="GET manifests/tag accept=schema1"]');
    await square.click();
    const panel = page.locator("#panel");
    await panel.waitFor({ state: "visible" });
    const text = await panel.innerText();
    for (const part of ["GET manifests/tag accept=schema1", "404", "https://gcr.io/v2/", "docker-content-digest", "MANIFEST_UNKNOWN", "curl -sS -i"]) {
      assert.ok(text.includes(part), `${part} in\n${text}`);
    }
    assert.match(await panel.locator(".body pre").first().innerText(), /^\{\n  "errors": \[\n {4}\{\n/);
    await page.getByRole("button", { name: "As it was sent" }).first().click();
    assert.match(await panel.locator(".body pre").first().innerText(), /^\{"errors":\[\{/);
    await shot(page, `cell-${colorScheme}`);
    await judged(page, `cell, ${colorScheme}`);
    await page.keyboard.press("Escape");
    assert.equal(await panel.isVisible(), false);
    assert.equal(await square.evaluate((s) => s === document.activeElement), true, "the focus goes back");
    await done();
  });

  await test(`on a phone, ${colorScheme}`, async () => {
    const { page, done } = await open("degraded.html", { colorScheme, viewport: PHONE });
    await shot(page, `phone-${colorScheme}`, true);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= PHONE.width, `the page scrolls sideways: ${wide}`);
    await page.locator('.sq[title="GET manifests/tag accept=all"]').click();
    await shot(page, `phone-cell-${colorScheme}`);
    const box = await page.locator("#panel").boundingBox();
    assert.ok(box.x >= 0 && box.width <= PHONE.width);
    await judged(page, `phone, ${colorScheme}`);
    await done();
  });
}

await test("a redirect shows every hop", async () => {
  const { page, done } = await open("degraded.html");
  await page.locator('.sq[title="GET blobs/config accept=all"]').click();
  const text = await page.locator("#panel").innerText();
  assert.ok(text.includes("Hop 1 of 2") && text.includes("Hop 2 of 2") && text.includes("307") && text.includes("https://storage.example/"), text);
  await done();
});

await test("filters hide and give back", async () => {
  const { page, done } = await open("degraded.html");
  const rows = page.locator(".heat tbody tr:visible");
  const columns = page.locator(".heat thead th[data-accept]:visible");
  const before = [await rows.count(), await columns.count()];
  await page.locator(".filters > summary").click();
  await page.getByRole("checkbox", { name: "HEAD" }).uncheck();
  assert.equal(await page.locator('.heat tbody tr[data-method="HEAD"]:visible').count(), 0);
  assert.ok(await rows.count() < before[0]);
  const accept = page.locator("fieldset[data-axis=accept]");
  await accept.getByRole("button", { name: "none" }).click();
  await accept.getByRole("checkbox", { name: "oci-index" }).check();
  assert.equal(await columns.count(), 1);
  await accept.getByRole("button", { name: "all" }).click();
  await page.locator('fieldset[data-axis=tone] input[data-value=good]').uncheck();
  assert.equal(await page.locator(".heat .sq.good:visible").count(), 0);
  assert.match(await page.locator(".filter-state").innerText(), /^Showing \d+ of \d+ rows and \d+ of 18 Accept values\.$/);
  await shot(page, "filtered");
  await judged(page, "filtered");
  // What a filter hides is given back when a finding leads there.
  await page.locator(".finding.warning a.cell").first().click();
  assert.deepEqual([await rows.count(), await columns.count()], before);
  await done();
});

await test("a finding leads to its cell, and the cell back", async () => {
  const { page, done } = await open("degraded.html");
  const link = page.locator(".finding.warning .cells a.cell").first();
  const n = await link.getAttribute("data-c");
  await link.click();
  assert.ok((await page.locator("#panel-title").innerText()).startsWith("HEAD manifests/tag"));
  const square = page.locator(`#c${n}`);
  assert.ok(await square.evaluate((s) => s.classList.contains("open")));
  await page.waitForTimeout(50);
  const inView = await square.evaluate((s) => { const b = s.getBoundingClientRect(); return b.top >= 0 && b.bottom <= innerHeight; });
  assert.ok(inView, "its square is in sight");
  await shot(page, "followed");
  await page.locator('#panel a[href^="#f"]').first().click();
  assert.equal(await page.locator("#panel").isVisible(), false);
  assert.ok(await page.locator(".finding.warning summary").first().evaluate((s) => s === document.activeElement));
  await done();
});

await test("the keyboard alone will do", async () => {
  const { page, done } = await open("degraded.html");
  await page.locator(".heat .sq").first().focus();
  const first = await page.evaluate(() => document.activeElement.title);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  const second = await page.evaluate(() => document.activeElement.title);
  assert.notEqual(second, first);
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#panel-title").innerText(), second);
  assert.equal(await page.evaluate(() => document.activeElement.id), "panel-title");
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.title), second);
  const stops = await page.locator('.heat .sq[tabindex="0"]').count();
  assert.equal(stops, 1, "one stop for the tabulator");
  await done();
});

await test("a link opens its cell, the timeline its exchange", async () => {
  const { page, done } = await open("degraded.html");
  await page.goto(page.url() + "#c3");
  await page.reload();
  assert.ok(await page.locator("#panel").isVisible());
  await page.keyboard.press("Escape");
  const token = page.locator(".flow g[data-x] .token").first();
  await token.scrollIntoViewIfNeeded();
  await token.click();
  assert.ok((await page.locator("#panel-title").innerText()).includes("token"));
  await page.keyboard.press("Escape");
  const slow = await page.locator(".flow .bar.slow").count();
  assert.ok(slow > 0 && await page.locator(".flow .link").count() > 0);
  await page.locator(".flow-scroll").screenshot({ path: join(shots, "timeline.png") });
  await done();
});

for (const name of ["hostile.html", "hostile-each.html"]) {
  await test(`nothing hostile runs: ${name}`, async () => {
    const { page, done } = await open(name);
    await shot(page, name.replace(".html", ""));
    const all = await page.evaluate(() => document.querySelectorAll(".sq, [data-x]").length);
    assert.ok(all > 0);
    // Of the one report that holds every string, every cell and exchange is opened; of one report for each, a few.
    await page.evaluate((few) => document.querySelectorAll(".report").forEach((report) => {
      for (const kind of [".heat .sq", ".others .sq", "button[data-x]"]) {
        [...report.querySelectorAll(kind)].slice(0, few).forEach((button) => button.click());
      }
    }), name === "hostile.html" ? Infinity : 2);
    const found = await page.evaluate(() => ({
      owned: window.owned ?? parent.owned ?? null,
      strange: [...document.querySelectorAll("img, iframe, object, embed, form, base, link, marquee, video, audio, script[src]")].map((e) => e.outerHTML),
      styles: document.querySelectorAll("style").length,
      scripts: document.querySelectorAll("script").length,
      handlers: [...document.querySelectorAll("*")].filter((e) => [...e.attributes].some((a) => a.name.startsWith("on"))).length,
      links: [...document.querySelectorAll("a[href]")].map((a) => a.href).filter((h) => !/^(https|file):/.test(h)),
      visible: getComputedStyle(document.body).display,
    }));
    assert.deepEqual(found, { owned: null, strange: [], styles: 1, scripts: 3, handlers: 0, links: [], visible: "block" });
    await done();
  });
}

await test("without a script the matrix and the findings are there", async () => {
  const { page, done } = await open("degraded.html", { javaScriptEnabled: false });
  assert.ok(await page.locator(".heat .sq").first().isVisible());
  assert.ok(await page.getByText("HEAD on manifests is refused with 405").first().isVisible());
  assert.match(await page.locator("noscript .notice").innerText(), /^Without JavaScript the squares do not open/);
  assert.equal(await page.locator(".filters").isVisible(), false);
  await done();
});

for (const name of ["several", "unreachable", "lab-index", "lab-gcr", "lab-head"]) {
  await test(`${name} is well-formed for every reader`, async () => {
    const { page, done } = await open(name + ".html");
    await shot(page, name, true);
    await judged(page, name);
    await done();
  });
}

await test("ten megabytes stay usable", async () => {
  const { page, done } = await open("large.html");
  assert.ok((await readFile(join(pages, "large.html"))).length > 10e6);
  // Measured in the page, of which the first click reads every body; told, not judged: machines differ.
  const took = await page.evaluate(() => {
    const square = (id) => document.querySelector(`.sq[title="${id}"]`);
    const time = (act) => { const from = performance.now(); act(); document.body.getBoundingClientRect(); return Math.round(performance.now() - from); };
    return {
      first: time(() => square("GET manifests/tag accept=all").click()),
      next: time(() => square("GET manifests/tag accept=none").click()),
      filter: time(() => document.querySelector("fieldset[data-axis=method] input").click()),
    };
  });
  console.log(`    first cell ${took.first} ms, next ${took.next} ms, filter ${took.filter} ms`);
  assert.match(await page.locator("#panel .body pre").first().innerText(), /"layer": 349/);
  await done();
});

await test("it prints", async () => {
  const { page, done } = await open("degraded.html", { colorScheme: "dark" });
  await page.pdf({ path: join(shots, "degraded.pdf"), preferCSSPageSize: true, printBackground: true });
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: 1045, height: 740 });
  await shot(page, "print", true);
  const wide = await page.locator(".heat").first().evaluate((t) => t.getBoundingClientRect().width);
  assert.ok(wide <= 1045, `the matrix is wider than the paper: ${wide}`);
  await done();
});

await compared({ test, open, judged, shot, PHONE });

for (const name of ["degraded", "several", "unreachable", "hostile", "lab-gcr", "diff", "check", "check-hostile"]) {
  for (const colorScheme of ["light", "dark"]) {
    await test(`${name}.svg, ${colorScheme}`, async () => {
      const { page, done } = await open(name + ".svg", { colorScheme });
      assert.equal(await page.evaluate(() => document.documentElement.nodeName), "svg");
      assert.equal(await page.evaluate(() => document.querySelector("parsererror")), null);
      await shot(page, `svg-${name}-${colorScheme}`);
      await done();
    });
  }
}

await browser.close();
console.log(`${count} passed`);
