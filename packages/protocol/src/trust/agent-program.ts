/** What the CA of a coordinator vouches for: that this package is that version of the agent's program for that system and processor. */
export interface ProgramStatement {
  /** Id of the coordinator. */
  coordinator: string;
  version: string;
  /** Such as `linux-x64`. */
  target: string;
  /** SHA-256 of the package, hex. */
  digest: string;
}

/** What is signed: ECDSA with SHA-256, IEEE P1363. */
export function programTranscript({ coordinator, version, target, digest }: ProgramStatement): Uint8Array {
  return new TextEncoder().encode(`sitewright agent program v1\n${coordinator}\n${version}\n${target}\n${digest}\n`);
}

const VERSION = /^\d{1,6}\.\d{1,6}\.\d{1,6}$/;

function isProgramVersion(text: string): boolean {
  return VERSION.test(text);
}

/** Negative if `a` is the earlier one. Of texts that are no versions, none is later. */
export function compareProgramVersions(a: string, b: string): number {
  if (!isProgramVersion(a) || !isProgramVersion(b)) return Number(isProgramVersion(a)) - Number(isProgramVersion(b));
  const [first, second] = [a, b].map((text) => text.split(".").map(Number)) as [number[], number[]];
  const at = first.findIndex((part, i) => part !== second[i]);
  return at < 0 ? 0 : (first[at] ?? 0) - (second[at] ?? 0);
}
