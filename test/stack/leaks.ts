/** The forms in which a text may stand in another: as it is, in hexadecimal, and in base64 from each of three places. */
export function forms(secret: string): string[] {
  const shifted = ["", "x", "xx"].map((before) =>
    // The first and the last characters depend on what stands beside the secret.
    Buffer.from(before + secret)
      .toString("base64")
      .slice(4, -4),
  );
  return [secret, Buffer.from(secret).toString("hex"), ...shifted];
}

/** The secrets that stand in a text; numbers as words of their own. */
export function leaks(text: string, secrets: readonly string[], numbers: readonly number[]): string[] {
  return [
    ...secrets.filter((secret) => text.includes(secret)),
    ...numbers.filter((number) => new RegExp(`\\b${number}\\b`).test(text)).map(String),
  ];
}
