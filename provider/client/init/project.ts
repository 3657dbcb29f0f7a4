import type { Answers } from "./answers";

/** The files of a project, by name. None has a secret. */
export function projectFiles(name: string, answers: Answers): Readonly<Record<string, string>> {
  return {
    "Pulumi.yaml": `name: ${name}\nruntime: nodejs\ndescription: SSH behind a knock\n`,
    "index.ts": program(answers),
    "tsconfig.json": `${JSON.stringify(
      {
        compilerOptions: {
          target: "ES2022",
          // As Pulumi's own defaults; TypeScript 6 warns of older ones. The program stays CommonJS.
          module: "nodenext",
          moduleResolution: "nodenext",
          strict: true,
          skipLibCheck: true,
          noEmit: true,
        },
        include: ["*.ts"],
      },
      undefined,
      2,
    )}\n`,
    ".gitignore": "node_modules/\n",
  };
}

function program({ hosts, user, privateKey, rotateEvery }: Answers): string {
  const entries = hosts.map(({ name, host }) => `    ${key(name)}: { connection: { host: ${text(host)} } },`);
  const login = [
    ...(user === "root" ? [] : [`user: ${text(user)}`, "sudo: true"]),
    ...(privateKey === undefined ? [] : ['privateKey: config.requireSecret("privateKey")']),
  ];
  const rotation = rotateEvery === undefined ? "" : ` rotateEvery: ${text(rotateEvery)} `;
  return [
    ...(privateKey === undefined ? [] : ['import { Config } from "@pulumi/pulumi";']),
    'import { PortKnockFleet } from "pulumi-portknock";',
    "",
    ...(privateKey === undefined ? [] : ["const config = new Config();", ""]),
    'const ssh = new PortKnockFleet("ssh", {',
    "  hosts: {",
    ...entries,
    "  },",
    ...(login.length === 0 ? [] : [`  connection: { ${login.join(", ")} },`]),
    `  sequence: {${rotation}},`,
    '  door: [{ protocol: "tcp", ports: [22] }],',
    "  canary: 1,",
    "});",
    "",
    "export const clientConfig = ssh.clientConfig;",
    "",
  ].join("\n");
}

function text(value: string): string {
  return JSON.stringify(value);
}

function key(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : text(name);
}
