import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Tenure } from "@sitewright/protocol";
import type { Log } from "../../app/log.ts";
import { oneAtATime } from "../../app/one-at-a-time.ts";
import { isSuccession } from "../../domain/backup/succession.ts";
import { readIfThere, writePrivateFile } from "../files/private-file.ts";
import { parseState } from "../files/state-file.ts";
import { KEYS } from "../redis/keys.ts";
import { evalFenced, FORGET_FIELDS, REPLACE_BOTH, SET_FIELDS, unlinkFenced } from "../redis/scripts.ts";
import { reaching, type RedisClient } from "../redis/server/connection.ts";
import { readUnits, writeUnits } from "../source-memory.ts";
import { readTenure, writeTenure } from "./tenure-file.ts";

/** Fields of a command. */
const BATCH = 500;

/** Files that a leading coordinator shares as they are. */
const FILES = { succession: "succession.json", deletions: "deletions.json", state: "kept-state.json" } as const;
export type SharedFile = keyof typeof FILES;
const SHARED = Object.keys(FILES) as SharedFile[];

/** What a version that this one does not know wrote is not taken. */
const FITS: Record<SharedFile, (text: string) => boolean> = {
  succession: (text) => isSuccession(JSON.parse(text)),
  deletions: () => true,
  state: (text) => parseState(text) !== undefined,
};

/**
 * What the coordinators of one hierarchy have to know of each other's data folders, beside what all of them have in Redis and in the ledger:
 * statements about successors, the tenure, undo points of deletions, the copy for the loss of Redis, what the site data held, and the operator
 * token, which is encrypted with a key that only holders of the CA's key have.
 */
export interface SharedFolder {
  /**
   * Takes over what another one, which led last, left: also repeatedly, while it leads. `foreign`: that one has another CA, so nothing of it is
   * used; `own`: this one led last, or none did.
   */
  take(): Promise<"taken" | "own" | "foreign">;
  /** From the one that leads: all of it, by one command. Throws `REDIS_UNREACHABLE`. */
  give(): Promise<void>;
  /** After a change of one file. What cannot be stored now is given again when Redis is back. */
  giveFile(name: SharedFile): Promise<void>;
  /** After a change of the tenure in the data folder. Throws `REDIS_UNREACHABLE`; it is given again when Redis is back. */
  giveTenure(): Promise<void>;
  /** Records as JSON, by unit key. */
  giveUnits(units: ReadonlyMap<string, unknown>): Promise<void>;
}

export interface SharedFolderOptions {
  dataDir: string;
  memberId: string;
  /** Of this coordinator: what it gives is refused once another one leads. */
  lease: string;
  /** Public key of the CA: a coordinator with another one shares nothing. */
  authority: string;
  /** 32 bytes, from the key of the CA. */
  secret: Uint8Array;
  log: Log;
}

export function shareFolder(redis: RedisClient, { dataDir, memberId, lease, authority, secret, log }: SharedFolderOptions): SharedFolder {
  const tokenFile = join(dataDir, "operator-token");
  /** A change of a file waits for what is given of the state before it, and so comes after that. */
  const inTurn = oneAtATime();
  /** Of the units that were taken last, by this process. */
  let takenUnits: string | undefined;

  const change = (script: string, keys: string[], args: string[]): Promise<unknown> =>
    reaching(() => evalFenced(redis, script, lease, keys, args));
  const forget = (key: string): Promise<void> => reaching(() => unlinkFenced(redis, lease, [key]));

  /** @param revision Of those that are there. */
  async function takeUnits(revision: string | undefined): Promise<void> {
    if (revision !== undefined && revision === takenUnits) return;
    const read = redis.multi().hmget(KEYS.shared, "author", "units").hgetall(KEYS.sharedUnits);
    const [[, known], [, theirs]] = (await reaching(() => read.exec())) as [[null, (string | null)[]], [null, Record<string, string>]];
    const [author, now] = known;
    // Redis has lost everything since then: what is there no longer was not taken away.
    if (author === null) return;
    await replaceUnits(theirs);
    takenUnits = now ?? undefined;
  }

  async function replaceUnits(theirs: Record<string, string>): Promise<void> {
    if (isSame(theirs, readUnits(dataDir))) return;
    const coming = join(dataDir, "units-coming");
    await rm(coming, { recursive: true, force: true });
    writeUnits(coming, theirs);
    // The rename makes it the memory of this folder; an old log of changes would be applied to it.
    for (const end of ["-wal", "-shm"]) await rm(join(dataDir, `sources.db${end}`), { force: true });
    await rename(join(coming, "sources.db"), join(dataDir, "sources.db"));
    await rm(coming, { recursive: true });
  }

  async function takeFile(name: SharedFile, text: string | undefined): Promise<void> {
    const path = join(dataDir, FILES[name]);
    if (text === undefined) return rm(path, { force: true });
    if (text === (await readIfThere(path)) || !FITS[name](text)) return;
    await writePrivateFile(path, text);
  }

  /** A tenure only rises: agents follow the newest that they met. */
  async function takeTenure(text: string): Promise<void> {
    const [theirs, ours = { restored: 0, started: 0 }] = [JSON.parse(text) as Tenure, await readTenure(dataDir)];
    const next = { restored: Math.max(theirs.restored, ours.restored), started: Math.max(theirs.started, ours.started) };
    if (next.restored !== ours.restored || next.started !== ours.started) await writeTenure(dataDir, next);
  }

  const textOf = (name: SharedFile): Promise<string | undefined> => readIfThere(join(dataDir, FILES[name]));

  async function giveFile(name: SharedFile): Promise<void> {
    const text = await textOf(name);
    await (text === undefined ? change(FORGET_FIELDS, [KEYS.shared], [name]) : change(SET_FIELDS, [KEYS.shared], [name, text]));
  }

  async function giveUnits(key: string, units: Iterable<readonly [string, string]>): Promise<void> {
    const fields = [...units].flat();
    for (let at = 0; at < fields.length; at += 2 * BATCH) await change(SET_FIELDS, [key], fields.slice(at, at + 2 * BATCH));
  }

  /** @returns false: Redis lost what was there of it before it was complete. */
  async function giveOnce(): Promise<boolean> {
    const units = Object.entries(readUnits(dataDir));
    await forget(KEYS.sharedUnitsComing);
    await giveUnits(KEYS.sharedUnitsComing, units);
    const token = (await readIfThere(tokenFile))?.trim();
    const fields: Record<string, string | undefined> = {
      ...Object.fromEntries(await Promise.all(SHARED.map(async (name) => [name, await textOf(name)] as const))),
      tenure: JSON.stringify(await readTenure(dataDir)),
      token: token === undefined ? undefined : seal(token, secret),
      units: randomUUID(),
      authority,
      author: memberId,
    };
    const told = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
    const keys = [KEYS.shared, KEYS.sharedUnitsComing, KEYS.sharedUnits];
    return (await change(REPLACE_BOTH, keys, [String(units.length), ...told])) === 1;
  }

  async function giveTenure(): Promise<void> {
    await change(SET_FIELDS, [KEYS.shared], ["tenure", JSON.stringify(await readTenure(dataDir))]);
  }

  async function noteUnits(): Promise<void> {
    await change(SET_FIELDS, [KEYS.shared], ["units", randomUUID()]);
  }

  async function orLater(work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => log.warn({ error: String(error) }, "what others stand by with is not stored until Redis is back"));
  }

  return {
    async take() {
      const theirs = await reaching(() => redis.hgetall(KEYS.shared));
      const { author, tenure, token } = theirs;
      if (author === undefined || author === memberId) return "own";
      if (theirs.authority !== authority) return "foreign";
      for (const name of SHARED) await takeFile(name, theirs[name]);
      if (tenure !== undefined) await takeTenure(tenure);
      const opened = token === undefined ? undefined : open(token, secret);
      if (opened !== undefined && `${opened}\n` !== (await readIfThere(tokenFile))) await writePrivateFile(tokenFile, `${opened}\n`);
      await takeUnits(theirs.units);
      return "taken";
    },
    give: () =>
      inTurn(async () => {
        while (!(await giveOnce()));
      }),
    giveFile: (name) => orLater(inTurn(() => giveFile(name))),
    giveTenure: () => inTurn(giveTenure),
    async giveUnits(units) {
      if (units.size === 0) return;
      const rows = [...units].map(([unit, row]) => [unit, JSON.stringify(row)] as const);
      await orLater(inTurn(() => giveUnits(KEYS.sharedUnits, rows).then(noteUnits)));
    },
  };
}

function isSame(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

/** AES-256-GCM: nonce, tag and text in base64url. */
function seal(text: string, key: Uint8Array): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64url");
}

/** Undefined for what was sealed with another key, or altered. */
function open(sealed: string, key: Uint8Array): string | undefined {
  const bytes = Buffer.from(sealed, "base64url");
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12)).setAuthTag(bytes.subarray(12, 28));
    return decipher.update(bytes.subarray(28), undefined, "utf8") + decipher.final("utf8");
  } catch {
    return undefined;
  }
}
