import type { Role } from "../../unit-kinds.ts";

export interface JoinLineFacts {
  /** Where agents reach the coordinator; the first is tried first. */
  urls: readonly string[];
  system: string;
  /** That the hierarchy gives it. */
  roles: readonly Role[];
  token: string;
  /** An agent has joined under this name before: it keeps its role roots. */
  again: boolean;
}

/**
 * The line that makes a system join: the same in sh, cmd and PowerShell. The token goes through standard input, because arguments can be read
 * by other accounts. Of a new system, each PATH is to be replaced.
 */
export function joinLine({ urls, system, roles, token, again }: JoinLineFacts): string {
  const roots = again ? [] : roles.map((role) => `--root ${role}=PATH`);
  return [`echo ${token} | sitewright-agent join`, ...urls, `--name ${system}`, ...roots].join(" ");
}
