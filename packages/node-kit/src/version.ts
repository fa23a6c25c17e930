import { existsSync, readFileSync } from "node:fs";

/** Version of the package that the module `from` (its `import.meta.url`) belongs to, whether source or bundled. */
export function versionOf(from: string): string {
  let file = new URL("package.json", from);
  while (!existsSync(file)) file = new URL("../package.json", file);
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  return version;
}
