import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Stands in for systemd where a test cannot have one: a program `systemctl`, for which a service runs while a file of its name is there. */
export interface ServiceManager {
  /** To be put first in `PATH`. */
  bin: string;
  running(): string[];
  /** How often a service was stopped. */
  stops(): number;
  /** Those that start with the machine: all at first. */
  enabled(): string[];
  start(name: string): void;
  stop(name: string): void;
  /** From now on the service cannot be stopped. */
  refuseStop(name: string): void;
  /** From now on it cannot be started. */
  refuseStart(name: string): void;
  repair(name: string): void;
}

const SCRIPT = `#!/bin/sh
quiet=''; verb="$1"; shift
for name; do case "$name" in --quiet) quiet=1 ;; esac; done
if [ "$verb $1" = "show --property=UnitFileState" ]; then if [ -e "@STATE@/enabled/$name" ]; then echo enabled; else echo disabled; fi; exit 0; fi
[ "$verb" != show ] || { if [ -e "@STATE@/running/$name" ]; then echo active; else echo inactive; fi; exit 0; }
[ -e "@STATE@/known/$name" ] || { echo "Unit $name not loaded." >&2; exit 5; }
case "$verb" in
  is-active) if [ -e "@STATE@/running/$name" ]; then state=active; code=0; else state=inactive; code=3; fi; [ -n "$quiet" ] || echo $state; exit $code ;;
  stop) [ ! -e "@STATE@/stuck/$name" ] || { echo "Job for $name failed." >&2; exit 1; }; echo "$name" >> "@STATE@/stops"; rm -f "@STATE@/running/$name" ;;
  start) [ ! -e "@STATE@/broken/$name" ] || { echo "Job for $name failed." >&2; exit 1; }; : > "@STATE@/running/$name" ;;
  enable) : > "@STATE@/enabled/$name" ;;
  disable) rm -f "@STATE@/enabled/$name" ;;
  *) exit 1 ;;
esac
`;

/** @param folder Empty. */
export function createServiceManager(folder: string, services: readonly string[]): ServiceManager {
  const bin = join(folder, "bin");
  for (const part of ["bin", "known", "running", "enabled", "stuck", "broken"]) mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(bin, "systemctl"), SCRIPT.replaceAll("@STATE@", folder));
  chmodSync(join(bin, "systemctl"), 0o755);
  const mark = (part: string, name: string) => writeFileSync(join(folder, part, name), "");
  for (const name of services) for (const part of ["known", "running", "enabled"]) mark(part, name);
  const stops = join(folder, "stops");
  writeFileSync(stops, "");
  return {
    bin,
    stops: () => readFileSync(stops, "utf8").split("\n").length - 1,
    running: () => readdirSync(join(folder, "running")).sort(),
    enabled: () => readdirSync(join(folder, "enabled")).sort(),
    start: (name) => mark("running", name),
    stop: (name) => rmSync(join(folder, "running", name)),
    refuseStop: (name) => mark("stuck", name),
    refuseStart: (name) => mark("broken", name),
    repair: (name) => ["stuck", "broken"].forEach((part) => rmSync(join(folder, part, name), { force: true })),
  };
}
