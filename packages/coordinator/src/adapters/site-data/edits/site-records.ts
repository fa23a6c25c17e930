import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isSiteCode, SitewrightError } from "@sitewright/protocol";
import { isMap, parseDocument, type Document } from "yaml";
import type { SeenOf, SiteRecords } from "../../../app/recovery/serial-repair.ts";
import { readTransactionHistory } from "../../../domain/serials/trs-file.ts";
import { readBounded } from "@sitewright/node-kit/bounded-file";
import { replaceFile } from "./replace-file.ts";
import { createYamlReader } from "../yaml-reader.ts";

/** A neighbour's transaction history grows to some megabytes (Q320692). */
const MOST_HISTORY = 64 * 1024 * 1024;
const MOST_SITE_FILE = 1024 * 1024;

/** Site records in the layout that docs/site-data.md describes: `<SITE>/witnessed/<OTHER>.yaml` or `.trs`, and `<SITE>/site.yaml`. */
export function nativeSiteRecords(): SiteRecords {
  return {
    async witnessed(root) {
      const codes = (await readdir(root)).filter(isSiteCode).sort();
      return (await Promise.all(codes.map((witness) => witnessedBy(root, witness)))).flat();
    },
    write: (root, code, numbers) => writeSiteFile(join(root, code, "site.yaml"), numbers),
  };
}

async function witnessedBy(root: string, witness: string): Promise<SeenOf[]> {
  const folder = join(root, witness, "witnessed");
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const files = createYamlReader();
  const seen: SeenOf[] = [];
  for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
    const [, of = "", kind] = /^(...)\.(yaml|trs)$/i.exec(name) ?? [];
    if (!isSiteCode(of)) continue;
    const place = `${witness}/witnessed/${name}`;
    if (kind?.toLowerCase() === "trs") seen.push({ witness, of, serials: await historyOf(join(folder, name), place) });
    else {
      const read = await files.read("witnessed", root, place);
      const [fault] = read?.faults ?? [];
      if (fault) throw invalid(place, `${place}:${fault.line}: ${fault.message}`);
      seen.push({ witness, of, serials: read?.value ?? {} });
    }
  }
  files.forget();
  return seen;
}

async function historyOf(path: string, place: string): Promise<Record<string, number>> {
  const { highest, strange } = readTransactionHistory((await readBounded(path, MOST_HISTORY)).toString("latin1"));
  if (strange.length > 0) throw invalid(place, `${place}:${strange[0]}: this line is neither a section nor key=number`);
  return highest === undefined ? {} : { transactions: highest };
}

/** Preserves comments and everything else in the file. */
async function writeSiteFile(path: string, { epoch, serials }: Parameters<SiteRecords["write"]>[2]): Promise<void> {
  const before = await readBounded(path, MOST_SITE_FILE).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
  const document: Document = parseDocument(before.toString("utf8"));
  if (!isMap(document.contents)) document.contents = document.createNode({}) as unknown as Document["contents"];
  if (epoch === 1) document.delete("epoch");
  else document.set("epoch", epoch);
  const stated = document.get("serials");
  if (!isMap(stated)) document.set("serials", document.createNode({}));
  else for (const name of stated.items.map(({ key }) => key)) if (!(String(name) in serials)) stated.delete(name);
  for (const [counter, number] of Object.entries(serials)) document.setIn(["serials", counter], number);
  await replaceFile(path, String(document));
}

function invalid(path: string, message: string): SitewrightError {
  return new SitewrightError("SITE_DATA_INVALID", message, { path });
}
