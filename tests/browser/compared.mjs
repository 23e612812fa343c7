// The pages that compare, as run.mjs has the reports: the same look at them in light and dark, on a desktop, on a phone,
// and without a script, of which they have none.
import assert from "node:assert/strict";

export async function compared({ test, open, judged, shot, PHONE }) {
  for (const name of ["compare", "compare-hand", "diff", "diff-hand", "check"]) {
    for (const colorScheme of ["light", "dark"]) {
      await test(`${name}, ${colorScheme}`, async () => {
        for (const viewport of [undefined, PHONE]) {
          const { page, done } = await open(name + ".html", { colorScheme, ...(viewport && { viewport }) });
          const where = `${viewport ? "phone-" : ""}${name}-${colorScheme}`;
          await shot(page, where, true);
          await judged(page, where);
          // axe judges what is shown: unfold everything, and once more.
          await page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
          await shot(page, `${where}-open`, true);
          await judged(page, `${where}, unfolded`);
          const wide = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
          assert.ok(wide[0] <= wide[1], `${where} scrolls sideways: ${wide}`);
          await done();
        }
      });
    }
  }

  await test("a comparison unfolds and scrolls by keyboard, without a script", async () => {
    const { page, done } = await open("compare.html", { viewport: PHONE, javaScriptEnabled: false });
    const box = page.getByRole("group", { name: "Table of what differs" });
    await box.focus();
    await page.keyboard.press("Tab");
    const summary = box.locator("summary").first();
    const ids = box.locator(".ids").first();
    assert.equal(await ids.isVisible(), false);
    await page.keyboard.press("Enter");
    assert.ok(await ids.isVisible() && await summary.isVisible());
    assert.ok((await ids.locator("li").count()) > 1);
    // The first column stays in sight when its box scrolls.
    await box.focus();
    for (let n = 0; n < 8; n++) await page.keyboard.press("ArrowRight");
    await page.waitForTimeout(300);
    const place = await box.locator("tbody th").first().boundingBox();
    assert.ok(place.x >= 0 && place.x < PHONE.width / 2, `the row's head is at ${place.x}`);
    await shot(page, "phone-compare-scrolled");
    await done();
  });

  await test("a comparison says what is the same and what is not", async () => {
    const { page, done } = await open("compare.html");
    const text = await page.locator("main").innerText();
    for (const part of ["Compatibility of 3 registries", "Works everywhere:", "head-405", "✘ fails", "differs", "regprobe compare"]) {
      assert.ok(text.includes(part), `${part} in\n${text}`);
    }
    const row = page.getByRole("row", { name: /head-405/ });
    assert.deepEqual(await row.getByRole("cell").allInnerTexts(), ["– not found", "▲ warning", "– not found"]);
    await done();
  });

  for (const name of ["compare-hostile.html", "check-hostile.html"]) {
    await test(`nothing hostile runs: ${name}`, async () => {
      const { page, done } = await open(name);
      await page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
      const found = await page.evaluate(() => ({
        owned: window.owned ?? parent.owned ?? null,
        strange: [...document.querySelectorAll("img, iframe, object, embed, form, base, link, marquee, video, audio, script, svg")].map((e) => e.outerHTML),
        styles: document.querySelectorAll("style").length,
        handlers: [...document.querySelectorAll("*")].filter((e) => [...e.attributes].some((a) => a.name.startsWith("on"))).length,
        links: [...document.querySelectorAll("a[href]")].map((a) => a.getAttribute("href")).filter((h) => !h.startsWith("#")),
        visible: getComputedStyle(document.body).display,
      }));
      assert.deepEqual(found, { owned: null, strange: [], styles: 1, handlers: 0, links: [], visible: "block" });
      await done();
    });
  }
}
