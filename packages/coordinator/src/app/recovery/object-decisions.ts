import { createHash } from "node:crypto";
import { SitewrightError, unitOf } from "@sitewright/protocol";
import type { DecideObject, ObjectDecided, ReturningObject, StandingDecision } from "@sitewright/protocol/api";
import { copyToUse, DECISIONS, highestOf, objectName, type Copy, type ObjectFinding } from "../../domain/objects/findings.ts";
import { definitionAt } from "../../domain/objects/definition-path.ts";
import { nextPackageId } from "../../domain/objects/package-ids.ts";
import { NO_NUMBERS } from "../../domain/recovery/site-numbers.ts";
import { refuseListener, type Principal } from "../../domain/principal.ts";
import type { AgentContent } from "../agents/agent-content.ts";
import type { Log } from "../log.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import type { SiteDataReading } from "../ports.ts";
import { requireSite, type SiteView } from "../sites/site-view.ts";
import type { SourceControl } from "../sites/source-control.ts";
import type { DefinitionPlace, ObjectStore, PackageContent } from "./object-store.ts";
import type { SiteRecords } from "./serial-repair.ts";
import type { SiteWatch } from "./site-watch.ts";

/** What the systems and the ledger have of a recovered site and its site data have not, or have otherwise. */
export interface FoundObjects {
  reading: SiteDataReading;
  findings: ObjectFinding[];
  /** Systems that could not be asked. */
  unreached: string[];
}

/** Decisions about objects that were made, changed or deleted after a backup: by name, in the ledger before they take effect. */
export interface ObjectDecisions {
  /**
   * A package is fetched in the background. Throws `NOT_FOUND`, `BAD_REQUEST` for what cannot be decided, `CONFLICT`, `AGENT_UNREACHABLE`, and
   * as the store does.
   */
  decide(by: Principal, code: string, asked: DecideObject): Promise<ObjectDecided>;
  /** Restores the state from before the last decision about an object. Throws `NOT_FOUND`, `CONFLICT` when the object changed since. */
  undo(by: Principal, code: string, object: string): Promise<ObjectDecided>;
  /** What was decided and was not undone. */
  standing(code: string): StandingDecision[];
  /** What is being fetched, and what was since this start. */
  returning(code: string): ReturningObject[];
  /** Gives up what is being fetched; the next attempt resumes it. */
  stop(): void;
}

export interface ObjectDecisionDeps {
  find: (code: string) => Promise<FoundObjects>;
  site: Pick<SiteView, "refresh" | "describe">;
  watch: Pick<SiteWatch, "packages" | "setBack" | "decide">;
  content: Pick<AgentContent, "bytes">;
  store: ObjectStore;
  records: Pick<SiteRecords, "write">;
  sources: Pick<SourceControl, "accept">;
  /** Something was decided, or a decision was undone, and holds. */
  onDecided: () => void;
  log: Log;
}

/** A finding that a person decides about. */
interface Case {
  by: Principal;
  code: string;
  reading: SiteDataReading;
  finding: ObjectFinding;
}

/** `previous`: what the ledger has of the package without the decision. */
type Details = Record<string, string>;

export function createObjectDecisions(deps: ObjectDecisionDeps): ObjectDecisions {
  const { find, site, watch, content, store, records, sources, onDecided, log } = deps;
  const inTurn = oneAtATime();
  const jobs = new Map<string, ReturningObject>();
  const stopped = new AbortController();

  async function caseOf(by: Principal, code: string, object: string): Promise<Case> {
    const { reading, findings } = await find(code);
    const found = findings.filter((one) => objectName(one) === object || one.id === object);
    const [finding] = found;
    if (!finding)
      throw new SitewrightError(
        "NOT_FOUND",
        `nothing has to be decided about ${object}: 'sitewright repair-objects --site ${code}' lists what has`,
      );
    if (found.length === 1) return { by, code, reading, finding };
    throw new SitewrightError("BAD_REQUEST", `${object} is the id of several objects: write ${found.map(objectName).join(" or ")}`);
  }

  /** What the ledger has of a package now, as a line of its entries. */
  function recorded(code: string, id: string, highest: number): string {
    const known = watch.packages.known(code).get(id);
    return known ? line(id, known.version, known.state) : line(id, highest, "lost");
  }

  const note = (by: Principal, code: string, details: Details): Promise<void> => watch.decide(by, code, "object-decided", details);

  async function bringBackDefinition({ by, code, reading, finding }: Case, copy: Copy): Promise<ObjectDecided> {
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
    await note(by, code, { object, decision: "bring-back", from: copy.system, at: copy.at, number: String(highestOf(finding)) });
    await store.writeDefinition(reading.root, placeOf(code, copy.at), bytes);
    await site.refresh();
    return { object, decision: "bring-back" };
  }

  /** Begins to fetch a package. */
  function beginReturn(of: Case, decision: "bring-back" | "recreate", copy: Copy): ObjectDecided {
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
  async function again({ by, code, finding }: Case): Promise<Case> {
    const now = await caseOf(by, code, objectName(finding));
    if (now.finding.finding === finding.finding && now.finding.stated === finding.stated) return now;
    throw new SitewrightError("CONFLICT", `${objectName(finding)} changed in the site data while it was fetched: decide again`);
  }

  async function install(of: Case, copy: Copy): Promise<undefined> {
    const { by, code, reading, finding } = await again(of);
    const { id } = finding;
    const highest = highestOf(finding, watch.packages.known(code).get(id)?.version);
    // One number that stands for two contents is used for neither, and clients have seen a number that is only remembered.
    const isTaken =
      finding.finding === "conflict" || finding.finding === "reissued" || finding.traces.some(({ number }) => number > copy.number);
    const number = isTaken ? highest + 1 : copy.number;
    const told = { from: copy.system, manifest: copy.at, number: String(number), previous: recorded(code, id, highest) };
    await note(by, code, { object: objectName(finding), decision: "bring-back", ...told, packages: line(id, number, "there") });
    await store.install(reading.root, { id, manifest: copy.at }, describe(reading, of, { id, number, copy }));
    await site.refresh();
  }

  async function recreate(of: Case, copy: Copy): Promise<string> {
    const { by, code, reading, finding } = await again(of);
    requireRaised(reading, code);
    const { id } = finding;
    const numbers = requireSite(reading.hierarchy, code).numbers ?? NO_NUMBERS;
    const [known, stated] = [watch.packages.known(code), watch.packages.stated(code)];
    const { packages: serial } = numbers.serials;
    const as = nextPackageId(code, [...known.keys(), ...stated.keys(), id], serial);
    const highest = highestOf(finding, known.get(id)?.version);
    const told = { from: copy.system, manifest: copy.at, as, number: "1", previous: recorded(code, id, highest) };
    const packages = `${line(id, highest, finding.stated === undefined ? "deleted" : "there")}\n${line(as, 1, "there")}`;
    await note(by, code, { object: objectName(finding), decision: "recreate", ...told, packages });
    if (serial !== undefined)
      await records.write(reading.root, code, { ...numbers, serials: { ...numbers.serials, packages: Number.parseInt(as.slice(-5), 16) } });
    await store.install(reading.root, { id, manifest: copy.at }, describe(reading, of, { id: as, number: 1, copy }));
    await acceptGone(by, id);
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

  /** That a package is gone from the site data is as it was decided. */
  async function acceptGone(by: Principal, id: string): Promise<void> {
    const { place } = site.describe(unitOf("dp", id));
    await sources.accept(by, [place]).catch((error: unknown) => {
      // It was never there, or everything below it was accepted before.
      if (SitewrightError.from(error).code !== "NOT_FOUND") throw error;
    });
    await site.refresh();
  }

  async function keep({ by, code, reading, finding }: Case): Promise<ObjectDecided> {
    const { id, stated = 0, kind } = finding;
    const object = objectName(finding);
    const highest = highestOf(finding, kind === "package" ? watch.packages.known(code).get(id)?.version : undefined);
    if (kind !== "package") await note(by, code, { object, decision: "keep", number: String(highest) });
    else {
      const raised = finding.finding === "conflict" || highest > stated ? highest + 1 : stated;
      const told = { number: String(raised), before: String(stated), previous: recorded(code, id, highest) };
      await note(by, code, { object, decision: "keep", ...told, packages: line(id, raised, "there") });
      if (raised !== stated) await store.writeVersion(reading.root, id, raised);
    }
    await site.refresh();
    return { object, decision: "keep" };
  }

  async function remove({ by, code, reading, finding }: Case): Promise<ObjectDecided> {
    const { id, kind, stated, copies } = finding;
    const object = objectName(finding);
    const highest = highestOf(finding, kind === "package" ? watch.packages.known(code).get(id)?.version : undefined);
    const systems = copies.map(({ system }) => system).toSorted();
    const told = { object, decision: "remove", number: String(highest), systems: systems.join(" ") };
    if (kind !== "package") await note(by, code, told);
    else {
      await note(by, code, {
        ...told,
        before: String(stated ?? ""),
        previous: recorded(code, id, highest),
        packages: line(id, highest, "deleted"),
      });
      if (stated !== undefined) await store.takeOut(reading.root, id);
      await site.refresh();
      await acceptGone(by, id);
    }
    return { object, decision: "remove", ...(systems.length > 0 ? { systems } : {}) };
  }

  async function undoPackage(root: string, code: string, details: Details): Promise<void> {
    const [, id = ""] = (details["object"] ?? "").split("/");
    const { decision = "", as, number, before = "" } = details;
    const stated = watch.packages.stated(code);
    switch (decision) {
      case "bring-back":
        return store.restore(root, id);
      case "recreate":
        return store.restore(root, as ?? "");
      case "remove":
        return before === "" ? undefined : store.restore(root, id);
      default:
        return String(stated.get(id) ?? "") === number && number !== before ? store.writeVersion(root, id, Number(before)) : undefined;
    }
  }

  /** Throws `CONFLICT` when going back would lose what came after the decision. */
  function refuseLater(code: string, { object = "", decision = "", as, number = "", before = "" }: Details): void {
    const [, id = ""] = object.split("/");
    const now = watch.packages.stated(code).get(as ?? id);
    const expected = decision === "remove" ? undefined : Number(number);
    if (decision === "remove" && before === "" ? true : now === expected) return;
    throw new SitewrightError("CONFLICT", `${as ?? id} changed in the site data since that was decided: going back would lose it`);
  }

  async function settled(change: () => Promise<ObjectDecided>): Promise<ObjectDecided> {
    const decided = await inTurn(change);
    onDecided();
    return decided;
  }

  return {
    decide: (by, code, { object, decision, from }) =>
      settled(async () => {
        refuseListener(by);
        const of = await caseOf(by, code, object);
        const { finding } = of;
        if (!finding.choices.includes(decision))
          throw new SitewrightError("BAD_REQUEST", `${objectName(finding)} is ${finding.finding}: choose ${finding.choices.join(" or ")}`);
        if (decision === "keep") return keep(of);
        if (decision === "remove") return remove(of);
        const copy = copyToUse(finding, from);
        return finding.kind === "package" ? beginReturn(of, decision, copy) : bringBackDefinition(of, copy);
      }),
    undo: (by, code, object) =>
      settled(async () => {
        refuseListener(by);
        const { root, hierarchy } = await site.refresh();
        requireSite(hierarchy, code);
        const decided = watch.packages.decided(code);
        const name = decided.has(object) ? object : `package/${object}`;
        const details = decided.get(name);
        if (!details) throw new SitewrightError("NOT_FOUND", `nothing was decided about ${object} of ${code}, or that was undone`);
        const { decision = "", as, previous, at } = details;
        const isPackage = name.startsWith("package/");
        if (isPackage) refuseLater(code, details);
        const packages = previous === undefined ? {} : { packages: as === undefined ? previous : `${previous}\n${line(as, 1, "deleted")}` };
        await watch.decide(by, code, "object-undone", { object: name, decision, ...packages });
        if (isPackage) await undoPackage(root, code, details);
        else if (decision === "bring-back" && at !== undefined) await store.restoreDefinition(root, placeOf(code, at));
        await site.refresh();
        if (as !== undefined) await acceptGone(by, as);
        return { object: name, decision: decision as ObjectDecided["decision"] };
      }),
    standing: (code) =>
      [...watch.packages.decided(code)].flatMap(([object, { decision: word, as, from }]): StandingDecision[] => {
        const decision = DECISIONS.find((one) => one === word);
        return decision ? [{ object, decision, ...(as === undefined ? {} : { as }), ...(from === undefined ? {} : { from }) }] : [];
      }),
    returning: (code) => [...jobs].flatMap(([key, job]) => (key.startsWith(`${code} `) ? [job] : [])),
    stop: () => stopped.abort(new SitewrightError("CANCELLED", "the coordinator stops")),
  };
}

function line(id: string, version: number, state: string): string {
  return state === "there" ? `${id} ${version}` : `${id} ${version} ${state}`;
}

function describe({ hierarchy }: SiteDataReading, { by, finding }: Case, { id, number, copy }: { id: string; number: number; copy: Copy }) {
  const holders = finding.copies.map(({ system }) => system).filter((name) => hierarchy.systems.get(name)?.roles.includes("dp"));
  const note = `brought back by ${by.name} from ${copy.system}${id === finding.id ? "" : `, where it is ${finding.id}`}`;
  return { id, sourceVersion: number, distributionPoints: [...new Set(holders)].toSorted(), note };
}

/** Where the definition lies in the site data that a client access point has at a path. */
function placeOf(site: string, path: string): DefinitionPlace {
  const file = definitionAt(path);
  if (!file) throw new SitewrightError("INTERNAL", `${path} is the path of no definition`);
  return { site, folder: file.folder, name: file.name };
}
