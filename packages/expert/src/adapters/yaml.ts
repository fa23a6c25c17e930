import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from "yaml";
import type { Tree } from "../domain/read/tree.ts";

/** A YAML or JSON text as a tree with line numbers, or its first fault. Every scalar stays the text that was written. */
export function parseTree(text: string): { tree: Tree } | { fault: { line: number; message: string } } {
  const lines = new LineCounter();
  const lineAt = (offset: number): number => lines.linePos(offset).line || 1;
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: "failsafe", version: "1.2" });
    const [broken] = document.errors;
    if (broken) return { fault: { line: lineAt(broken.pos[0]), message: `this is not valid YAML: ${broken.message}` } };
    return { tree: treeOf(document.contents, lineAt) };
  } catch (error) {
    // A file with thousands of nested brackets exhausts the parser's stack; aliases are not supported.
    const message = error instanceof Error ? error.message : String(error);
    return { fault: { line: 1, message: `this is not YAML that can be read: ${message}` } };
  }
}

function treeOf(node: Node | null, lineAt: (offset: number) => number): Tree {
  const line = lineAt(node?.range?.[0] ?? 0);
  if (isMap(node)) {
    const fields = node.items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : String(key);
      return [name, treeOf(value as Node | null, lineAt)] as const;
    });
    return { line, fields };
  }
  if (isSeq(node)) return { line, list: node.items.map((item) => treeOf(item as Node, lineAt)) };
  if (node === null) return { line, text: "" };
  if (isScalar(node)) return { line, text: typeof node.value === "string" ? node.value.trim() : "" };
  throw new Error(`line ${line} holds an alias: write the value itself`);
}
