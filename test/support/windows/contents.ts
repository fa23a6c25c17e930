import { readTree } from "../trees/trees.ts";

/** Names, kinds and contents. What Wine makes of permissions on the disk is its own; what Windows keeps of them the agent verifies. */
export function contents(folder: string): Record<string, string> {
  return Object.fromEntries(Object.entries(readTree(folder)).map(([path, what]) => [path, what.replace(/ \d{3}(?= |$)/, "")]));
}
