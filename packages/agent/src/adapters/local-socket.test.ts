import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { connectLocal } from "./local-socket.ts";

/** Says a word to whoever connects, and notes what it was told. */
async function aServer() {
  const path = join(temporaryFolder(), "socket");
  const told: string[] = [];
  const server = createServer((socket) => {
    socket.on("data", (data) => told.push(String(data)));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => server.emit("gone"));
    socket.write("here");
  }).listen(path);
  await once(server, "listening");
  return { path, told, server, [Symbol.dispose]: () => void server.close() };
}

test("nothing is written to a pipe of Windows that another account made, or whose owner cannot be read, and it is left at once", async () => {
  using at = await aServer();
  const denied = Object.assign(new Error("denied"), { code: "EPERM" });
  const unreadable = () => {
    throw denied;
  };
  for (const [isTrustedPipe, error] of [
    [() => false, { code: "ACCESS_DENIED" }],
    [unreadable, denied],
  ] as const) {
    const gone = once(at.server, "gone");
    await expect(connectLocal(at.path, { isTrustedPipe })).rejects.toMatchObject(error);
    await gone;
  }
  expect(at.told).toEqual([]);
});

test("a pipe that has no room for the question whose it is is asked again", async () => {
  using at = await aServer();
  const answers = [false, true];
  const isTrustedPipe = () => {
    if (!answers.shift()) throw Object.assign(new Error("busy"), { code: "EBUSY" });
    return true;
  };
  const socket = await connectLocal(at.path, { isTrustedPipe });
  expect([String((await once(socket, "data"))[0]), answers]).toEqual(["here", []]);
  socket.destroy();
});
