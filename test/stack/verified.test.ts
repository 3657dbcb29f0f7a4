import { beforeAll, describe, expect, test } from "vitest";
import { useStack } from "./useStack";
import { connection, sshDoor, webDoor } from "./world";

const SEEN = { closedBeforeKnock: true, openAfterKnock: true };

/** Doors, and what is seen of each from where `up` runs. */
const CASES: readonly {
  readonly name: string;
  readonly more?: Readonly<Record<string, unknown>>;
  readonly isOnSsh?: boolean;
  readonly verified: object | undefined;
}[] = [
  { name: "on SSH", isOnSsh: true, verified: SEEN },
  { name: "on another port", verified: SEEN },
  { name: "that refuses", more: { closedResponse: "reset" }, verified: SEEN },
  { name: "on SSH, that refuses", isOnSsh: true, more: { closedResponse: "reset" }, verified: SEEN },
  { name: "for one connection a knock", more: { singleUse: true }, verified: SEEN },
  { name: "that needs no knock from here", more: { allowFrom: ["192.0.2.0/24"] }, verified: undefined },
  { name: "of the other family", more: { families: ["ipv6"] }, verified: undefined },
  { name: "without a TCP port", more: { door: [{ protocol: "udp", ports: [53] }] }, verified: undefined },
  {
    name: "where nothing listens",
    more: { closedResponse: "reset", door: [{ protocol: "tcp", ports: [9000] }] },
    verified: { closedBeforeKnock: true, openAfterKnock: false },
  },
];

describe("what is seen of a door", () => {
  const { lab, stack } = useStack({ hosts: CASES.length });

  beforeAll(async () => {
    const doors = CASES.map(({ isOnSsh, more }, index) => {
      const host = lab.host(index + 1);
      const make = isOnSsh ? sshDoor : webDoor;
      return [host.name, make(lab, host, { connection: connection(lab, host), ...more })] as const;
    });
    await stack.declare(Object.fromEntries(doors));
    await stack.up();
  });

  test.each(CASES.map((one, index) => ({ ...one, host: `h${index + 1}` })))(
    "$name",
    async ({ host, verified }) => {
      const door = (await stack.doors()).find(({ urn }) => urn.endsWith(`::${host}`));
      expect(door?.outputs?.verified).toEqual(verified);
    },
  );
});
