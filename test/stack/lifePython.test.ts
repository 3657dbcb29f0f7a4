import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { python } from "./languages/languages";
import { generateSdk, pythonSdk } from "./languages/python";
import { describeLife } from "./languages/suite";

describeLife(python, async (stack) => {
  const environment = await pythonSdk();
  await generateSdk(environment, join(stack.project, "sdk"));
  const runtime = { name: "python", options: { virtualenv: environment } };
  await writeFile(join(stack.project, "Pulumi.yaml"), JSON.stringify({ name: "languages", runtime }));
});
