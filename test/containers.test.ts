import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";

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
}

const compose = parse(readFileSync(join(root, "docker-compose.yml"), "utf8"), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
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

test("Redis is set up so that it loses nothing and throws nothing away", () => {
  const command = compose.services.redis?.command?.join(" ");
  expect(command).toContain("--appendonly yes");
  expect(command).toContain("--maxmemory-policy noeviction");
});

test("our containers have a read-only root, no capabilities, and are reached from this machine only", () => {
  for (const [name, service] of services.filter(([, { image }]) => image === "sitewright")) {
    expect(service, name).toMatchObject({ read_only: true, cap_drop: ["ALL"] });
    expect(service.ports?.every((port) => port.startsWith("127.0.0.1:")) ?? true, name).toBe(true);
  }
  expect(readFileSync(join(root, "Dockerfile"), "utf8")).toMatch(/^USER node$/m);
});

test("what a service waits for to be healthy can tell that it is", () => {
  const waits = services.flatMap(([, { depends_on }]) => Object.entries(depends_on ?? {}));
  expect(waits.length).toBeGreaterThan(2);
  for (const [needed] of waits) expect(compose.services).toHaveProperty(needed);
  const healthy = waits.filter(([, { condition }]) => condition === "service_healthy");
  for (const [needed] of healthy) expect(compose.services[needed]?.healthcheck, needed).toBeDefined();
});

test("every volume and every script that a service names is there", () => {
  for (const volume of services.flatMap(([, { volumes }]) => volumes ?? []))
    expect(compose.volumes).toHaveProperty(volume.split(":")[0] ?? "");
  const scripts = services.flatMap(([, { command = [] }]) => command.filter((word) => word.endsWith(".sh")));
  expect(scripts.length).toBeGreaterThan(3);
  for (const script of scripts) {
    expect(existsSync(join(root, script)), script).toBe(true);
    expect(spawnSync("sh", ["-n", join(root, script)]).status, script).toBe(0);
  }
});

test("everything that the Dockerfile copies is in the project", () => {
  const copied = [...readFileSync(join(root, "Dockerfile"), "utf8").matchAll(/^COPY (?!--from)(?:--\S+ )*(.+) \S+$/gm)].flatMap(
    ([, paths = ""]) => paths.split(" "),
  );
  expect(copied.length).toBeGreaterThan(4);
  for (const path of copied) expect(statSync(join(root, path.replace("/*.sh", ""))), path).toBeDefined();
});
