import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Page, startBrowser } from "./browser";
import { serve } from "./serve";

const ROOT = join(__dirname, "../..");
const DIST = join(ROOT, "site/dist");
const PICTURES = join(ROOT, ".test-results/site");

describe("the site", () => {
  let origin: string;
  let server: Server;
  let browser: Awaited<ReturnType<typeof startBrowser>>;

  beforeAll(async () => {
    // Without a network: the build must not need one.
    execFileSync("unshare", ["-n", "bash", "scripts/docs.sh"], { cwd: ROOT, stdio: "pipe" });
    mkdirSync(PICTURES, { recursive: true });
    ({ origin, server } = await serve(DIST));
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const pages = () =>
    readdirSync(DIST, { recursive: true, encoding: "utf8" }).filter(
      (file) => file.endsWith(".html") && file !== "404.html",
    );

  test("each link of each page leads to a page, and to a place on it", () => {
    const texts = new Map(pages().map((page) => [page, readFileSync(join(DIST, page), "utf8")]));
    const dead: string[] = [];
    let links = 0;
    for (const [page, text] of texts) {
      for (const [, href = ""] of text.matchAll(/<a [^>]*?href="([^"]+)"/g)) {
        if (/^(?:https?|mailto):/.test(href)) continue;
        links++;
        const { pathname, hash } = new URL(href, `http://site/${page}`);
        const file = decodeURIComponent(pathname.slice(1)) || "index.html";
        const target = texts.get(file.endsWith(".html") ? file : `${file}.html`);
        const isThere = target !== undefined || readdirSync(DIST).includes(file);
        const anchor = decodeURIComponent(hash.slice(1));
        if (!isThere || (anchor !== "" && !target?.includes(`id="${anchor}"`))) dead.push(`${page}: ${href}`);
      }
    }
    expect(links).toBeGreaterThan(1_000);
    expect(dead).toEqual([]);
  });

  /** The playground, and what it asked the network for. */
  async function playground(): Promise<{ page: Page; requests: string[]; errors: Error[] }> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const requests: string[] = [];
    const errors: Error[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("pageerror", (error) => errors.push(error));
    await page.goto(`${origin}/playground.html`);
    await page.waitForSelector("[data-testid=ipv4]");
    // The site fetches the pages that its menu shows in advance.
    await page.waitForLoadState("networkidle");
    return { page, requests, errors };
  }

  /** What the command prints for a policy. */
  const rendered = (policy: string, family: "-4" | "-6") =>
    execFileSync(process.execPath, [join(ROOT, "dist/client/main.js"), "render", "-", family], {
      encoding: "utf8",
      input: policy,
    });

  test.each([
    [
      "a door of three kinds",
      '{"sequence":"tcp/41287,udp/23911/hex:6f70656e,icmp/733","door":[{"protocol":"tcp","ports":[22]}]}',
    ],
    [
      "networks, a lockout and ranges",
      '{"sequence":"tcp/41287,tcp/23911","door":[{"protocol":"tcp","ports":[22,"8000-8010"]}],"allowFrom":["192.0.2.0/24","2001:db8::/32"],"denyFrom":["203.0.113.7"],"lockout":{"wrongKnocks":5,"withinSeconds":60,"forSeconds":900},"closedResponse":"reset"}',
    ],
    ["tokens", '{"oneTime":{"tokens":5},"allowFrom":["192.0.2.1"],"door":[{"protocol":"tcp","ports":[22]}]}'],
  ])("the rules of %s are those of portknock render, byte for byte", async (_name, policy) => {
    const { page, errors } = await playground();
    await page.fill("#policy", policy);
    for (const [family, flag] of [
      ["ipv4", "-4"],
      ["ipv6", "-6"],
    ] as const)
      expect(await page.textContent(`[data-testid=${family}]`)).toBe(rendered(policy, flag));
    expect(errors).toEqual([]);
  });

  test("findings, mistakes and a trace follow what is typed, and nothing leaves the page", async () => {
    const { page, requests, errors } = await playground();
    const loaded = requests.length;
    await page.fill("#policy", "tcp/7000,udp/8000,icmp/120");
    expect(await page.textContent("[data-testid=findings]")).toContain("published-sequence");
    const trace = await page.textContent("[data-testid=trace] tbody");
    expect(trace).toMatch(/closed → 1 of 3.*2 of 3 → open.*accept.*drop/s);
    await page.fill("#policy", '{"sequence":"tcp/7000","door":[{"protocol":"tcp","ports":[0]}]}');
    expect(await page.textContent("[data-testid=findings]")).toContain("door[0].ports[0]: must be");
    await page.fill("#policy", "{");
    expect(await page.textContent("[data-testid=findings]")).toContain("not JSON");
    expect(requests.slice(loaded)).toEqual([]);
    expect(requests.every((url) => url.startsWith(origin) || url.startsWith("data:"))).toBe(true);
    expect(errors).toEqual([]);
  });

  test("it is used by the keyboard alone, and each control has a name", async () => {
    const { page } = await playground();
    const names = await page.evaluate<string[]>(
      `[...document.querySelectorAll(".playground :is(textarea, input, button, [tabindex])")].map((one) =>
        one.labels?.[0]?.textContent || one.getAttribute("aria-label") || one.textContent)`,
    );
    expect(names.length).toBeGreaterThan(6);
    expect(names.every((name) => name.trim() !== "")).toBe(true);
    await page.focus("#packets");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    const packets = await page.evaluate<string>(`document.querySelector("#packets").value`);
    expect(packets).toMatch(/tcp\/41287$/);
  });

  const widths = { wide: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } } as const;
  const shown = {
    start: "/",
    tutorial: "/docs/tutorial.html",
    reference: "/docs/reference/fields.html",
    playground: "/playground.html",
  };

  test.each(
    Object.entries(shown).flatMap(([name, path]) =>
      (["light", "dark"] as const).flatMap((scheme) =>
        Object.entries(widths).map(([width, viewport]) => ({ name, path, scheme, width, viewport })),
      ),
    ),
  )(
    "$name, $scheme, $width: no page is wider than the screen",
    async ({ name, path, scheme, width, viewport }) => {
      const page = await browser.newPage({ colorScheme: scheme, viewport });
      await page.goto(`${origin}${path}`);
      if (name === "playground") await page.waitForSelector("[data-testid=ipv4]");
      const isDark = await page.evaluate<boolean>(`document.documentElement.classList.contains("dark")`);
      expect(isDark).toBe(scheme === "dark");
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(
        viewport.width,
      );
      await page.screenshot({ path: join(PICTURES, `${name}-${scheme}-${width}.png`) });
    },
  );

  test("the search finds pages, offline", async () => {
    const page = await browser.newPage({ viewport: widths.wide });
    await page.goto(`${origin}/docs/tutorial.html`);
    await page.waitForSelector(".VPNavBarSearch button");
    await page.click(".VPNavBarSearch button");
    await page.waitForSelector(".search-input");
    await page.fill(".search-input", "calendar");
    await page.waitForFunction(`document.querySelectorAll(".result").length > 0`);
    expect(await page.textContent(".results")).toContain("A sequence for every hour");
  });
});
