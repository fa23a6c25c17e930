export type Route =
  | { page: "overview" }
  | { page: "runs" }
  | { page: "run"; id: string }
  | { page: "system"; name: string }
  | { page: "sites" }
  | { page: "recoveries" }
  | { page: "recovery"; id: string }
  | { page: "report"; id: string }
  | { page: "drill" }
  | { page: "backups" }
  | { page: "backup"; system: string }
  | { page: "ledger" }
  | { page: "expert" }
  | { page: "addresses" }
  | { page: "address"; name: string }
  | { page: "start"; systems: string[]; sites: string[] }
  | { page: "sign-in"; code?: string }
  | { page: "unknown" };

/** The page that a location's hash (`#/runs/...`) names. */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
  const [page = "", argument, ...rest] = path.split("/").filter(Boolean).map(decode);
  if (rest.length > 0) return { page: "unknown" };
  if (page === "" && argument === undefined) return { page: "overview" };
  if (page === "runs") return argument === undefined ? { page: "runs" } : { page: "run", id: argument };
  if ((page === "sites" || page === "ledger" || page === "expert" || page === "drill") && argument === undefined) return { page };
  if (page === "backups") return argument === undefined ? { page } : { page: "backup", system: argument };
  if (page === "recoveries") return argument === undefined ? { page } : { page: "recovery", id: argument };
  if (page === "reports" && argument !== undefined) return { page: "report", id: argument };
  if (page === "addresses") return argument === undefined ? { page: "addresses" } : { page: "address", name: argument };
  if (page === "systems" && argument !== undefined) return { page: "system", name: argument };
  if (page === "sign-in") return argument === undefined ? { page: "sign-in" } : { page: "sign-in", code: argument };
  if (page === "start" && argument === undefined) {
    const asked = new URLSearchParams(query);
    return { page: "start", systems: asked.getAll("system"), sites: asked.getAll("site") };
  }
  return { page: "unknown" };
}

export const links = {
  overview: "#/",
  runs: "#/runs",
  start: "#/start",
  signIn: "#/sign-in",
  run: (id: string) => `#/runs/${encodeURIComponent(id)}`,
  system: (name: string) => `#/systems/${encodeURIComponent(name)}`,
  sites: "#/sites",
  recoveries: "#/recoveries",
  recovery: (id: string) => `#/recoveries/${encodeURIComponent(id)}`,
  report: (id: string) => `#/reports/${encodeURIComponent(id)}`,
  drill: "#/drill",
  backups: "#/backups",
  backup: (system: string) => `#/backups/${encodeURIComponent(system)}`,
  ledger: "#/ledger",
  expert: "#/expert",
  addresses: "#/addresses",
  address: (key: string) => `#/addresses/${encodeURIComponent(key)}`,
  startSystem: (name: string) => `#/start?system=${encodeURIComponent(name)}`,
};

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
