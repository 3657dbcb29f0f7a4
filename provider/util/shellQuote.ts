/** Quotes a text as one word for a POSIX shell (POSIX.1-2024, Shell Command Language, 2.2.2 Single-Quotes). */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
