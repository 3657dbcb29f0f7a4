import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What an agent answers to whoever asks for its keys (draft-miller-ssh-agent, 4.4), or an answer of no agent. */
export function agentAnswer(keys: readonly Buffer[]): Buffer {
  const body = Buffer.concat([
    Buffer.from([12]),
    number(keys.length),
    ...keys.flatMap((key) => [number(key.length), key, number(0)]),
  ]);
  return Buffer.concat([number(body.length), body]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A socket on which somebody gives this answer to whatever is asked, or none; and how to end it. */
export async function startAgent(answer: Buffer | undefined): Promise<{ path: string; stop: () => void }> {
  const path = join(mkdtempSync(join(tmpdir(), "portknock-agent.")), "socket");
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => answer && socket.write(answer));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  server.unref();
  return { path, stop: () => server.close() };
}
