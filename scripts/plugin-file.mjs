import { chmodSync } from "node:fs";
import { build } from "rolldown";

/** Makes one file that node runs as the plugin, of its compiled modules; what `external` fits is required as it is. */
export async function makePluginFile(input, file, external) {
  await build({
    input,
    platform: "node",
    external,
    logLevel: "warn",
    output: {
      file,
      format: "cjs",
      minify: true,
      keepNames: true,
      comments: { legal: true },
      banner: "#!/usr/bin/env node",
    },
  });
  chmodSync(file, 0o755);
}
