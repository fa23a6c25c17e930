import { fileURLToPath } from "node:url";
import { Language, Parser } from "web-tree-sitter";

/** Reads scripts for PowerShell by their grammar, where there is no PowerShell. */
export interface PowerShell {
  /** Values of the literals in single quotes, in their order; undefined: it is no PowerShell. */
  literalsOf(script: string): string[] | undefined;
  /** Text of a function of a script; empty: it has none of that name. */
  functionIn(script: string, name: string): string;
}

/** PowerShell takes these for quotes and dashes too; the grammar does not know that, so they are written as what they are taken for. */
const TAKEN_FOR: [RegExp, string][] = [
  [/[\u2018-\u201b]/g, "'"],
  [/[\u201c-\u201e]/g, '"'],
  [/[\u2013-\u2015]/g, "-"],
];
const QUOTES = "'\u2018\u2019\u201a\u201b";

export async function readPowerShell(): Promise<PowerShell> {
  await Parser.init();
  const parser = new Parser();
  const grammar = import.meta.resolve("tree-sitter-powershell/tree-sitter-powershell.wasm");
  parser.setLanguage(await Language.load(fileURLToPath(grammar)));
  const parse = (script: string) =>
    parser.parse(TAKEN_FOR.reduce((text, [taken, plain]) => text.replaceAll(taken, plain), script))?.rootNode;
  return {
    literalsOf(script) {
      const root = parse(script);
      if (!root || root.hasError) return undefined;
      const literals = root.descendantsOfType("verbatim_string_characters");
      return literals.map((node) => valueOf(script.slice(node?.startIndex, node?.endIndex)));
    },
    functionIn(script, name) {
      const functions = parse(script)?.descendantsOfType("function_statement") ?? [];
      const found = functions.find((node) => node?.descendantsOfType("function_name")[0]?.text === name);
      return script.slice(found?.startIndex ?? 0, found?.endIndex ?? 0);
    },
  };
}

/** As PowerShell reads a literal: of two quotes, whatever they are, the second one counts. */
function valueOf(literal: string): string {
  let value = "";
  for (let at = 1; at < literal.length - 1; at++) {
    if (QUOTES.includes(literal[at] as string)) at += 1;
    value += literal[at];
  }
  return value;
}
