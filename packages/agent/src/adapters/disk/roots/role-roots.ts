import { lstat, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, parse, resolve, sep } from "node:path";
import { UNIT_KINDS, SitewrightError, type Role } from "@sitewright/protocol";
import { isAbsent } from "../disk-error.ts";
import { isInside } from "../inside.ts";
import { platform } from "../platform/platform.ts";

/** A folder that holds the units of one role. */
export interface RoleRoot {
  role: Role;
  /** Absolute, with every link above it resolved. */
  path: string;
}

const HOMES = ["/root", "/home", "/Users"];

/**
 * Checks that the folders may be used: none is `/`, a drive, a home folder, one of the system, a file or a link, none lies inside another or holds the agent's own
 * data; one root at most for cap and logon-point. Throws `ROLE_ROOT_UNSAFE`.
 * @param joined They were checked before: one that cannot be checked now is on a disk that is absent.
 */
export async function checkRoleRoots(roots: { role: Role; path: string }[], dataDir: string, joined = false): Promise<RoleRoot[]> {
  const checked: RoleRoot[] = [];
  const data = await realPath(resolve(dataDir));
  for (const { role, path } of roots) {
    const real = joined && isAbsolute(path) && !(await canBeSeen(path)) ? resolve(path) : await checkFolder(path);
    if (UNIT_KINDS[role].roots === "one" && checked.some((other) => other.role === role))
      throw unsafe(path, `the role ${role} has a root already, and can have one only`);
    for (const other of checked) {
      if (isInside(real, other.path) || isInside(other.path, real))
        throw unsafe(path, `it and the ${other.role} root ${other.path} lie inside one another`);
    }
    if (isInside(real, data) || isInside(data, real)) throw unsafe(path, `it and the agent's data folder ${data} lie inside one another`);
    checked.push({ role, path: real });
  }
  return checked;
}

async function canBeSeen(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}

async function checkFolder(path: string): Promise<string> {
  if (!isAbsolute(path)) throw unsafe(path, "it is not an absolute path");
  const real = await plainFolder(path, unsafe);
  if (parse(real).root === real)
    throw unsafe(
      path,
      real === sep
        ? "it is the root of the whole file system"
        : `it is a whole drive: make a folder there, such as ${join(real, "SMSPKGD$")}`,
    );
  const system = platform
    .systemFolders()
    .find((folder) => isInside(folded(real), folded(folder)) || isInside(folded(folder), folded(real)));
  if (system !== undefined) throw unsafe(path, `it and ${system}, which belongs to the system, lie inside one another`);
  const home = await realPath(homedir());
  if (HOMES.includes(real) || HOMES.slice(1).includes(dirname(real)) || isInside(home, real))
    throw unsafe(path, "it is a home folder, or holds one");
  return real;
}

/** Systems that protect folders of theirs ignore case. */
function folded(path: string): string {
  return path.toLowerCase();
}

/** The real path of an existing folder that is not a link. Throws what `refused` makes of the path and the reason. */
async function plainFolder(path: string, refused: typeof unsafe): Promise<string> {
  const plain = resolve(path);
  const stat = await lstat(plain).catch((cause: unknown) => {
    throw refused(path, isAbsent(cause) ? "it does not exist: make the folder first" : "it cannot be checked", cause);
  });
  if (stat.isSymbolicLink()) throw refused(path, "it is a symbolic link: name the folder itself");
  if (!stat.isDirectory()) throw refused(path, "it is not a folder");
  return await realpath(plain);
}

/** The path with links resolved as far as it exists. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isAbsent(error) || dirname(path) === path) throw error;
    return resolve(await realPath(dirname(path)), path.slice(dirname(path).length).replace(/^[/\\]/, ""));
  }
}

function unsafe(path: string, why: string, cause?: unknown): SitewrightError {
  return new SitewrightError("ROLE_ROOT_UNSAFE", `the role root ${path} was refused: ${why}`, { path, cause });
}

/**
 * Checks that the folders may serve as sources: each is an existing folder, not a link, and neither it nor a role root or the agent's own
 * data lies inside the other. Returns their real paths. Throws `BAD_REQUEST`.
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
