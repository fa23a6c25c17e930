import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { expect, test } from "vitest";
import { writablePaths } from "./systemd.ts";

test("a path with quotes, backslashes, spaces and percent signs is writable as that path alone", () => {
  expect(writablePaths(["/srv/dp", String.raw`/srv/100% "a\b" c`])).toBe(
    String.raw`# Written by 'sitewright-agent service install'.
[Service]
ReadWritePaths="/srv/dp"
ReadWritePaths="/srv/100%% \"a\\b\" c"
`,
  );
});

test.each(["sitewright", "sitewright-agent"])(
  "systemd rates the exposure of the service %s at 3.0 or less, and finds no fault in it",
  (name) => {
    const packaging = join(import.meta.dirname, "../../../../../packaging/debian");
    const unit = join(temporaryFolder(), `${name}.service`);
    const hardening = readFileSync(join(packaging, "hardening.conf"), "utf8").trimEnd();
    writeFileSync(unit, readFileSync(join(packaging, name, `${name}.service`), "utf8").replace("@HARDENING@", hardening));
    const { status, stdout, stderr } = spawnSync("systemd-analyze", ["security", "--offline=true", "--threshold=30", unit], {
      encoding: "utf8",
    });
    expect(status, stdout + stderr).toBe(0);
    expect(stderr).toBe("");
  },
);
