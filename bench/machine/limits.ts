import { fork } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { Blake3Hasher } from "@napi-rs/blake-hash";
import { noise } from "../data/noise.ts";
import { touchMemory } from "./memory.ts";

const BYTES = 512 * 1024 * 1024;
const PIECE = 1024 * 1024;

/** The maximum rates of one thread of this machine, bytes/s: hashing, copying in a memory disk, receiving from another process. */
export async function measureLimits(folder: string): Promise<{ hash: number; copy: number; socket: number }> {
  const piece = noise(PIECE, "limits");
  return { hash: hashRate(piece), copy: copyRate(folder, piece), socket: await socketRate() };
}

function hashRate(piece: Buffer): number {
  const hasher = new Blake3Hasher();
  return rate(() => {
    for (let done = 0; done < BYTES; done += PIECE) hasher.update(piece);
    hasher.digestBuffer();
  });
}

function copyRate(folder: string, piece: Buffer): number {
  touchMemory(folder, 2 * BYTES);
  const from = openSync(join(folder, "from"), "w+");
  for (let done = 0; done < BYTES; done += PIECE) writeSync(from, piece);
  const to = openSync(join(folder, "to"), "w");
  const buffer = Buffer.alloc(PIECE);
  const measured = rate(() => {
    for (let at = 0; at < BYTES; at += PIECE) writeSync(to, buffer, 0, readSync(from, buffer, 0, PIECE, at));
  });
  closeSync(from);
  closeSync(to);
  return measured;
}

async function socketRate(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sender = fork(join(import.meta.dirname, "socket-sender.ts"), [String((server.address() as AddressInfo).port), String(BYTES)]);
  const [socket] = (await once(server, "connection")) as [Socket];
  const started = performance.now();
  socket.resume();
  await once(socket, "end");
  const seconds = (performance.now() - started) / 1000;
  server.close();
  await once(sender, "exit");
  return BYTES / seconds;
}

function rate(work: () => void): number {
  const started = performance.now();
  work();
  return BYTES / ((performance.now() - started) / 1000);
}
