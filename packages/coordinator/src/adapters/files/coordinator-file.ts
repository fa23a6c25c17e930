import { randomUUID, randomBytes } from "node:crypto";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { readIfThere, writePrivateFile } from "./private-file.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The coordinator's own id: made once for a data folder, part of what agents sign. Throws `DATA_FILE_UNUSABLE` when its file is damaged.
 */
export function openCoordinatorId(dataDir: string): Promise<string> {
  return openId(dataDir, "coordinator-id", "restore it from a backup, or remove it: then every agent has to join again");
}

/** Which of the coordinators on one Redis this data folder is. Throws `DATA_FILE_UNUSABLE` when its file is damaged. */
export function openMemberId(dataDir: string): Promise<string> {
  return openId(dataDir, "member-id", "remove it to have a new one made");
}

async function openId(dataDir: string, name: string, advice: string): Promise<string> {
  const file = join(dataDir, name);
  const known = (await readIfThere(file))?.trim();
  if (known !== undefined) {
    if (UUID.test(known)) return known;
    throw new SitewrightError("DATA_FILE_UNUSABLE", `${file} holds no id: ${advice}`, { path: file });
  }
  const made = randomUUID();
  await writePrivateFile(file, `${made}\n`);
  return made;
}

/** Tells programs on this machine where the coordinator listens. `startedAt`: ms since 1970. */
export async function announce(dataDir: string, url: string, startedAt: number): Promise<void> {
  await writePrivateFile(join(dataDir, "coordinator.json"), `${JSON.stringify({ url, pid: process.pid, startedAt })}\n`);
}

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** The operators' token of this data folder, made once: 32 random bytes in base64url. Throws `CONFLICT` when its file is damaged. */
export async function openOperatorToken(dataDir: string): Promise<string> {
  const path = join(dataDir, "operator-token");
  const kept = (await readIfThere(path))?.trim();
  if (kept !== undefined) {
    if (TOKEN.test(kept)) return kept;
    throw new SitewrightError("CONFLICT", `${path} holds no operator token: remove the file to have a new one made`, { path });
  }
  const token = randomBytes(32).toString("base64url");
  await writePrivateFile(path, `${token}\n`);
  return token;
}
