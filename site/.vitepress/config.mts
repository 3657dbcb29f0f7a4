import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { isOnSite } from "./links.mts";

const shim = (name: string) => fileURLToPath(new URL(`../playground/shims/${name}.ts`, import.meta.url));

/** One group of the sidebar. */
const group = (text: string, folder: string, pages: Readonly<Record<string, string>>) => ({
  text,
  collapsed: false,
  items: Object.entries(pages).map(([file, title]) => ({ text: title, link: `${folder}/${file}` })),
});

const sidebar = [
  {
    text: "Start",
    items: [
      { text: "Tutorial", link: "/docs/tutorial" },
      { text: "Playground", link: "/playground" },
    ],
  },
  group("How to", "/docs/how-to", {
    client: "Use the client",
    rotate: "Rotate sequences",
    calendar: "A sequence for every hour",
    tokens: "One-time tokens",
    fleet: "Many hosts",
    bastion: "Hosts behind a bastion",
    ci: "Rotate in CI",
    containers: "Containers",
    check: "Check a policy",
    phones: "Phones and bastions",
    "inside-a-stack": "From inside a stack",
    "policy-pack": "Organisation policies",
    "other-languages": "Other languages",
    "server-gone": "Server gone or rebuilt",
    "locked-out": "Locked out",
    upgrade: "Upgrade",
    uninstall: "Uninstall",
  }),
  group("Reference", "/docs/reference", {
    fields: "Fields",
    client: "The client",
    findings: "Findings",
    errors: "Errors",
    host: "The host and the state",
    compatibility: "Compatibility",
  }),
  { text: "API", collapsed: true, items: [{ text: "All public types", link: "/api/README" }] },
  group("Explanation", "/docs/explanation", {
    door: "What a door does",
    "safe-changes": "Why it does not lock you out",
    "threat-model": "Threat model",
    speed: "Speed",
    cost: "What it costs a host",
    "ten-thousand-hosts": "10,000 hosts",
    "by-hand": "By hand and by code",
  }),
  {
    text: "Project",
    items: [
      { text: "Changelog", link: "/CHANGELOG" },
      { text: "Security", link: "/SECURITY" },
      { text: "Design", link: "/docs/design" },
      { text: "The derivation", link: "/docs/derivation" },
    ],
  },
];

export default defineConfig({
  title: "pulumi-portknock",
  description: "Port knocking as code",
  srcDir: ".content",
  outDir: "dist",
  cleanUrls: false,
  lastUpdated: false,
  themeConfig: {
    nav: [
      { text: "Tutorial", link: "/docs/tutorial" },
      { text: "Reference", link: "/docs/reference/fields" },
      { text: "Playground", link: "/playground" },
    ],
    sidebar,
    outline: [2, 3],
    search: { provider: "local" },
  },
  markdown: {
    config: (md) => {
      // Pages link to files of the repository that are not on the site. There only their text stays.
      const open =
        md.renderer.rules.link_open ??
        ((tokens, index, options, _, self) => self.renderToken(tokens, index, options));
      const close =
        md.renderer.rules.link_close ??
        ((tokens, index, options, _, self) => self.renderToken(tokens, index, options));
      const dropped: boolean[] = [];
      md.renderer.rules.link_open = (tokens, index, options, env, self) => {
        const href = tokens[index]?.attrGet("href") ?? "";
        const target = isOnSite(href, env.relativePath ?? "");
        dropped.push(target === undefined);
        if (target === undefined) return "<span>";
        tokens[index]?.attrSet("href", target);
        return open(tokens, index, options, env, self);
      };
      md.renderer.rules.link_close = (tokens, index, options, env, self) =>
        dropped.pop() ? "</span>" : close(tokens, index, options, env, self);
    },
  },
  vite: {
    publicDir: fileURLToPath(new URL("../public", import.meta.url)),
    resolve: {
      alias: {
        "node:crypto": shim("crypto"),
        "node:net": shim("net"),
        "node:util": shim("util"),
        "@provider": fileURLToPath(new URL("../../provider", import.meta.url)),
      },
    },
    build: { chunkSizeWarningLimit: 2_000 },
  },
});
