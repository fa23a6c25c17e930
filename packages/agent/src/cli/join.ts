import { resolve } from "node:path";
import { ROLES, SitewrightError, type Role } from "@sitewright/protocol";
import { joinCoordinator } from "../adapters/join/join.ts";
import { readJoinToken } from "../adapters/join/token-source.ts";

export interface JoinFlags {
  name: string;
  dataDir: string;
  root: { role: Role; path: string }[];
  tokenFile?: string;
  json?: true;
}

/** `sitewright-agent join URL ...`. */
export async function join(url: string, flags: JoinFlags, joinToken: string | undefined): Promise<void> {
  const { name, root: roots } = flags;
  checkName(name);
  const token = await readJoinToken({ file: flags.tokenFile, environment: joinToken, input: process.stdin, prompt: process.stderr });
  await joinCoordinator({ url, name, token, dataDir: resolve(flags.dataDir), roots });
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ name, url })}\n`
      : `${name} has joined ${url}; start it with: sitewright-agent run --data-dir ${flags.dataDir}\n`,
  );
}

/** Reads one `ROLE=PATH`, for an option that may be repeated. */
export function collectRoot(text: string, earlier: JoinFlags["root"] = []): JoinFlags["root"] {
  const [word = "", ...rest] = text.split("=");
  const role = ROLES.find((known) => known === word);
  const path = rest.join("=");
  if (!role || path === "")
    throw new SitewrightError(
      "BAD_REQUEST",
      `--root ${text} is not understood: write --root ROLE=PATH with one of the roles ${ROLES.join(", ")}`,
    );
  return [...earlier, { role, path: resolve(path) }];
}

function checkName(name: string): void {
  // What is signed has one line for the name.
  if (!/^[^\s\p{C}]{1,63}$/u.test(name))
    throw new SitewrightError("BAD_REQUEST", `${JSON.stringify(name)} is no name of a system: write it as the hierarchy does`);
}
