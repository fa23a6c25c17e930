import type { CoordinatorMessage } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { aHierarchy, anAddress } from "../../../test-support/fakes.ts";
import { contentServers, createMemberAddresses } from "./member-addresses.ts";

/** Systems with the time of their connections, and what each was told. */
function told(members: string[], connected: Record<string, number>, servers: Record<string, string> = {}) {
  const sent: string[] = [];
  const links = {
    connected: () => Object.entries(connected).map(([system, since]) => ({ system, since, roles: [], platform: "linux", version: "1" })),
    send: async (system: string, message: CoordinatorMessage) => {
      sent.push(message.kind === "coordinators" ? `${system}: ${[...message.urls, message.content].join(" ").trim()}` : message.kind);
      return true;
    },
  };
  const serverOf = (system: string) => (servers[system] === undefined ? undefined : { url: servers[system] });
  const addresses = createMemberAddresses({ members: () => members.map((url) => ({ url })), links, serverOf });
  return { sent, look: addresses.look };
}

test("agents are told where the coordinators answer once over each connection, and again when that changes", async () => {
  const [members, connected] = [["https://one:7400", "https://two:7400"], { A1: 1 } as Record<string, number>];
  const at = told(members, connected);
  await at.look();
  await at.look();
  expect(at.sent).toEqual(["A1: https://one:7400 https://two:7400"]);
  Object.assign(connected, { A1: 2, B1: 3 });
  await at.look();
  expect(at.sent.slice(1)).toEqual(["A1: https://one:7400 https://two:7400", "B1: https://one:7400 https://two:7400"]);
  members.push("https://three:7400");
  await at.look();
  expect(at.sent.at(-1)).toBe("B1: https://one:7400 https://three:7400 https://two:7400");
});

test("where there is one coordinator alone nothing is said: what agents learned before stays", async () => {
  const at = told(["https://one:7400", ""], { A1: 1 });
  await at.look();
  expect(at.sent).toEqual([]);
});

test("a coordinator that listens on its own machine alone is named by such a one only", async () => {
  const [remote, local] = [
    told(["https://one:7400", "https://127.0.0.1:7400", "https://two:7400"], { A1: 1 }),
    told(["https://127.0.0.1:1", "https://127.0.0.1:2"], { A1: 1 }),
  ];
  await remote.look();
  await local.look();
  expect([...remote.sent, ...local.sent]).toEqual(["A1: https://one:7400 https://two:7400", "A1: https://127.0.0.1:1 https://127.0.0.1:2"]);
});

test("each agent is told which coordinator serves it, and at once when that changes or is gone", async () => {
  const [one, two] = ["https://one:7400", "https://two:7400"];
  const [members, servers] = [[one, two], { A1: two, B1: "https://unreachable:7400" } as Record<string, string>];
  const at = told(members, { A1: 1, B1: 1 }, servers);
  await at.look();
  expect(at.sent).toEqual([`A1: ${one} ${two} ${two}`, `B1: ${one} ${two}`]);
  delete servers["A1"];
  await at.look();
  expect(at.sent.slice(2)).toEqual([`A1: ${one} ${two}`]);
});

test("where one of several is left agents are told that it serves them, and keep the addresses of the others, which may come back", async () => {
  const [one, two] = ["https://one:7400", "https://two:7400"];
  const members = [one, two];
  const at = told(members, { A1: 1, B1: 1 }, { A1: two });
  await at.look();
  members.pop();
  await at.look();
  await at.look();
  expect(at.sent.slice(2)).toEqual([`A1: ${one} ${two}`]);
});

test("the systems behind one address are served by one coordinator, and only by one that serves", () => {
  const hierarchy = aHierarchy([anAddress("SEC", { bandwidth: 1_000_000 })]);
  const member = (id: string, leads: boolean) => ({ member: id, host: id, url: `https://${id}:7400`, leads });
  const members = [member("m1", true), member("m2", false), member("m3", false)];
  const serverOf = (serving: string[]) => contentServers({ hierarchy: () => hierarchy, members: () => members, serving: () => serving });
  const named = [...hierarchy.systems.keys()].map((system) => [hierarchy.systems.get(system)?.site, serverOf(["m2"])(system)?.member]);
  const behind = named.filter(([site]) => site === "SEC").map(([, server]) => server);
  expect(behind.length).toBeGreaterThan(1);
  expect(new Set(behind).size).toBe(1);
  expect(named.every(([, server]) => server === undefined || server === "m2")).toBe(true);
  expect(serverOf([])("SRV1")).toBeUndefined();
});
