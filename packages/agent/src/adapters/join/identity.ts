import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SitewrightError, systemFault } from "@sitewright/protocol";
import { diskError, isAbsent } from "../disk/disk-error.ts";

export interface NewIdentity {
  /** PKCS8 PEM: the secret. */
  privateKey: string;
  /** SPKI DER, base64. */
  publicKey: string;
}

export function keyPath(dataDir: string): string {
  return join(dataDir, "agent-key.pem");
}

/** The Ed25519 key of this agent. */
export function createIdentity(): NewIdentity {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }),
    publicKey: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
  };
}

/** Returns the function that signs with the agent's key. Throws `NOT_JOINED`. */
export async function loadSigner(dataDir: string): Promise<(bytes: Uint8Array) => Uint8Array> {
  const path = keyPath(dataDir);
  try {
    const key = createPrivateKey(await readFile(path));
    return (bytes) => sign(null, bytes, key);
  } catch (cause) {
    if (systemFault(cause)) throw diskError(cause, path, "");
    const what = isAbsent(cause) ? "is missing" : "is damaged";
    throw new SitewrightError("NOT_JOINED", `the key ${path} ${what}: restore it from a backup, or join again with a new token`, {
      path,
      cause,
    });
  }
}
