import { closeSync, constants, fstatSync, ftruncateSync, linkSync, lstatSync, openSync, unlinkSync, writeSync } from "node:fs";
import type { AdoptAsk } from "../../../app/ports/disk.ts";
import { identityOf, sameContentTimes, type FileIdentity } from "../../../domain/tree/file-identity.ts";
import type { Anchor } from "../anchor.ts";
import { openForReading, readExactly } from "./disk-hash.ts";
import { platform } from "../platform/platform.ts";
import { NO_FOLLOW } from "../platform/port.ts";
import { finishOpen, openForWriting } from "./disk-write.ts";
import { systemCode } from "../disk-error.ts";
import type { SourceFinder } from "./disk-sources.ts";
import { digestOf } from "@sitewright/node-kit/hash";

/** Devices that have refused to share blocks between files. */
const noReflink = new Set<bigint>();

/**
 * Gives a local file a second place, the cheapest way: shared blocks, then a hard link where that is permitted, then a copy that is
 * verified before it is written. Undefined when the source has changed.
 */
export function adoptFile(anchor: Anchor, find: SourceFinder, ask: AdoptAsk, check: () => void): FileIdentity | undefined {
  let source: number;
  try {
    source = openForReading(find(ask.from));
  } catch {
    return undefined;
  }
  try {
    const stat = fstatSync(source, { bigint: true });
    const known = identityOf(stat) === ask.identity;
    if (known && !noReflink.has(stat.dev)) {
      const identity = cloneBlocks(anchor, source, stat.dev, ask);
      if (identity) return identity;
    }
    if (known && ask.link) {
      const linked = link(anchor, find(ask.from), source, ask);
      if (linked) return linked;
    }
    return copyVerified(anchor, source, ask, check);
  } finally {
    closeSync(source);
  }
}

function cloneBlocks(anchor: Anchor, source: number, device: bigint, ask: AdoptAsk): FileIdentity | undefined {
  const place = anchor.place(ask.path);
  try {
    // The opened source by its descriptor: its name may denote another file by now.
    platform.cloneFile(source, place);
  } catch (error) {
    // EEXIST: an earlier attempt left an incomplete file. A copy overwrites it, and reports any fault more exactly.
    if (["ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL", "EXDEV", "ENOTTY"].includes(systemCode(error) ?? "")) noReflink.add(device);
    return undefined;
  }
  if (platform.identityOfOpen(source) !== ask.identity) {
    unlinkSync(place);
    return undefined;
  }
  const fd = openSync(place, constants.O_RDWR | NO_FOLLOW);
  try {
    return finishOpen(fd, ask);
  } finally {
    closeSync(fd);
  }
}

function link(anchor: Anchor, from: string, source: number, ask: AdoptAsk): FileIdentity | undefined {
  const place = anchor.place(ask.path);
  try {
    linkSync(from, place);
  } catch {
    return undefined; // too many links, wrong owner, or not supported: a copy needs none of these, and reports faults more exactly
  }
  const made = identityOf(lstatSync(place, { bigint: true }));
  const now = platform.identityOfOpen(source);
  if (made === now && sameContentTimes(made, ask.identity)) return made;
  unlinkSync(place); // the name had been reassigned
  return undefined;
}

function copyVerified(anchor: Anchor, source: number, ask: AdoptAsk, check: () => void): FileIdentity | undefined {
  const { fd } = openForWriting(anchor, ask.path);
  try {
    ftruncateSync(fd, 0); // an earlier attempt may have written more
    let offset = 0;
    for (const { digest, size } of ask.chunks) {
      check();
      const content = readExactly(source, offset, size);
      if (!content || digestOf(content) !== digest) {
        unlinkSync(anchor.place(ask.path));
        return undefined;
      }
      for (let done = 0; done < size;) done += writeSync(fd, content, done, size - done, offset + done);
      offset += size;
    }
    return finishOpen(fd, ask);
  } finally {
    closeSync(fd);
  }
}
