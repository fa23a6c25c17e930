import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { LIMITS, SitewrightError, type Digest } from "@sitewright/protocol";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import type { HeldManifest, ManifestReceipt, ManifestStore } from "../../app/ports/stores.ts";
import { identityOf, type FileIdentity } from "../../domain/tree/file-identity.ts";
import { diskError, systemCode } from "../disk/disk-error.ts";
import { syncFolder } from "../disk/sync-folder.ts";
import { createManifestProof, readParts, readRange, readWindows, type ManifestFacts } from "./manifest-file.ts";
import { setFlagsFromString } from "node:v8";

const UNFINISHED = ".part";
/** A unit with a larger manifest, bytes, produces more garbage than memory permits; smaller ones are built at full speed. */
const LARGE = 4 * 1024 * 1024;

/** One file per manifest, named by its digest. A checked file is trusted while it is unchanged. */
export function createManifestStore(dataDir: string): ManifestStore {
  const folder = join(dataDir, "manifests");
  try {
    makeFolder(folder, 0o700);
  } catch (error) {
    throw diskError(error, folder, "");
  }
  const proved = new Map<Digest, { identity: FileIdentity; facts: ManifestFacts }>();
  const holders = new Map<Digest, number>();

  /** Protects what belongs to the digest from removal; returns a function that ends that. */
  function hold(digest: Digest): () => void {
    holders.set(digest, (holders.get(digest) ?? 0) + 1);
    let holding = true;
    return () => {
      const left = (holders.get(digest) ?? 0) - (holding ? 1 : 0);
      holding = false;
      if (left > 0) holders.set(digest, left);
      else holders.delete(digest);
    };
  }

  function held(digest: Digest, facts: ManifestFacts): HeldManifest {
    const path = join(folder, digest);
    return {
      digest,
      ...facts,
      windows: () => readWindows(path),
      read: (from, to) => readRange(path, from, to),
      [Symbol.dispose]: hold(digest),
    };
  }

  function open(digest: Digest): HeldManifest | undefined {
    const path = join(folder, digest);
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (!stat) return undefined;
    if (stat.size > LARGE) keepHeapSmall();
    const identity = identityOf(stat);
    const known = proved.get(digest);
    if (known?.identity === identity) return held(digest, known.facts);
    try {
      const proof = createManifestProof();
      for (const part of readParts(path)) proof.push(part);
      const facts = proof.end(digest);
      proved.set(digest, { identity, facts });
      return held(digest, facts);
    } catch (error) {
      // A damaged or unreadable file counts as missing: the manifest is fetched again.
      if (error instanceof SitewrightError || systemCode(error) !== undefined) return undefined;
      throw error;
    }
  }

  return {
    open,
    receive(digest, bytes) {
      if (bytes > LARGE) keepHeapSmall();
      return receiveManifest({
        folder,
        digest,
        hold: () => hold(digest),
        keep(facts) {
          proved.set(digest, { identity: identityOf(statSync(join(folder, digest), { bigint: true })), facts });
          return held(digest, facts);
        },
      });
    },
    keepOnly(digests) {
      for (const name of readdirSync(folder)) {
        const digest = name.endsWith(UNFINISHED) ? name.slice(0, -UNFINISHED.length) : name;
        if (holders.has(digest) || digests.has(name)) continue;
        rmSync(join(folder, name), { force: true });
        proved.delete(digest);
      }
    },
  };
}

interface Receiving {
  folder: string;
  digest: Digest;
  /** Protects the received part from removal; returns a function that ends that. */
  hold(): () => void;
  /** All of it is on the disk, and was checked. */
  keep(facts: ManifestFacts): HeldManifest;
}

/** Continues with what was received before, if that can be read. */
function receiveManifest({ folder, digest, hold, keep }: Receiving): ManifestReceipt {
  const unfinished = join(folder, digest + UNFINISHED);
  const guard = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw diskError(error, folder, digest);
    }
  };
  const { proof, length: before } = proveAgain(unfinished);
  let length = before;
  const fd = guard(() => openSync(unfinished, length > 0 ? "r+" : "w", 0o600));
  const release = hold();
  let closed = false;
  const close = () => {
    if (!closed) closeSync(fd);
    closed = true;
    release();
  };
  const spoiled = (error: unknown): never => {
    close();
    rmSync(unfinished, { force: true });
    throw error;
  };

  return {
    length: () => length,
    append: (bytes) => {
      try {
        if (length + bytes.length > LIMITS.manifest)
          throw new SitewrightError("MANIFEST_INVALID", `the manifest ${digest} is over the limit of ${LIMITS.manifest} bytes`);
        proof.push(bytes);
      } catch (error) {
        spoiled(error);
      }
      guard(() => {
        for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, length + done);
      });
      length += bytes.length;
    },
    finish() {
      let facts: ManifestFacts;
      try {
        facts = proof.end(digest);
      } catch (error) {
        return spoiled(error);
      }
      guard(() => {
        fsyncSync(fd);
        renameSync(unfinished, join(folder, digest));
        syncFolder(folder);
      });
      close();
      return keep(facts);
    },
    [Symbol.dispose]: close,
  };
}

/** Checks what was received of a manifest before; unreadable parts are discarded. */
function proveAgain(unfinished: string): { proof: ReturnType<typeof createManifestProof>; length: number } {
  const proof = createManifestProof();
  if (!existsSync(unfinished)) return { proof, length: 0 };
  try {
    let length = 0;
    for (const part of readParts(unfinished)) {
      proof.push(part);
      length += part.length;
    }
    return { proof, length };
  } catch {
    rmSync(unfinished, { force: true });
    return { proof: createManifestProof(), length: 0 };
  }
}

/**
 * By default V8's garbage may be several times the live heap. From now on memory has priority over speed, and the young generation grows no
 * more, which costs some 15 %.
 */
function keepHeapSmall(): void {
  setFlagsFromString("--optimize-for-size");
  setFlagsFromString("--semi-space-growth-factor=1");
}
