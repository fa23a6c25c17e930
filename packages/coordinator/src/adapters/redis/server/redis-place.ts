import { SitewrightError } from "@sitewright/protocol";

interface Tls {
  /** Certificates of authorities to trust instead of the system's, PEM. */
  ca?: string;
}

/** Machines of which any can be asked for the others. */
interface Nodes {
  nodes: { host: string; port: number }[];
  account: { username?: string; password?: string };
}

/** Where a Redis answers. */
export type RedisPlace = (
  | { kind: "socket"; path: string }
  | { kind: "server"; url: string }
  | ({ kind: "sentinel"; name: string } & Nodes)
  | ({ kind: "cluster" } & Nodes)
) & { tls?: Tls };

const FORMS = [
  "redis://HOST:6379",
  "redis-sentinel://HOST:26379,HOST:26379/NAME-OF-THE-MASTER",
  "redis-cluster://HOST:6379,HOST:6379",
  "unix:///PATH/OF/ITS/SOCKET",
];

/**
 * Reads an address: of one server as ioredis takes it, or with several hosts, which a standard URL cannot have. With `rediss` instead of
 * `redis` it speaks TLS. Throws `BAD_REQUEST`.
 */
export function parseRedisPlace(address: string, ca?: string): RedisPlace {
  const scheme = /^([a-z-]+):\/\//.exec(address)?.[1] ?? "";
  const tls = scheme.startsWith("rediss") ? { tls: ca === undefined ? {} : { ca } } : {};
  if (ca !== undefined && !tls.tls) throw wrong("--redis-ca is given, and the address does not begin with rediss: it would not be used");
  switch (scheme) {
    case "unix":
      return { kind: "socket", path: address.slice("unix://".length) };
    case "redis":
    case "rediss":
      if (!URL.canParse(address)) throw wrong("--redis, or REDIS_URL, is not an address of a Redis");
      return { kind: "server", url: address, ...tls };
    case "redis-cluster":
    case "rediss-cluster": {
      const { rest, ...nodes } = readNodes(address, 6379);
      if (rest !== "") throw wrong("an address of a cluster ends after its hosts: a cluster has no numbered databases");
      return { kind: "cluster", ...nodes, ...tls };
    }
    case "redis-sentinel":
    case "rediss-sentinel": {
      const { rest, ...nodes } = readNodes(address, 26_379);
      if (rest === "") throw wrong("the address of the sentinels does not name the master that they watch");
      return { kind: "sentinel", name: rest, ...nodes, ...tls };
    }
    default:
      throw wrong("--redis, or REDIS_URL, is not an address of a Redis");
  }
}

/** An address for people, without a password. */
export function shownPlace(place: RedisPlace): string {
  switch (place.kind) {
    case "socket":
      return `unix://${place.path}`;
    case "server": {
      const { protocol, host, pathname } = new URL(place.url);
      return `${protocol}//${host}${pathname}`;
    }
    case "cluster":
    case "sentinel": {
      const hosts = place.nodes.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`).join(",");
      return place.kind === "cluster" ? `redis-cluster://${hosts}` : `redis-sentinel://${hosts}/${place.name}`;
    }
  }
}

const NODES = /^[a-z-]+:\/\/(?:([^@/]*)@)?([^@/]+)(?:\/(.*))?$/;
const NODE = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i;

function readNodes(address: string, defaultPort: number): Nodes & { rest: string } {
  const [, account, hosts = "", rest = ""] = NODES.exec(address) ?? [];
  const nodes = hosts.split(",").map((text) => {
    const [, host = "", port] = NODE.exec(text) ?? [];
    if (host === "" || Number(port ?? 0) > 65_535) throw wrong(`${text === "" ? "an empty name" : text} is not a host of a Redis`);
    return { host: host.replace(/^\[|\]$/g, ""), port: Number(port ?? defaultPort) };
  });
  return { nodes, account: readAccount(account), rest };
}

function readAccount(text = ""): Nodes["account"] {
  const [username = "", ...rest] = text.split(":");
  const password = rest.join(":");
  try {
    return {
      ...(username === "" ? {} : { username: decodeURIComponent(username) }),
      ...(password === "" ? {} : { password: decodeURIComponent(password) }),
    };
  } catch {
    throw wrong("the account in the address of the Redis has a % that begins no code: write %25 for it");
  }
}

function wrong(what: string): SitewrightError {
  return new SitewrightError("BAD_REQUEST", `${what}: write ${FORMS.slice(0, -1).join(", ")} or ${FORMS.at(-1)}`);
}
