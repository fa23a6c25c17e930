import { hostname, networkInterfaces } from "node:os";

/**
 * Every name and address under which a coordinator that listens on `host` is reached: for its certificate and for the check of the
 * Host header.
 * @param further Names that this machine cannot know, such as an alias in the DNS.
 */
export function hostNames(host: string, further: readonly string[] = []): string[] {
  const everywhere = host === "0.0.0.0" || host === "::";
  const own = everywhere
    ? Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address))
    : [host];
  const [short = ""] = hostname().split(".", 1);
  const names = ["localhost", "127.0.0.1", "::1", hostname(), short, ...own, ...further];
  return [...new Set(names.map((name) => name.toLowerCase()))].filter((name) => name !== "" && !name.includes("%")).sort();
}
