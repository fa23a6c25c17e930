import { SitewrightError, unitOf } from "@sitewright/protocol";
import { objectName, type ObjectFinding } from "../../domain/objects/findings.ts";
import { definitionAt } from "../../domain/objects/definition-path.ts";
import type { Principal } from "../../domain/principal.ts";
import type { SiteDataReading } from "../ports/site-data.ts";
import type { SiteView } from "../sites/site-view.ts";
import type { SourceControl } from "../sites/source-control.ts";
import type { DefinitionPlace } from "./object-store.ts";
import type { SiteWatch } from "./site-watch.ts";

/** What the systems and the ledger have of a recovered site and its site data have not, or have otherwise. */
export interface FoundObjects {
  reading: SiteDataReading;
  findings: ObjectFinding[];
  /** Systems that could not be asked. */
  unreached: string[];
}

/** A finding that a person decides about. */
export interface ObjectCase {
  by: Principal;
  code: string;
  reading: SiteDataReading;
  finding: ObjectFinding;
}

/** Of a decision, in the ledger. `previous`: what it has of the package without the decision. */
export type DecisionDetails = Record<string, string>;

/** What deciding and bringing back have in common. */
export interface ObjectCases {
  /** Throws `NOT_FOUND`, and `BAD_REQUEST` for an id that several objects have. */
  caseOf(by: Principal, code: string, object: string): Promise<ObjectCase>;
  /** What the ledger has of a package now, as a line of its entries. */
  recorded(code: string, id: string, highest: number): string;
  /** Puts a decision into the ledger, before it takes effect. */
  note(by: Principal, code: string, details: DecisionDetails): Promise<void>;
  /** That a package is gone from the site data is as it was decided. */
  acceptGone(by: Principal, id: string): Promise<void>;
}

export interface ObjectCaseDeps {
  find: (code: string) => Promise<FoundObjects>;
  site: Pick<SiteView, "refresh" | "describe">;
  watch: Pick<SiteWatch, "packages" | "decide">;
  sources: Pick<SourceControl, "accept">;
}

export function createObjectCases({ find, site, watch, sources }: ObjectCaseDeps): ObjectCases {
  return {
    async caseOf(by: Principal, code: string, object: string): Promise<ObjectCase> {
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
    },
    recorded(code, id, highest) {
      const known = watch.packages.known(code).get(id);
      return known ? packageLine(id, known.version, known.state) : packageLine(id, highest, "lost");
    },
    note: (by, code, details) => watch.decide(by, code, "object-decided", details),
    async acceptGone(by: Principal, id: string): Promise<void> {
      const { place } = site.describe(unitOf("dp", id));
      await sources.accept(by, [place]).catch((error: unknown) => {
        // It was never there, or everything below it was accepted before.
        if (SitewrightError.from(error).code !== "NOT_FOUND") throw error;
      });
      await site.refresh();
    },
  };
}

/** A package with the highest number that it had, as a line of a ledger entry. */
export function packageLine(id: string, version: number, state: string): string {
  return state === "there" ? `${id} ${version}` : `${id} ${version} ${state}`;
}

/** Where the definition lies in the site data that a client access point has at a path. */
export function placeOf(site: string, path: string): DefinitionPlace {
  const file = definitionAt(path);
  if (!file) throw new SitewrightError("INTERNAL", `${path} is the path of no definition`);
  return { site, folder: file.folder, name: file.name };
}
