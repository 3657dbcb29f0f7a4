import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { commands } from "../../provider/client/commands";
import { explained } from "../../provider/client/explain/explained";
import { explainSvg } from "../../provider/client/explain/svg";
import { defaultBackend } from "../../provider/door/backend";
import { doorTexts, policyTexts } from "../../provider/policy/fieldTexts";
import {
  connectionTexts,
  fleetTexts,
  openDoorTexts,
  sequenceTexts,
} from "../../provider/policy/resourceTexts";
import type { Policy } from "../../provider/policy/types";
import { validatePolicy } from "../../provider/policy/validate";
import { referencePages } from "./reference";

const ROOT = join(__dirname, "../..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

/** All pages of the repository, without those of the packages that it installs. */
const pages = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: ROOT,
  encoding: "utf8",
})
  .split("\0")
  .filter((page) => page !== "" && existsSync(join(ROOT, page)));

function doorPicture(): string {
  const door = [{ protocol: "tcp", ports: [22] }];
  const { value } = validatePolicy({ sequence: "tcp/41287,udp/23911,icmp/733", door });
  return explainSvg(explained(value as Policy, "door", true, defaultBackend));
}

test("pages and pictures that are made are as they would be made today", async () => {
  const made = { ...(await referencePages()), "docs/images/door.svg": doorPicture() };
  for (const [file, text] of Object.entries(made)) {
    if (process.env.UPDATE_GOLDEN) {
      mkdirSync(dirname(join(ROOT, file)), { recursive: true });
      writeFileSync(join(ROOT, file), text);
    }
    expect(read(file), file).toBe(text);
  }
});

/** The names of the fields of an interface, from its source. */
function fieldsOf(file: string, name: string): string[] {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest);
  const found = source.statements.find((one) => ts.isInterfaceDeclaration(one) && one.name.text === name);
  if (found === undefined || !ts.isInterfaceDeclaration(found)) throw new Error(`${file} has no ${name}`);
  return found.members.flatMap(({ name }) => (name && ts.isIdentifier(name) ? [name.text] : []));
}

const ARGS = "provider/resource/args";

test.each([
  [`${ARGS}/portKnockArgs.ts`, "PortKnockArgs", { ...doorTexts, ...policyTexts }],
  [`${ARGS}/connectionArgs.ts`, "LoginArgs", connectionTexts],
  [`${ARGS}/connectionArgs.ts`, "ConnectionArgs", connectionTexts],
  [`${ARGS}/knockSequenceArgs.ts`, "KnockSequenceArgs", sequenceTexts],
  [`${ARGS}/fleetArgs.ts`, "PortKnockFleetArgs", fleetTexts],
  ["provider/resource/dynamic/openDoor.ts", "OpenDoorArgs", openDoorTexts],
])("each field in %s of %s is in the reference, and has a hover text", (file, name, texts) => {
  const fields = fieldsOf(file, name);
  expect(fields.length).toBeGreaterThan(3);
  expect(fields.filter((field) => !(field in texts))).toEqual([]);
});

test("each public field and each class has a hover text, and each class an example", () => {
  const report = read("etc/pulumi-portknock.api.md");
  const args = report.split("// @public").filter((part) => /^[^\n]*\nexport (interface|class)/.test(part));
  expect(args.length).toBeGreaterThan(10);
  for (const name of ["PortKnock", "PortKnockFleet", "KnockSequence", "OpenDoor"]) {
    const file = `provider/resource/dynamic/${name[0]?.toLowerCase()}${name.slice(1)}.ts`;
    expect(read(file)).toMatch(new RegExp(`@example[\\s\\S]*?export class ${name}\\b`));
  }
  for (const part of args.filter((part) => /interface \w*(?:Args|Step)\b/.test(part)))
    expect(part).not.toContain("(undocumented)");
});

test("the reference has every finding, every error code, and every command, and no other", () => {
  const codesIn = (file: string) =>
    [...read(file).matchAll(/^ {2}\| "([a-z-]+)"/gm)].map(([, code]) => code ?? "").sort();
  const rowsIn = (file: string) =>
    [...read(file).matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code ?? "");
  expect(rowsIn("docs/reference/findings.md").sort()).toEqual(codesIn("provider/lint/finding.ts"));
  expect(rowsIn("docs/reference/errors.md").sort()).toEqual(codesIn("provider/errors.ts"));
  const named = [...read("docs/reference/client.md").matchAll(/^## portknock (\w+)$/gm)].map(
    ([, name]) => name,
  );
  expect(named).toEqual(Object.keys(commands));
});

/** A heading's anchor, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}

function anchorsIn(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));
}

test("each link of a page leads to a file, and to a heading of it", () => {
  const links = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?![a-z]+:)([^)#]*)(?:#([^)]+))?\)/g)].map(([, link = "", anchor]) => ({
      page,
      target: link === "" ? page : join(dirname(page), link),
      anchor,
    })),
  );
  expect(links.length).toBeGreaterThan(100);
  const isDead = ({ target, anchor }: (typeof links)[number]) =>
    !existsSync(join(ROOT, target)) ||
    (anchor !== undefined && target.endsWith(".md") && !anchorsIn(target).includes(anchor));
  expect(links.filter(isDead)).toEqual([]);
});

test("the README fits on 200 lines", () => {
  expect(read("README.md").split("\n").length).toBeLessThanOrEqual(200);
});

test("each page of docs/ is linked from the README or from a page of docs/", () => {
  const all = pages.filter((page) => page.startsWith("docs/") && !page.startsWith("docs/decisions/"));
  const text = ["README.md", ...all].map((page) => [page, read(page)] as const);
  const isLinked = (page: string) =>
    text.some(([from, content]) =>
      [...content.matchAll(/\]\(([^)#]+)/g)].some(([, link = ""]) => join(dirname(from), link) === page),
    );
  expect(all.filter((page) => page !== "docs/index.md" && !isLinked(page))).toEqual([]);
});

/** The snippets of a page in a language. */
function snippetsOf(page: string, language: string): string[] {
  return [...read(page).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(
    ([, snippet = ""]) => snippet,
  );
}

test("each snippet type-checks as it is printed", () => {
  const folder = mkdtempSync(join(ROOT, "node_modules/.cache-snippets-"));
  try {
    const files = pages
      .filter((page) => page === "README.md" || page.startsWith("docs/"))
      .flatMap((page) => snippetsOf(page, "ts").map((snippet) => ({ page, snippet })))
      .map(({ page, snippet }, index) => {
        const file = join(folder, `${index}-${page.replace(/\W/g, "_")}.ts`);
        writeFileSync(file, `${snippet}\nexport {};\n`);
        return file;
      });
    expect(files.length).toBeGreaterThan(10);
    const program = ts.createProgram(files, {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      moduleResolution: ts.ModuleResolutionKind.Node10,
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: ["node"],
      baseUrl: ROOT,
      paths: {
        "pulumi-portknock": [resolve(ROOT, "provider/index.ts")],
        "pulumi-portknock/policy": [resolve(ROOT, "provider/organisation/index.ts")],
      },
    });
    const wrong = files.flatMap((file) => {
      const source = program.getSourceFile(file);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
        ({ file: in_, messageText }) =>
          `${in_?.fileName.split("/").at(-1)}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
      );
    });
    expect(wrong).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
