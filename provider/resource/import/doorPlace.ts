/** Where a door to import is: `[user@]host[:port][/the door's id]`. */
export interface DoorPlace {
  readonly host: string;
  readonly port: number | undefined;
  readonly user: string | undefined;
  /** 10 hexadecimal digits. It may be left out where the host has one door. */
  readonly doorId: string | undefined;
}

/** Reads the id of `pulumi import`; undefined for any other text. An IPv6 address with a port is in brackets. */
export function parseDoorPlace(text: string): DoorPlace | undefined {
  const [, user, place = "", doorId] = /^(?:([^@/\s]+)@)?([^@/\s]+)(?:\/([0-9a-f]{10}))?$/.exec(text) ?? [];
  const [, bracketed, plain, port] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(place) ?? [];
  const host = bracketed ?? plain ?? (/^[0-9A-Fa-f:.]+$/.test(place) ? place : undefined);
  if (host === undefined) return undefined;
  return { host, user, doorId, port: port === undefined ? undefined : Number(port) };
}
