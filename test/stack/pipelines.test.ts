import { chmod, cp, mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseSequence } from "../../provider/policy/text";
import { type Host, type Lab, startLab } from "../lab/lab";
import { leaks } from "./leaks";
import { REPOSITORY, Stack } from "./stack";
import { isElsewhere, readWorkflow, runJob, type Workflow } from "./workflow";
import { isOpen, traces } from "./world";

const EXAMPLE = join(REPOSITORY, "examples/ci");

/** Puts the body of a comment where the test finds it, in place of GitHub's and GitLab's servers. */
const COMMENTER = `#!/bin/sh
printf '%s ' "$0" "$@" >>"$COMMENTS"
for word; do case $word in body@*) cat "\${word#body@}" >>"$COMMENTS" ;; *.md) cat "$word" >>"$COMMENTS" ;; esac; done
# As curl does: whoever writes to it must not find the pipe closed.
case " $* " in *' --config - '*) cat >/dev/null ;; esac
`;

interface GitLab {
  default: { before_script: readonly string[] };
  variables: Readonly<Record<string, string>>;
  [job: string]: { script?: readonly string[] } & object;
}

describe("examples/ci lives: the steps of both pipelines, as they stand in their files", () => {
  let lab: Lab;
  let host: Host;
  let stack: Stack;
  let folder: string;
  let github: Workflow;
  let gitlab: GitLab;
  let logs = "";
  const known: number[] = [];

  beforeAll(async () => {
    lab = await startLab();
    host = lab.host();
    folder = await mkdtemp(join(lab.dir, "ci."));
    const project = join(folder, "project");
    await cp(EXAMPLE, project, { recursive: true });
    await symlink(join(REPOSITORY, "node_modules"), join(project, "node_modules"));
    for (const name of ["bin", "state", "temp"]) await mkdir(join(folder, name));
    for (const name of ["gh", "curl"]) {
      await writeFile(join(folder, "bin", name), COMMENTER);
      await chmod(join(folder, "bin", name), 0o755);
    }
    stack = new Stack(lab, project, join(folder, "state"));
    github = await readWorkflow(EXAMPLE);
    gitlab = parse(await readFile(join(EXAMPLE, ".gitlab-ci.yml"), "utf8")) as GitLab;
    await stack.must("stack", "init", "prod");
    await set("hosts.web.host", host.ipv4);
    await set("hosts.web.hostKey", host.hostKey);
  });
  afterAll(() => lab?.stop());

  const set = (path: string, value: string) => stack.must("config", "set", "--path", path, value);

  async function shell(script: string, env: NodeJS.ProcessEnv): Promise<void> {
    const { code, stdout, stderr } = await stack.exec(["bash", "-eo", "pipefail", "-c", script], {
      env: {
        COMMENTS: join(folder, "comments"),
        PATH: [join(folder, "bin"), join(stack.project, "node_modules/.bin"), process.env.PATH].join(":"),
        ...env,
      },
    });
    logs += stdout + stderr;
    expect(code, `${script}\n${stdout}${stderr}`).toBe(0);
  }

  /** With what the CI's own store and its server would fill in. */
  async function runGithub(job: string, leak = false): Promise<void> {
    expect(github.defaults?.run.shell).toBe("bash");
    await runJob(github, job, {
      temp: join(folder, "temp"),
      values: {
        "vars.PULUMI_BACKEND_URL": `file://${stack.state}`,
        "secrets.PULUMI_CONFIG_PASSPHRASE": "the lab's",
        "secrets.SSH_PRIVATE_KEY": lab.privateKey,
        "github.token": "a token",
        "github.event.pull_request.number": "7",
      },
      conditions: { "${{ !inputs.leak }}": !leak, "${{ inputs.leak }}": leak },
      shell,
    });
  }

  async function runGitlab(job: string): Promise<void> {
    const lines = [...gitlab.default.before_script, ...(gitlab[job]?.script ?? [])];
    await shell(lines.filter((line) => !isElsewhere(line)).join("\n"), {
      ...gitlab.variables,
      ...{ PULUMI_BACKEND_URL: `file://${stack.state}`, PULUMI_CONFIG_PASSPHRASE: "the lab's" },
      ...{ SSH_PRIVATE_KEY: lab.privateKeyFile, GITLAB_TOKEN: "a token" },
      ...{ CI_API_V4_URL: "https://gitlab.example/api/v4", CI_PROJECT_ID: "1", CI_MERGE_REQUEST_IID: "7" },
    });
  }

  async function outputs(): Promise<{ generation: number; knockCommand: string }> {
    const text = await stack.must("stack", "output", "doors", "--json", "--show-secrets");
    const { web } = JSON.parse(text.slice(text.indexOf("{")));
    const [, sequence = ""] = /--sequence (\S+)/.exec(web.knockCommand) ?? [];
    known.push(...parseSequence(sequence).flatMap((step) => (step.protocol === "icmp" ? [] : [step.port])));
    return web;
  }

  async function opens(knockCommand: string): Promise<boolean> {
    await expect.poll(() => isOpen(lab, host.ipv4), { timeout: 15_000 }).toBe(false);
    await stack.exec(["sh", "-c", `${knockCommand} --no-check`]);
    return await isOpen(lab, host.ipv4);
  }

  const comments = () => readFile(join(folder, "comments"), "utf8");

  test("GitHub: a pull request gets the rules as a comment, and the host is not touched", async () => {
    const before = await traces(host);
    await runGithub("preview");
    const text = await comments();
    expect(text).toMatch(/gh pr comment 7 --edit-last --create-if-none --body-file comment.md/);
    expect(text).toMatch(/```diff\nPreviewing update/);
    expect(text).toMatch(/\[\d+\]: "-A PK-[0-9a-f]{10} -p tcp -m tcp --dport 22 -j DROP"/);
    expect(text).toMatch(/sequence +: \[secret\]/);
    expect(await traces(host)).toBe(before);
  });

  test("GitHub: a push to main closes the door; the next run changes nothing", async () => {
    await runGithub("up");
    const { generation, knockCommand } = await outputs();
    expect(generation).toBe(1);
    expect(await opens(knockCommand)).toBe(true);
    logs = "";
    await runGithub("up");
    expect(logs).toMatch(/\d+ unchanged/);
    expect(logs).not.toMatch(/updated|replaced|created/);
  });

  test("the run on a schedule rotates what is due", async () => {
    const before = await outputs();
    await stack.must("config", "set", "rotateEvery", "2s");
    await stack.must("config", "set", "overlap", "2s");
    await runGithub("up");
    const after = await outputs();
    expect(after.generation).toBe(before.generation + 1);
    expect(after.knockCommand).not.toBe(before.knockCommand);
    expect(await opens(after.knockCommand)).toBe(true);
    await stack.must("config", "set", "rotateEvery", "30d");
    await stack.must("config", "set", "overlap", "24h");
  });

  test("GitLab: a merge request gets the rules, the default branch is applied", async () => {
    await runGitlab("preview");
    expect(await comments()).toMatch(/curl .*--data-urlencode body@comment.md \S*\/merge_requests\/7\/notes/);
    await runGitlab("up");
    expect(await opens((await outputs()).knockCommand)).toBe(true);
  });

  test.each([
    ["GitHub", () => runGithub("up", true)],
    ["GitLab", () => runGitlab("rotate-now")],
  ])("%s: after a suspected leak one command rotates, without an overlap", async (_name, run) => {
    const before = await outputs();
    await run();
    const after = await outputs();
    expect(await opens(before.knockCommand)).toBe(false);
    expect(await opens(after.knockCommand)).toBe(true);
  });

  test("no sequence, passphrase or key is in a log or a comment", async () => {
    expect(known.length).toBeGreaterThan(16);
    const secrets = ["the lab's", "a token", ...lab.privateKey.split("\n").slice(1, -2)];
    expect(leaks(logs + (await comments()), secrets, known)).toEqual([]);
  });
});
