/** What of node:net the compiler needs, for browsers. */

export function isIP(text: string): 0 | 4 | 6 {
  return isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0;
}

function isIPv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text);
}

/** RFC 4291, 2.2: eight groups, one gap at most, the last 32 bits perhaps as IPv4. */
export function isIPv6(text: string): boolean {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (tail && !isIPv4(tail[2] ?? "")) return false;
  const plain = tail ? `${tail[1]}0:0` : text;
  const halves = plain.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const isFull = halves.length === 1 ? groups.length === 8 : groups.length < 8;
  return isFull && groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group));
}

/** node:net's BlockList for subnets. */
export class BlockList {
  private readonly subnets: { readonly number: bigint; readonly bits: number; readonly size: number }[] = [];

  addSubnet(address: string, bits: number): void {
    this.subnets.push({ number: toNumber(address), bits, size: sizeOf(address) });
  }

  check(address: string): boolean {
    const [number, size] = [toNumber(address), sizeOf(address)];
    return this.subnets.some(
      (one) =>
        one.size === size && one.number >> BigInt(size - one.bits) === number >> BigInt(size - one.bits),
    );
  }
}

function sizeOf(address: string): number {
  return isIPv4(address) ? 32 : 128;
}

function toNumber(address: string): bigint {
  if (isIPv4(address)) return address.split(".").reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [(Number(a) << 8) | Number(b), (Number(c) << 8) | Number(d)].map((part) => part.toString(16)).join(":"),
  );
  const [head = "", tail] = plain.split("::");
  const split = (half: string) => (half === "" ? [] : half.split(":"));
  const [front, back] = [split(head), split(tail ?? "")];
  const zeros = tail === undefined ? [] : new Array<string>(8 - front.length - back.length).fill("0");
  return [...front, ...zeros, ...back].reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}
