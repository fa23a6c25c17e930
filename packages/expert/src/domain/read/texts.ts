import type { Texts } from "../knowledge.ts";
import type { DataFile, Fault, Tree } from "./tree.ts";

/** Reads `messages/<language>/*.yaml`: nested names become one key, `tasks.P01.title`. */
export function readTexts(files: readonly DataFile[], faults: Fault[]): Map<string, Texts> {
  const languages = new Map<string, Map<string, string>>();
  for (const { path, root } of files) {
    const [, language = ""] = path.split("/");
    const texts = languages.get(language) ?? new Map<string, string>();
    languages.set(language, texts);
    for (const { key, text, line } of textsIn(root, "")) {
      if (text === undefined) faults.push({ file: path, line, message: `${key} must be a text, or names with texts below it` });
      else if (texts.has(key))
        faults.push({ file: path, line, message: `${key} stands in another file of this language too: leave out one of them` });
      else texts.set(key, text);
    }
  }
  return languages;
}

function* textsIn(tree: Tree, key: string): Generator<{ key: string; text: string | undefined; line: number }> {
  if ("fields" in tree) {
    for (const [name, inner] of tree.fields) yield* textsIn(inner, key === "" ? name : `${key}.${name}`);
  } else {
    yield { key, text: "text" in tree && tree.text !== "" ? tree.text : undefined, line: tree.line };
  }
}
