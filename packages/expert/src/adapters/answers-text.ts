import type { RawAnswer } from "../domain/answers/read-answers.ts";
import type { Tree } from "../domain/read/tree.ts";
import { parseTree } from "./yaml.ts";

const MOST_CHARACTERS = 1_000_000;

/** The answers of a JSON or YAML text, as written, or why there are none; `name` is used in the message. Also used by a page. */
export function readAnswersText(written: string, name: string): { raw: RawAnswer[] } | { fault: string } {
  const text = written.replace(/^\uFEFF/, "");
  if (text.length > MOST_CHARACTERS) return { fault: `${name} is larger than answers can be: name the file with the answers` };
  const parsed = parseTree(text);
  if ("fault" in parsed) return { fault: `${name}:${parsed.fault.line}: ${parsed.fault.message}` };
  if (!("fields" in parsed.tree)) return { fault: `${name} must hold "question: answer" lines, or the same as a JSON object` };
  const raw: RawAnswer[] = [];
  for (const [question, tree] of parsed.tree.fields) {
    const value = valueOf(tree);
    if ("strange" in value) return { fault: `${name}:${value.strange}: ${question}: write a word or a list of words` };
    raw.push({ question, value: value.value, line: tree.line });
  }
  return { raw };
}

/** A word or a list of words, or the line of what is neither. */
function valueOf(tree: Tree): { value: string | string[] } | { strange: number } {
  if ("text" in tree) return { value: tree.text };
  const words: string[] = [];
  for (const item of "list" in tree ? tree.list : [tree]) {
    if (!("text" in item)) return { strange: item.line };
    words.push(item.text);
  }
  return { value: words };
}
