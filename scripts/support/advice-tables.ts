import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readEntries, type Entry } from "../../packages/expert/src/adapters/advice-data.ts";

const DOCS = "docs";
/** `<!-- advice: SOURCE_NAME SOURCE_LINK -->` ... `<!-- /advice -->`; "all": every code. */
const BLOCK = /(<!-- advice: ([A-Z_ ]+|all) -->\n)[^]*?(<!-- \/advice -->)/g;

/** The pages of docs whose tables of error codes are not made from the present entries: with their right text, by path. */
export function outdatedTables(): Map<string, string> {
  const entries = readEntries();
  const pages = readdirSync(DOCS).filter((name) => name.endsWith(".md"));
  return new Map(
    pages.flatMap((name) => {
      const path = join(DOCS, name);
      const now = readFileSync(path, "utf8");
      const right = now.replaceAll(BLOCK, (_, head: string, codes: string, end: string) => head + tableOf(entries, codes, name) + end);
      return right === now ? [] : [[path, right] as const];
    }),
  );
}

function tableOf(entries: Readonly<Record<string, Entry>>, codes: string, page: string): string {
  const wanted = codes === "all" ? Object.keys(entries) : codes.split(" ");
  const rows = wanted.map((code) => {
    const entry = entries[code];
    if (!entry) throw new Error(`docs/${page}: the entries have no code ${code}`);
    return `| \`${code}\` | ${entry.means.replaceAll(`](${page}#`, "](#")} | ${entry.do} |\n`;
  });
  return `| code | what it means | what to do |\n|---|---|---|\n${rows.join("")}`;
}
