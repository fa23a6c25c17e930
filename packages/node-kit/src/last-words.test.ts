import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { expect, test } from "vitest";
import { endWith } from "./last-words.ts";

/** What a client hears that sends while the server ends the connection, and how its own end went. */
async function hear(sent: Buffer, ends: boolean): Promise<{ text: string; fault: string | undefined; closed: boolean }> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket: Socket) => {
    socket.on("error", () => undefined);
    setTimeout(() => endWith(socket, "no, and why"), 50);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const client = connect({ port: (server.address() as AddressInfo).port, allowHalfOpen: true });
  let [text, fault]: [string, string | undefined] = ["", undefined];
  client.on("data", (part: Buffer) => (text += part.toString())).on("error", ({ message }) => (fault = message));
  client.write(sent);
  const [socket] = await accepted;
  const closed = once(socket, "close");
  await once(client, "end");
  if (ends) client.end();
  await closed;
  client.destroy();
  server.close();
  return { text, fault, closed: socket.destroyed };
}

test("what the other side still sends does not cost it the words with which a connection is ended", async () => {
  expect(await hear(Buffer.alloc(4_000_000), true)).toEqual({ text: "no, and why", fault: undefined, closed: true });
});

test("a connection whose other side does not end it is closed a moment later", async () => {
  expect(await hear(Buffer.from("hello"), false)).toMatchObject({ text: "no, and why", closed: true });
});
