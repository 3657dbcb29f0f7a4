/** The stacks that go through all operations: ours, and those that stand beside it. */
export const BESIDE = {
  control: "of resources that do nothing",
  plugin: "by the plugin, TypeScript",
  yaml: "by the plugin, Pulumi YAML",
} as const;

export type StackName = "ours" | keyof typeof BESIDE;
