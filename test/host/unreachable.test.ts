import { lookup } from "node:dns/promises";
import { beforeEach, expect, test, vi } from "vitest";
import { knockAndConnect } from "../../provider/host/enter";
import { connectionSchema } from "../../provider/policy/connection";
import { told } from "../situations";

vi.mock("node:dns/promises");

const host = "web.example.com";
const asked = vi.mocked(lookup);

beforeEach(() => {
  asked.mockReset();
});

const entering = () =>
  knockAndConnect({
    connection: connectionSchema.parse({ host, password: "x" }),
    recordedHostKey: undefined,
    knocks: () => [],
  });

test("a name that does not exist is asked for once", async () => {
  asked.mockRejectedValue(Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" }));
  await expect(entering()).rejects.toMatchObject({
    code: "unreachable",
    message: told("name does not exist", { host }),
  });
  expect(asked).toHaveBeenCalledTimes(1);
});

test("name servers that do not answer are asked again, and not for ever", async () => {
  asked.mockRejectedValue(Object.assign(new Error("getaddrinfo EAI_AGAIN"), { code: "EAI_AGAIN" }));
  await expect(entering()).rejects.toMatchObject({
    code: "unreachable",
    message: told("DNS does not answer", { host, tries: 3 }),
  });
  expect(asked).toHaveBeenCalledTimes(3);
});
