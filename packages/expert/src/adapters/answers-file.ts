import { readFileSync } from "node:fs";
import { SitewrightError } from "@sitewright/protocol";
import type { RawAnswer } from "../domain/answers/read-answers.ts";
import type { Tree } from "../domain/read/tree.ts";
import { parseTree } from "./yaml.ts";

const MOST_BYTES = 1_000_000;

/** The answers of a JSON or YAML file, as they were written; `-` is standard input. Throws `ANSWERS_INVALID`. */
export function readAnswersFile(path: string): RawAnswer[] {
  const text = readFileSync(path === "-" ? 0 : path, "utf8").replace(/^\uFEFF/, "");
  if (text.length > MOST_BYTES)
    throw new SitewrightError("ANSWERS_INVALID", `${path} is larger than answers can be: name the file with the answers`);
  const parsed = parseTree(text);
  if ("fault" in parsed) throw new SitewrightError("ANSWERS_INVALID", `${path}:${parsed.fault.line}: ${parsed.fault.message}`);
  if (!("fields" in parsed.tree)) {
    throw new SitewrightError("ANSWERS_INVALID", `${path} must hold "question: answer" lines, or the same as a JSON object`);
  }
  return parsed.tree.fields.map(([question, tree]) => ({ question, value: valueOf(tree, path, question), line: tree.line }));
}

function valueOf(tree: Tree, path: string, question: string): string | string[] {
  if ("text" in tree) return tree.text;
  const items = "list" in tree ? tree.list : [tree];
  return items.map((item) => {
    if ("text" in item) return item.text;
    throw new SitewrightError("ANSWERS_INVALID", `${path}:${item.line}: ${question}: write a word or a list of words`);
  });
}
