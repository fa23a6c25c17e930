import { UNIT_KINDS, type Role } from "@sitewright/protocol";

interface Root {
  role: Role;
  path: string;
}

/**
 * The role roots of an agent with added ones: CAP and logon point have one each, which a new one replaces; distribution points any number.
 */
export function withRoots(before: readonly Root[], added: readonly Root[]): Root[] {
  const isReplaced = (root: Root): boolean =>
    added.some(({ role, path }) => role === root.role && (UNIT_KINDS[role].roots === "one" || path === root.path));
  return [...before.filter((root) => !isReplaced(root)), ...added];
}
