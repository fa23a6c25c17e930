import { hostname, networkInterfaces } from "node:os";

/**
 * Every name and address under which a coordinator that listens on `host` is reached: for its certificate and for the check of the
 * Host header.
 */
export function hostNames(host: string): string[] {
  const everywhere = host === "0.0.0.0" || host === "::";
  const own = everywhere
    ? Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address))
    : [host];
  const names = ["localhost", "127.0.0.1", "::1", hostname(), ...own];
  return [...new Set(names.map((name) => name.toLowerCase()))].filter((name) => !name.includes("%")).sort();
}
