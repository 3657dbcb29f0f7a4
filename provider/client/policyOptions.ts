/** What commands about one policy share. */
export const policyArgument = { policy: { kind: "file", name: "POLICY.json" } } as const;

export const doorNameOption = {
  kind: "text",
  value: "NAME",
  about: "the name of the door. The names of its chains are made from it",
  default: "door",
} as const;
