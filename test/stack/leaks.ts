import type { Host } from "../lab/lab";

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

/** Stands in a file that anyone may read. */
const READABLE = "readable-by-anyone";

/** All of a host that an account without rights can read of what came after the host itself. */
export async function readableByAnyone(host: Host): Promise<string> {
  // What is older than the host's name was there before any door; the repository is another file system. xt_recent says what its lists are called.
  const script = `cd /; cat /proc/net/xt_recent/*; find "$@" -xdev -newer /etc/hostname -type f -readable -exec cat {} +`;
  await host.run(["sh", "-c", `echo ${READABLE} >/run/readable && chmod 644 /run/readable`]);
  const places = ["/run", "/etc", "/var", "/tmp", "/home", "/dev/shm"];
  const account = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
  const { stdout, stderr } = await host.exec([...account, "sh", "-c", script, "sh", ...places]);
  await host.run(["rm", "/run/readable"]);
  if (!stdout.includes(READABLE)) throw new Error(`the host's files could not be read: ${stderr}`);
  return stdout;
}
