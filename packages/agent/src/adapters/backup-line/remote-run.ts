import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { LARGEST_CHUNK, SitewrightError } from "@sitewright/protocol";
import type { RunRecord } from "../../app/site-backup/ports.ts";
import type { RunSource, Wanted } from "../site-backup/copy-run.ts";
import { unpackChunk } from "../site-backup/pack-bytes.ts";
import type { OpenSnapshotStore } from "../site-backup/snapshot-store.ts";
import type { Channel } from "./channel.ts";

/** Chunks that are asked for and have not arrived: enough for a line with a long way. */
const AHEAD = 128;
const DIGEST = 32;
/** Bytes of the size that precedes a chunk. */
const SIZE = 4;
const PIECE = 256 * 1024;

/** The run of another system, which `serveRun` serves there. */
export function lineSource(channel: Channel): RunSource {
  return {
    async list(_, to) {
      await channel.say({ want: "list" });
      await using file = await open(to, "w", 0o600);
      for (;;) {
        const heard = await channel.next();
        if ("words" in heard) return;
        await file.appendFile(heard.bytes);
      }
    },
    async *chunks(wanted) {
      const iterator = wanted[Symbol.asyncIterator]();
      const waiting: Wanted[] = [];
      for (let all = false; ;) {
        // In large steps: each question is a frame of its own.
        if (!all && waiting.length <= AHEAD / 2) {
          const batch: Wanted[] = [];
          while (!all && waiting.length + batch.length < AHEAD) {
            const next = await iterator.next();
            if (next.done) all = true;
            else batch.push(next.value as Wanted);
          }
          if (batch.length > 0) await channel.send(Buffer.concat(batch.map(({ digest }) => digest)));
          waiting.push(...batch);
        }
        const first = waiting.shift();
        if (!first) return;
        yield { ...first, bytes: chunkIn(await channel.next(), first.digest) };
      }
    },
  };
}

function chunkIn(heard: Awaited<ReturnType<Channel["next"]>>, digest: Buffer): Buffer | undefined {
  if (!("bytes" in heard)) throw new SitewrightError("FRAME_INVALID", "words came where bytes of a backup were expected");
  const { bytes } = heard;
  if (bytes.length < SIZE) return undefined;
  const size = bytes.readUInt32BE(0);
  return size > LARGEST_CHUNK ? undefined : unpackChunk(digest, { stored: bytes.subarray(SIZE), size });
}

/** Gives the other side what it asks for of a run, until it says something else. @returns That. Throws what `Channel.next` does. */
export async function serveRun(channel: Channel, store: OpenSnapshotStore, { run }: RunRecord): Promise<Record<string, unknown>> {
  for (;;) {
    const heard = await channel.next();
    if ("words" in heard) {
      if (heard.words["want"] !== "list") return heard.words;
      for await (const piece of createReadStream(store.listOf(run), { highWaterMark: PIECE })) await channel.send(piece as Buffer);
      await channel.say({ end: true });
      continue;
    }
    const digests = Buffer.from(heard.bytes);
    for (let at = 0; at + DIGEST <= digests.length; at += DIGEST) {
      const found = store.chunks.packed(digests.subarray(at, at + DIGEST));
      const size = Buffer.alloc(found ? SIZE : 0);
      if (found) size.writeUInt32BE(found.size);
      await channel.send(found ? Buffer.concat([size, found.stored]) : size);
    }
  }
}
