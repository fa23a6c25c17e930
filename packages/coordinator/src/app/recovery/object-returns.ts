import { createHash } from "node:crypto";
import { SitewrightError, unitOf } from "@sitewright/protocol";
import type { ObjectDecided, ReturningObject } from "@sitewright/protocol/api";
import { highestOf, objectName, type Copy } from "../../domain/objects/findings.ts";
import { nextPackageId } from "../../domain/objects/package-ids.ts";
import { NO_NUMBERS } from "../../domain/recovery/site-numbers.ts";
import type { AgentContent } from "../agents/agent-content.ts";
import type { Log } from "../log.ts";
import type { SiteDataReading } from "../ports/site-data.ts";
import { requireSite, type SiteView } from "../sites/site-view.ts";
import { packageLine, placeOf, type ObjectCase, type ObjectCases } from "./object-cases.ts";
import type { ObjectStore, PackageContent } from "./object-store.ts";
import type { SiteRecords } from "./serial-repair.ts";
import type { SiteWatch } from "./site-watch.ts";

/** Brings objects back from the systems that hold them. */
export interface ObjectReturns {
  /** Throws `AGENT_UNREACHABLE`, `HASH_MISMATCH`, and as the store does. */
  definition(of: ObjectCase, copy: Copy): Promise<ObjectDecided>;
  /** Fetches a package in the background, and installs it as what it was or, to `recreate` it, with a new id. Throws `CONFLICT`. */
  begin(of: ObjectCase, decision: "bring-back" | "recreate", copy: Copy): ObjectDecided;
  /** What is being fetched, and what was since this start. */
  returning(code: string): ReturningObject[];
  /** Gives up what is being fetched; the next attempt resumes it. */
  stop(): void;
}

export interface ObjectReturnDeps {
  cases: ObjectCases;
  site: Pick<SiteView, "refresh">;
  watch: Pick<SiteWatch, "packages" | "setBack">;
  content: Pick<AgentContent, "bytes">;
  store: Pick<ObjectStore, "build" | "install" | "writeDefinition">;
  records: Pick<SiteRecords, "write">;
  /** Changes of the site data, one after another. */
  inTurn: <T>(change: () => Promise<T>) => Promise<T>;
  log: Log;
}

export function createObjectReturns(deps: ObjectReturnDeps): ObjectReturns {
  const { cases, site, watch, content, store, records, inTurn, log } = deps;
  const { note, recorded } = cases;
  const jobs = new Map<string, ReturningObject>();
  const stopped = new AbortController();

  async function definition({ by, code, reading, finding }: ObjectCase, copy: Copy): Promise<ObjectDecided> {
    const unit = unitOf("cap", reading.hierarchy.systems.get(copy.system)?.site ?? code);
    const parts: Uint8Array[] = [];
    for (let from = 0; ;) {
      const part = await content.bytes(copy.system, unit, { kind: "file", path: copy.at, from }, stopped.signal);
      if (part.length === 0) break;
      parts.push(part);
      from += part.length;
    }
    const bytes = Buffer.concat(parts);
    if (createHash("sha256").update(bytes).digest("hex") !== copy.content)
      throw new SitewrightError("HASH_MISMATCH", `${copy.at} changed on ${copy.system} while it was read: bring it back again`);
    const object = objectName(finding);
    const told = { from: copy.system, at: copy.at, number: String(highestOf(finding)), content: copy.content };
    await note(by, code, { object, decision: "bring-back", ...told });
    await store.writeDefinition(reading.root, placeOf(code, copy.at), bytes);
    await site.refresh();
    return { object, decision: "bring-back" };
  }

  function begin(of: ObjectCase, decision: "bring-back" | "recreate", copy: Copy): ObjectDecided {
    const { by, code, reading, finding } = of;
    const object = objectName(finding);
    const key = `${code} ${object}`;
    if (jobs.get(key)?.state === "running") throw new SitewrightError("CONFLICT", `${object} is being fetched already`);
    if (decision === "recreate") requireRaised(reading, code);
    const job: ReturningObject = { object, state: "running", bytes: 0, of: 0 };
    jobs.set(key, job);
    const fetched = store.build(reading.root, {
      id: finding.id,
      manifest: copy.at,
      content: contentOf(copy, finding.id),
      onProgress: (bytes, all) => void Object.assign(job, { bytes, of: all }),
      signal: stopped.signal,
    });
    fetched
      .then(() => inTurn(() => (decision === "recreate" ? recreate(of, copy) : install(of, copy))))
      .then((as) => void Object.assign(job, { state: "done", ...(as === undefined ? {} : { as }) }))
      .catch((error: unknown) => {
        const { code: why, message } = SitewrightError.from(error);
        Object.assign(job, { state: "failed", error: `${why}: ${message}` });
        log.warn({ site: code, object, by: by.name, code: why }, `an object was not brought back: ${message}`);
      });
    return { object, decision, isReturning: true };
  }

  function contentOf({ system, at: digest }: Copy, id: string): PackageContent {
    const unit = unitOf("dp", id);
    return {
      manifest: (from) => content.bytes(system, unit, { kind: "manifest", digest, from }, stopped.signal),
      chunks: (ordinal, from) => content.bytes(system, unit, { kind: "chunks", manifest: digest, ordinal, from }, stopped.signal),
    };
  }

  /** The finding as it is now, which must be what was decided about. */
  async function again({ by, code, finding }: ObjectCase): Promise<ObjectCase> {
    const now = await cases.caseOf(by, code, objectName(finding));
    if (now.finding.finding === finding.finding && now.finding.stated === finding.stated) return now;
    throw new SitewrightError("CONFLICT", `${objectName(finding)} changed in the site data while it was fetched: decide again`);
  }

  async function install(of: ObjectCase, copy: Copy): Promise<undefined> {
    const { by, code, reading, finding } = await again(of);
    const { id } = finding;
    const highest = highestOf(finding, watch.packages.known(code).get(id)?.version);
    // One number that stands for two contents is used for neither, and clients have seen a number that is only remembered.
    const isTaken =
      finding.finding === "conflict" || finding.finding === "reissued" || finding.traces.some(({ number }) => number > copy.number);
    const number = isTaken ? highest + 1 : copy.number;
    const told = { from: copy.system, manifest: copy.at, number: String(number), previous: recorded(code, id, highest) };
    await note(by, code, { object: objectName(finding), decision: "bring-back", ...told, packages: packageLine(id, number, "there") });
    await store.install(reading.root, { id, manifest: copy.at }, describe(reading, of, { id, number, copy }));
    await site.refresh();
  }

  async function recreate(of: ObjectCase, copy: Copy): Promise<string> {
    const { by, code, reading, finding } = await again(of);
    requireRaised(reading, code);
    const { id } = finding;
    const numbers = requireSite(reading.hierarchy, code).numbers ?? NO_NUMBERS;
    const [known, stated] = [watch.packages.known(code), watch.packages.stated(code)];
    const { packages: serial } = numbers.serials;
    const as = nextPackageId(code, [...known.keys(), ...stated.keys(), id], serial);
    const highest = highestOf(finding, known.get(id)?.version);
    const told = { from: copy.system, manifest: copy.at, as, number: "1", previous: recorded(code, id, highest) };
    const packages = `${packageLine(id, highest, finding.stated === undefined ? "deleted" : "there")}\n${packageLine(as, 1, "there")}`;
    await note(by, code, { object: objectName(finding), decision: "recreate", ...told, packages });
    if (serial !== undefined)
      await records.write(reading.root, code, { ...numbers, serials: { ...numbers.serials, packages: Number.parseInt(as.slice(-5), 16) } });
    await store.install(reading.root, { id, manifest: copy.at }, describe(reading, of, { id: as, number: 1, copy }));
    await cases.acceptGone(by, id);
    return as;
  }

  function requireRaised({ hierarchy }: SiteDataReading, code: string): void {
    const signs = watch.setBack(requireSite(hierarchy, code));
    if (signs.length === 0) return;
    throw new SitewrightError(
      "CONFLICT",
      `${code} may issue no id before its numbers are raised ('sitewright repair-serials --site ${code} --apply'): ${signs.join("; ")}`,
    );
  }

  return {
    definition,
    begin,
    returning: (code) => [...jobs].flatMap(([key, job]) => (key.startsWith(`${code} `) ? [job] : [])),
    stop: () => stopped.abort(new SitewrightError("CANCELLED", "the coordinator stops")),
  };
}

function describe(
  { hierarchy }: SiteDataReading,
  { by, finding }: ObjectCase,
  { id, number, copy }: { id: string; number: number; copy: Copy },
) {
  const holders = finding.copies.map(({ system }) => system).filter((name) => hierarchy.systems.get(name)?.roles.includes("dp"));
  const note = `brought back by ${by.name} from ${copy.system}${id === finding.id ? "" : `, where it is ${finding.id}`}`;
  return { id, sourceVersion: number, distributionPoints: [...new Set(holders)].toSorted(), note };
}
