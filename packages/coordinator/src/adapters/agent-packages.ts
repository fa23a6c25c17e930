import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { open, readdir, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { readBounded } from "@sitewright/node-kit/bounded-file";
import type { AgentPackages, OpenPackage } from "../app/agents/agent-packages.ts";
import type { AgentTarget } from "@sitewright/protocol/api";

/** As `npm run package` names them; the version is the first group. */
const NAMES: Record<AgentTarget, RegExp> = {
  "linux-x64": /^sitewright-agent_(\d+\.\d+\.\d+)_amd64\.deb$/,
  "linux-arm64": /^sitewright-agent_(\d+\.\d+\.\d+)_arm64\.deb$/,
  "win-x64": /^sitewright-agent-(\d+\.\d+\.\d+)-win-x64\.zip$/,
};
/** Beside them, in the form of sha256sum. */
const SUMS = "SHA256SUMS";
const MOST_SUMS = 64 * 1024;
const PIECE = 64 * 1024;

interface Found {
  target: AgentTarget;
  version: readonly number[];
  name: string;
  digest: string;
}

/**
 * The packages in a folder; without one there are none. A file is hashed once, and again when it has changed; files that come and go are
 * noticed. Throws `BAD_REQUEST` when there is no such folder.
 */
export function openAgentPackages(folder: string | undefined): AgentPackages {
  if (folder === undefined) return { offered: async () => [], newest: async () => ({}), open: async () => undefined };
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new SitewrightError("BAD_REQUEST", `--agents ${folder} is not a folder: name the one with the packages of the agent`, {
      path: folder,
    });
  const hashes = new Map<string, { mark: string; digest: Promise<string> }>();

  async function digestOf(path: string): Promise<string> {
    const { size, mtimeMs, ctimeMs, ino } = await stat(path);
    const mark = [size, mtimeMs, ctimeMs, ino].join();
    const known = hashes.get(path);
    if (known?.mark === mark) return known.digest;
    const digest = hashFile(path);
    hashes.set(path, { mark, digest });
    // Tried again by the next request.
    digest.catch(() => hashes.delete(path));
    return digest;
  }

  async function all(): Promise<Found[]> {
    try {
      return await read();
    } catch (cause) {
      if (cause instanceof SitewrightError) throw cause;
      const why = `the packages of the agent in ${folder} cannot be read (${(cause as Error).message})`;
      throw new SitewrightError("CONTENT_UNAVAILABLE", `${why}: let the coordinator's account read them, then try again`, { cause });
    }
  }

  async function read(): Promise<Found[]> {
    const found: Found[] = [];
    const names = await readdir(folder as string);
    const sums = names.includes(SUMS)
      ? parseSums((await readBounded(join(folder as string, SUMS), MOST_SUMS)).toString("utf8"))
      : undefined;
    for (const name of names.toSorted()) {
      for (const [target, pattern] of Object.entries(NAMES) as [AgentTarget, RegExp][]) {
        const version = pattern.exec(name)?.[1]?.split(".").map(Number);
        if (!version) continue;
        const path = join(folder as string, name);
        const digest = await digestOf(path);
        const stated = sums?.get(name);
        if (stated !== undefined && stated !== digest)
          throw new SitewrightError("HASH_MISMATCH", `${path} is not the file that ${SUMS} beside it describes: copy it again`, { path });
        found.push({ target, version, name, digest });
      }
    }
    return found;
  }

  return {
    async offered() {
      return (await all()).map(({ version, target, digest }) => ({ version: version.join("."), target, digest }));
    },
    async newest() {
      const found = (await all()).toSorted((a, b) => compareVersions(a.version, b.version));
      return Object.fromEntries(found.map(({ target, digest }) => [target, digest]));
    },
    async open(digest) {
      const wanted = (await all()).find((one) => one.digest === digest);
      return wanted && openPackage(join(folder, wanted.name));
    },
  };
}

async function openPackage(path: string): Promise<OpenPackage> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    return { bytes: size, read: (from) => pieces(file, from, size), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Ends where the file ended when it was opened, or where it was cut since: who loads it compares its hash. */
async function* pieces(file: FileHandle, from: number, size: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < size;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(PIECE, size - at)), 0, undefined, at);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) hash.update(piece);
  return hash.digest("hex");
}

function parseSums(text: string): Map<string, string> {
  return new Map([...text.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm)].map(([, digest = "", name = ""]) => [name, digest]));
}

function compareVersions(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((part, i) => part !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
