import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { readIfThere, writePrivateFile } from "./private-file.ts";

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** The operators' token of this data folder, made once: 32 random bytes in base64url. Throws `CONFLICT` when its file was spoilt. */
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
