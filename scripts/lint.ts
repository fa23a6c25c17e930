import { run } from "./support/run.ts";

run("oxlint", ["--type-aware", "--deny-warnings"]);
