import { delimiter, join } from "node:path";
import { python } from "./languages/languages";
import { generateSdk, pythonSdk } from "./languages/python";
import { describeLife } from "./languages/suite";

describeLife(python, async (stack) => {
  const environment = await pythonSdk();
  // The host of the lab is older than the way in which Pulumi tells it of a virtual environment.
  process.env.PATH = [join(environment, "bin"), process.env.PATH].join(delimiter);
  await generateSdk(environment, join(stack.project, "sdk"));
});
