import { existsSync, readFileSync } from "node:fs";
import { getAsset, isSea } from "node:sea";

/** Version of the package that the module `from` (its `import.meta.url`) belongs to, whether source, bundled or in a single executable. */
export function versionOf(from: string): string {
  if (isSea()) return getAsset("version", "utf8");
  let file = new URL("package.json", from);
  while (!existsSync(file)) file = new URL("../package.json", file);
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  return version;
}
