import { createRequire } from "node:module";
import { join } from "node:path";

/** What of playwright-core the tests use. The site's own packages have it, which `npm ci` does not install. */
export interface Page {
  goto(url: string): Promise<unknown>;
  fill(selector: string, text: string): Promise<void>;
  click(selector: string): Promise<void>;
  focus(selector: string): Promise<void>;
  textContent(selector: string): Promise<string | null>;
  waitForSelector(selector: string): Promise<unknown>;
  waitForFunction(code: string): Promise<unknown>;
  waitForLoadState(state: "networkidle"): Promise<void>;
  evaluate<Value>(code: string): Promise<Value>;
  screenshot(options: { path: string; fullPage?: boolean }): Promise<unknown>;
  on(event: "request", listener: (request: { url(): string }) => void): void;
  on(event: "pageerror", listener: (error: Error) => void): void;
  readonly keyboard: { press(key: string): Promise<void> };
}

interface Browser {
  newPage(options?: {
    readonly colorScheme?: "light" | "dark";
    readonly viewport?: { readonly width: number; readonly height: number };
  }): Promise<Page>;
  close(): Promise<void>;
}

/** Debian's Chromium, without a window. Its sandbox does not run as root. */
export async function startBrowser(): Promise<Browser> {
  const load = createRequire(join(__dirname, "../../site/package.json"));
  const { chromium } = load("playwright-core") as {
    readonly chromium: { launch(options: object): Promise<Browser> };
  };
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
}
