const READ = 0o444;
const SEARCH = 0o111;

/**
 * Permissions that an entry of a manifest is built with: every client reads it, nobody but its owner writes it. How the source
 * was copied, such as under a umask of 077, does not decide who reads; the source says only whether the owner may write and
 * whether a file is executable.
 */
export function servedMode(kind: "folder" | "file", mode: number): number {
  const executable = kind === "folder" || (mode & SEARCH) !== 0;
  return READ | (mode & 0o200) | (executable ? SEARCH : 0);
}
