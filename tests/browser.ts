/** A real browser for the tests of pages: Chromium, where the machine has one. */
import { strict as assert } from "node:assert";
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { slowly } from "./slow";

/** Where distributions and CI's machines have it; CHROMIUM names another one. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"];
const FLAGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

/** What is waited for at most, in milliseconds. */
const PATIENCE = 90_000;

const CHROMIUM = [process.env.CHROMIUM ?? "", ...PLACES].find((path) => existsSync(path));

/** A wide screen and a narrow one. */
export const SCREENS = [
  { width: 1280, height: 900 },
  { width: 390, height: 844 },
] as const;

/** Long tests that need a browser, each with a fresh one's page; without Chromium they are skipped, and say so. */
export function inBrowser(title: string, tests: (open: OpenPage) => void): void {
  if (CHROMIUM === undefined) {
    it.skip(`${title} (no Chromium on this machine: install it, or name it in CHROMIUM)`);
    return;
  }
  slowly(title, function () {
    // A browser beside other work may take its time, or lose what it was told.
    this.timeout(PATIENCE * 2);
    this.retries(2);
    let browser: Browser | undefined;
    before(async function () {
      try {
        browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS, timeout: PATIENCE });
      } catch (error) {
        // A fault of the machine, not of the page.
        console.warn(
          `    ${CHROMIUM} doesn't start, so its tests are skipped: ${String(error).split("\n")[0] ?? ""}`,
        );
        this.skip();
      }
    });
    after(async () => {
      await browser?.close();
    });
    tests(async (options = {}) => {
      assert.ok(browser !== undefined);
      const page = await browser.newPage({ viewport: SCREENS[0], ...options });
      page.setDefaultTimeout(PATIENCE);
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(String(error)));
      return { page, complaints };
    });
  });
}

export type OpenPage = (options?: Parameters<Browser["newPage"]>[0]) => Promise<{
  readonly page: Page;
  /** What the browser complained of: faults of scripts, and what the page's policy refused. */
  readonly complaints: readonly string[];
}>;

/** How far the page reaches beyond the screen to the right, in pixels. */
export async function overflow(page: Page): Promise<number> {
  return await page.evaluate<number>(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
}
