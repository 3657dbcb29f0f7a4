/** A shell command that deletes a rule, which nft does only by its number. `rule` is a pattern of sed's, for how it is listed. */
export function deleteRule(chain: string, rule: string): string {
  return `nft delete rule ${chain} handle "$(nft -a list chain ${chain} | sed -n 's/^[[:space:]]*${rule} # handle //p')"`;
}
