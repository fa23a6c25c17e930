import { resolve } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { isInside, plainFolder, realPath, type RoleRoot } from "./role-roots.ts";

/**
 * Proves that the folders may serve as sources: each is a folder that exists, no link, and neither it nor a role root or the agent's
 * own data lies inside the other. Returns their real paths. Throws `BAD_REQUEST`.
 */
export async function checkSeeds(paths: readonly string[], roots: readonly RoleRoot[], dataDir: string): Promise<string[]> {
  const seeds = new Set<string>();
  const data = await realPath(resolve(dataDir));
  for (const path of paths) {
    const real = await plainFolder(path, refused);
    for (const other of [...roots.map((root) => root.path), data])
      if (isInside(real, other) || isInside(other, real))
        throw refused(path, `it and ${other}, where the agent works, lie inside one another`);
    seeds.add(real);
  }
  return [...seeds];
}

function refused(path: string, why: string, cause?: unknown): SitewrightError {
  return new SitewrightError("BAD_REQUEST", `the seed ${path} was refused: ${why}`, { path, cause });
}
