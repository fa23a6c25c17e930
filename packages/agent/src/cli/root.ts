import { resolve } from "node:path";
import { SitewrightError, plural } from "@sitewright/protocol";
import { checkRoleRoots } from "../adapters/disk/roots/role-roots.ts";
import { requireFit } from "../adapters/disk/roots/root-probe.ts";
import { changeAgentFile, readAgentFile, type AgentFile } from "../adapters/join/agent-file.ts";
import { createMissingFolders } from "../adapters/join/new-folders.ts";
import { withRoots } from "../domain/role-roots.ts";
import { collectRoot, rootWords } from "./join.ts";
import { openDatabase } from "../adapters/memory/database.ts";
import { openRootTable } from "../adapters/memory/root-table.ts";
import { createUnitStore } from "../adapters/memory/unit-store.ts";

type Roots = AgentFile["roots"];

/** `sitewright-agent root list`: the role roots of an agent, one line each. Throws `NOT_JOINED`. */
export async function listRoots(dataDir: string): Promise<string[]> {
  return (await readAgentFile(dataDir)).roots.map(rootWords);
}

/** `sitewright-agent root add`: serves these too from the next start on. Throws `NOT_JOINED`, `BAD_REQUEST`, `ROLE_ROOT_UNSAFE`, `ROOT_UNFIT`. */
export async function addRoots(words: readonly string[], dataDir: string): Promise<string[]> {
  await readAgentFile(dataDir);
  const added = words.reduce<Roots>((all, word) => collectRoot(word, all), []);
  const folders = await createMissingFolders(added.map(({ path }) => ({ path, mode: 0o755 })));
  try {
    const warnings: string[] = [];
    const lines = await change(dataDir, async (before) => {
      const checked = await checkRoleRoots(withRoots(before, added), resolve(dataDir));
      const isNew = ({ path }: { path: string }) => !before.some((root) => root.path === path);
      warnings.push(...checked.filter(isNew).flatMap(({ path }) => requireFit(path)));
      return checked.map(({ role, path }) => ({ role, path }));
    });
    return [...lines, ...warnings.map((warning) => `warning: ${warning}`)];
  } catch (error) {
    await folders.undo();
    throw error;
  }
}

/**
 * `sitewright-agent root remove`: no longer serves these from the next start on; their content stays. Throws `NOT_JOINED`, `BAD_REQUEST`.
 */
export async function removeRoots(words: readonly string[], dataDir: string): Promise<string[]> {
  const removed = words.reduce<Roots>((all, word) => collectRoot(word, all), []).map(rootWords);
  return change(dataDir, (before) => {
    const known = before.map(rootWords);
    const strange = removed.filter((root) => !known.includes(root));
    if (strange.length > 0)
      throw new SitewrightError("BAD_REQUEST", `${strange.join(", ")} is not a root of this agent: it has ${known.join(", ")}`);
    const left = before.filter((root) => !removed.includes(rootWords(root)));
    if (left.length === 0)
      throw new SitewrightError("BAD_REQUEST", "an agent without a root serves nothing: keep one, or stop the agent instead");
    return left;
  });
}

async function change(dataDir: string, next: (before: Roots) => Roots | Promise<Roots>): Promise<string[]> {
  const { roots } = await changeAgentFile(dataDir, async (file) => ({ ...file, roots: await next(file.roots) }));
  return [...roots.map(rootWords), `This takes effect at the agent's next start: sitewright-agent run --data-dir ${dataDir}`];
}

/**
 * `sitewright-agent root accept FOLDER`: an operator states that the content of a role root is lost. The next start accepts the folder as
 * it is, and drops everything that was known of it; generations stay fenced. Throws `BAD_REQUEST`, `NOT_JOINED`, and `AGENT_DATA_IN_USE`
 * while the agent runs.
 */
export async function acceptRoot(folder: string, dataDir: string): Promise<string> {
  const { roots } = await readAgentFile(dataDir);
  const path = resolve(folder);
  if (!roots.some((root) => root.path === path)) {
    const known = roots.map((root) => `${root.role}=${root.path}`).join(", ");
    throw new SitewrightError("BAD_REQUEST", `${path} is not a role root of this agent, which has ${known}`, { path });
  }
  const database = openDatabase(dataDir);
  try {
    const units = createUnitStore(database);
    const below = units.all().filter((state) => state.root === path || units.pendingSwitch(state.unit)?.root === path);
    for (const { unit, highest } of below) units.endSwitch({ unit, ...(highest ? { highest } : {}), leftovers: [], retained: [] });
    openRootTable(database).forget(path);
    return `${path} is accepted as it is from the next start on; ${plural(below.length, "unit that was known in it is", "units that were known in it are")} forgotten`;
  } finally {
    database.close();
  }
}
