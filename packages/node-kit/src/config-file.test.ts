import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { Command, Option } from "commander";
import { expect, test } from "vitest";
import { withConfigFile } from "./config-file.ts";

/** Options of a command that was given this file and these arguments. */
function optionsOf(text: string, ...args: string[]): Record<string, unknown> {
  const folder = temporaryFolder();
  const file = join(folder, "settings.yaml");
  writeFileSync(file, text);
  const command = new Command("serve")
    .exitOverride()
    .requiredOption("--data-dir <folder>", "")
    .option("--listen <host:port>", "", "127.0.0.1:7400")
    .option("--name <host>", "", (name: string, before: string[] | undefined) => [...(before ?? []), name])
    .option("--no-peers", "")
    .addOption(new Option("--redis <url>", "").env("SITEWRIGHT_TEST_REDIS"));
  withConfigFile(command).action(() => {});
  command.parse(["--config", file, ...args], { from: "user" });
  const { config: _, ...options } = command.opts();
  return options;
}

test("a settings file gives options by name, also one that is required, and lists for repeatable ones", () => {
  const text = "data-dir: /var/lib/sitewright\nname: [site.example, 10.1.2.3]\nno-peers: true\n";
  expect(optionsOf(text)).toEqual({
    dataDir: "/var/lib/sitewright",
    listen: "127.0.0.1:7400",
    name: ["site.example", "10.1.2.3"],
    peers: false,
  });
});

test("an argument overrides the settings file, whether it stands before or after it", () => {
  expect(optionsOf("data-dir: /a\nlisten: 0.0.0.0:1\n", "--listen", "127.0.0.1:2")).toMatchObject({ dataDir: "/a", listen: "127.0.0.1:2" });
});

test("the environment overrides the settings file", () => {
  process.env["SITEWRIGHT_TEST_REDIS"] = "redis://environment";
  try {
    expect(optionsOf("data-dir: /a\nredis: redis://file\n")).toMatchObject({ redis: "redis://environment" });
  } finally {
    delete process.env["SITEWRIGHT_TEST_REDIS"];
  }
  expect(optionsOf("data-dir: /a\nredis: redis://file\n")).toMatchObject({ redis: "redis://file" });
});

test("a comment alone is a settings file without settings", () => {
  expect(optionsOf("# nothing yet\n", "--data-dir", "/a")).toMatchObject({ dataDir: "/a", peers: true });
});

test.each([
  ["an unknown name", "data-dri: /a\n", /settings\.yaml: 'data-dri' is not a setting: did you mean 'data-dir'\?/],
  ["itself", "config: x\n", /'config' is not a setting/],
  ["a list where one value belongs", "data-dir: [/a, /b]\n", /settings\.yaml: data-dir must be text$/],
  ["a map", "name: { a: b }\n", /name must be text or a list of texts/],
  ["a word where a switch belongs", "no-peers: never\n", /no-peers must be true or false/],
  ["no names at all", "- /a\n", /must hold one 'name: value' in each line/],
  ["broken YAML", "data-dir: [\n", /the settings in .* cannot be read/],
  ["too much", `# ${"x".repeat(70_000)}\n`, /the settings in .* cannot be read: it /],
])("a settings file with %s is refused with file and reason", (_, text, reason) => {
  expect(() => optionsOf(text)).toThrow(expect.objectContaining({ code: "BAD_REQUEST", message: expect.stringMatching(reason) }));
});

test("a settings file that does not exist is refused with its path", () => {
  const command = withConfigFile(new Command("serve").exitOverride());
  expect(() => command.parse(["--config", "/nowhere/settings.yaml"], { from: "user" })).toThrow(/\/nowhere\/settings\.yaml cannot be read/);
});
