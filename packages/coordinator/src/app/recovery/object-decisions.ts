import { foldName, SitewrightError } from "@sitewright/protocol";
import type { DecideObject, ObjectDecided, StandingDecision } from "@sitewright/protocol/api";
import { copyToUse, DECISIONS, highestOf, objectName } from "../../domain/objects/findings.ts";
import { refuseListener, type Principal } from "../../domain/principal.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import { requireSite } from "../sites/site-view.ts";
import { createObjectCases, packageLine, placeOf, type DecisionDetails, type ObjectCase, type ObjectCaseDeps } from "./object-cases.ts";
import { createObjectReturns, type ObjectReturnDeps, type ObjectReturns } from "./object-returns.ts";
import type { ObjectStore } from "./object-store.ts";
import type { SiteObjects } from "./parent-checks.ts";

/** Decisions about objects that were made, changed or deleted after a backup: by name, in the ledger before they take effect. */
export interface ObjectDecisions extends Pick<ObjectReturns, "returning" | "stop"> {
  /**
   * A package is fetched in the background. Throws `NOT_FOUND`, `BAD_REQUEST` for what cannot be decided, `CONFLICT`, `AGENT_UNREACHABLE`, and
   * as the store does.
   */
  decide(by: Principal, code: string, asked: DecideObject): Promise<ObjectDecided>;
  /** Restores the state from before the last decision about an object. Throws `NOT_FOUND`, `CONFLICT` when the object changed since. */
  undo(by: Principal, code: string, object: string): Promise<ObjectDecided>;
  /** What was decided and was not undone. */
  standing(code: string): StandingDecision[];
}

export interface ObjectDecisionDeps extends ObjectCaseDeps, Omit<ObjectReturnDeps, "cases" | "inTurn"> {
  watch: ObjectCaseDeps["watch"] & ObjectReturnDeps["watch"];
  site: ObjectCaseDeps["site"] & ObjectReturnDeps["site"];
  store: ObjectStore;
  definitions: Pick<SiteObjects, "of">;
  /** Something was decided, or a decision was undone, and holds. */
  onDecided: () => void;
}

export function createObjectDecisions(deps: ObjectDecisionDeps): ObjectDecisions {
  const { site, watch, store, definitions, onDecided } = deps;
  const inTurn = oneAtATime();
  const cases = createObjectCases(deps);
  const returns = createObjectReturns({ ...deps, cases, inTurn });
  const { caseOf, recorded, note, acceptGone } = cases;

  async function keep({ by, code, reading, finding }: ObjectCase): Promise<ObjectDecided> {
    const { id, stated = 0, kind } = finding;
    const object = objectName(finding);
    const highest = highestOf(finding, kind === "package" ? watch.packages.known(code).get(id)?.version : undefined);
    if (kind !== "package") await note(by, code, { object, decision: "keep", number: String(highest) });
    else {
      const raised = finding.finding === "conflict" || highest > stated ? highest + 1 : stated;
      const told = { number: String(raised), before: String(stated), previous: recorded(code, id, highest) };
      await note(by, code, { object, decision: "keep", ...told, packages: packageLine(id, raised, "there") });
      if (raised !== stated) await store.writeVersion(reading.root, id, raised);
    }
    await site.refresh();
    return { object, decision: "keep" };
  }

  async function remove({ by, code, reading, finding }: ObjectCase): Promise<ObjectDecided> {
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
        packages: packageLine(id, highest, "deleted"),
      });
      if (stated !== undefined) await store.takeOut(reading.root, id);
      await site.refresh();
      await acceptGone(by, id);
    }
    return { object, decision: "remove", ...(systems.length > 0 ? { systems } : {}) };
  }

  async function undoPackage(root: string, code: string, details: DecisionDetails): Promise<void> {
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
  function refuseLater(code: string, { object = "", decision = "", as, number = "", before = "" }: DecisionDetails): void {
    const [, id = ""] = object.split("/");
    const now = watch.packages.stated(code).get(as ?? id);
    const expected = decision === "remove" ? undefined : Number(number);
    if (decision === "remove" && before === "" ? true : now === expected) return;
    // It was not put in force, as after a crash, or is gone again: then there is nothing to lose.
    if (as !== undefined && now === undefined) return;
    throw changedLater(as ?? id);
  }

  /** As `refuseLater`, of a definition that was brought back. */
  async function refuseEdited(root: string, code: string, { object = "", content }: DecisionDetails): Promise<void> {
    // Earlier versions did not record what they wrote.
    if (content === undefined) return;
    const [, id = ""] = object.split("/");
    const isThere = (await definitions.of(root, code)).some((one) => one.hash === content && foldName(one.id) === foldName(id));
    if (!isThere) throw changedLater(id);
  }

  const changedLater = (id: string) =>
    new SitewrightError("CONFLICT", `${id} changed in the site data since that was decided: going back would lose it`);

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
        return finding.kind === "package" ? returns.begin(of, decision, copy) : returns.definition(of, copy);
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
        else await refuseEdited(root, code, details);
        const packages =
          previous === undefined ? {} : { packages: as === undefined ? previous : `${previous}\n${packageLine(as, 1, "deleted")}` };
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
    returning: returns.returning,
    stop: returns.stop,
  };
}
