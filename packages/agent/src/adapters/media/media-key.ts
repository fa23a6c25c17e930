import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import { createMediaKeys, openMediumKey, publicMediaKey } from "@sitewright/node-kit/medium-seal";
import { SitewrightError, type MediumTable } from "@sitewright/protocol";
import { diskError, isAbsent } from "../disk/disk-error.ts";

function keyFile(dataDir: string): string {
  return join(dataDir, "media-key.pem");
}

/** The public key to which media can be encrypted; made once. */
export async function ownMediaKey(dataDir: string): Promise<Uint8Array> {
  const known = await readKey(dataDir);
  if (known !== undefined) return publicMediaKey(known);
  const { privateKey, publicKey } = createMediaKeys();
  await writeFileAtomic(keyFile(dataDir), privateKey, 0o600);
  return publicKey;
}

/** The key of an encrypted medium; undefined: it is not encrypted. Throws `MEDIUM_LOCKED`. */
export async function mediumKeyFor({ medium, keys }: MediumTable, system: string, dataDir: string): Promise<Uint8Array | undefined> {
  if (keys.length === 0) return undefined;
  const own = keys.find((key) => key.system === system);
  const secret = own && (await readKey(dataDir));
  if (own && secret !== undefined) return openMediumKey(medium, own, secret);
  throw new SitewrightError(
    "MEDIUM_LOCKED",
    `the medium is encrypted, and ${own ? `${keyFile(dataDir)} is missing` : `not for ${system}`}: state the needs of this system with 'sitewright-agent media want', and have a medium written for them`,
  );
}

/** Undefined: there is none. Throws `DATA_DAMAGED`. */
async function readKey(dataDir: string): Promise<string | undefined> {
  const path = keyFile(dataDir);
  let pem: string;
  try {
    pem = await readFile(path, "utf8");
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw diskError(error, path, "");
  }
  try {
    publicMediaKey(pem);
    return pem;
  } catch (cause) {
    throw new SitewrightError(
      "DATA_DAMAGED",
      `${path} is not the key of this system for media: restore it from a backup, or move it away, state the needs of this system again with 'sitewright-agent media want', and have media that were encrypted to it written for them`,
      { path, cause },
    );
  }
}
