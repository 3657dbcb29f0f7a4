// Type-checks provider/, and compares the public types of the package with etc/pulumi-portknock.api.md.
// With --update it rewrites that file. It compiles the declarations itself, so a stale dist/ changes nothing.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";

const isUpdate = process.argv.includes("--update");
const declarations = `dist.api.${process.pid}`;
const REPORT = "pulumi-portknock.api.md";

/** Whether a command of this machine ended well; it prints for itself. */
const succeeds = (command, ...rest) => spawnSync(command, rest, { stdio: "inherit" }).status === 0;

function compileDeclarations() {
  const compiler = "node_modules/typescript/bin/tsc";
  return succeeds(process.execPath, compiler, "-p", ".", "--emitDeclarationOnly", "--outDir", declarations);
}

/** Writes the report of today beside the declarations; into etc/ only where this is an update. */
function extract() {
  mkdirSync("etc", { recursive: true });
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: resolve("."),
      mainEntryPointFilePath: resolve(declarations, "index.d.ts"),
      newlineKind: "lf",
      compiler: { tsconfigFilePath: resolve("tsconfig.json") },
      apiReport: {
        enabled: true,
        // A type that a public one mentions is public too, exported by name or not.
        includeForgottenExports: true,
        reportFolder: resolve("etc"),
        reportTempFolder: resolve(declarations),
        reportFileName: REPORT,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        // Release tags and missing comments are no part of the comparison.
        extractorMessageReporting: { default: { logLevel: "none" } },
        tsdocMessageReporting: { default: { logLevel: "none" } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: resolve("package.json"),
  });
  return Extractor.invoke(config, {
    localBuild: isUpdate,
    // Says what differs in our own words, below. Errors of the compiler and the extractor are printed.
    messageCallback: (message) => {
      if (message.category === "console" && message.logLevel !== "error") message.logLevel = "none";
    },
  });
}

try {
  if (!compileDeclarations()) process.exitCode = 1;
  else {
    const { apiReportChanged, errorCount } = extract();
    if (errorCount > 0) process.exitCode = 1;
    else if (apiReportChanged && !isUpdate) {
      succeeds("git", "--no-pager", "diff", "--no-index", `etc/${REPORT}`, `${declarations}/${REPORT}`);
      console.error(`api: the public types differ from etc/${REPORT}. If you mean that: npm run api:update`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(declarations, { recursive: true, force: true });
}
