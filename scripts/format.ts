import { run } from "./support/run.ts";

/** Formats the code. `--check`: only reports what it would change. */
run("oxfmt", process.argv.slice(2));
