import { SitewrightError } from "@sitewright/protocol";

/**
 * Checks the address of a coordinator. On this machine `http` stands for `https` at the same port: the server there must prove that it is
 * the coordinator. Throws `BAD_REQUEST`, or `COORDINATOR_UNTRUSTED` for plain HTTP across a network.
 */
export function parseCoordinatorUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new SitewrightError(
      "BAD_REQUEST",
      `${JSON.stringify(text)} is not an address of a coordinator: write it like https://coordinator.example:7400`,
    );
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new SitewrightError(
      "BAD_REQUEST",
      "the address of a coordinator has no user, query or fragment: write it like https://coordinator.example:7400",
    );
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw new SitewrightError(
      "COORDINATOR_UNTRUSTED",
      `http://${url.host} would send everything unencrypted: use https://${url.host} (plain http is for this machine only)`,
    );
  }
  const port = url.port || (url.protocol === "http:" ? "80" : "");
  url.protocol = "https:";
  url.port = port;
  return url;
}

/**
 * The same host under another path and, for `ws`, as a WebSocket address. A path in the coordinator's own URL (a proxy's) stays as a
 * prefix.
 */
export function endpoint(base: URL, path: string, kind: "http" | "ws" = "http"): URL {
  const url = new URL(base.pathname.replace(/\/+$/, "") + path, base);
  if (kind === "ws") url.protocol = "wss:";
  return url;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
