import { createHash } from "node:crypto";
import { createReadStream, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { SitewrightError } from "@sitewright/protocol";
import { OWN_FOLDER } from "@sitewright/protocol/site-backup";
import { readBoundedSync } from "@sitewright/node-kit/bounded-file";
import { readResult, type ResultFault, type ResultRecord, type SavedPart } from "./result-record.ts";

/** Bytes of a record. */
const LARGEST_RECORD = 1024 * 1024;
/** In the folder of the backup. */
const OWN = [OWN_FOLDER, "export"];

export interface CheckedResult extends ResultRecord {
  /** Files whose bytes were compared. */
  files: number;
}

export interface CheckOptions {
  /** Where another tool restored to; what it saved by absolute paths is looked for below. */
  root?: string;
}

/**
 * Whether the result of an exported script, or of a tool that ran exported hooks, is one snapshot: its record, and the bytes that the record
 * names. Only reads. Throws `NOT_A_SNAPSHOT` if there is no record.
 */
export async function checkResult(place: string, { root = "/" }: CheckOptions): Promise<CheckedResult> {
  const file = join(place, ...OWN, "result");
  let text: string;
  try {
    text = readBoundedSync(file, LARGEST_RECORD).toString("utf8");
  } catch (cause) {
    throw new SitewrightError("NOT_A_SNAPSHOT", `${file} cannot be read: ${(cause as Error).message}; name the folder of the backup`, {
      path: file,
      cause,
    });
  }
  const record = readResult(text);
  if (!record) throw new SitewrightError("NOT_A_SNAPSHOT", `${file} is not the record of an exported backup`, { path: file });
  const checked: CheckedResult = { ...record, files: 0 };
  for (const part of record.parts) {
    const absolute = /^(?:\/|[A-Za-z]:)/.test(part.place);
    const at = absolute ? join(root, part.place.replace(/^([A-Za-z]):/, "$1")) : join(place, part.place);
    for await (const fault of faultsOf(part, at, join(place, ...OWN, "sums", part.sums))) {
      if (fault) checked.faults.push(fault);
      else checked.files += 1;
    }
  }
  return checked;
}

/** Yields undefined for each file that is as it was. */
async function* faultsOf(part: SavedPart, at: string, sums: string): AsyncGenerator<ResultFault | undefined> {
  if (part.kind === "file") {
    yield await faultOf(at, part.digest);
    return;
  }
  const missing = await faultOf(sums, part.digest);
  if (missing) {
    yield missing;
    return;
  }
  for (const line of readFileSync(sums, "utf8").split("\0")) {
    const [, digest, name] = /^([0-9a-f]{64}) \*(.*)$/s.exec(line) ?? [];
    if (digest !== undefined && name !== undefined) yield await faultOf(join(at, name), digest);
  }
}

async function faultOf(path: string, digest: string): Promise<ResultFault | undefined> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isFile()) return { code: "absent", why: `${path} is not there` };
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex") === digest ? undefined : { code: "changed", why: `${path} has other bytes than the run saved` };
}
