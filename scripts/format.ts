import { run } from "./support/run.ts";

/** Lays out the code in the project's one way. `--check`: only says what it would change. */
run("oxfmt", process.argv.slice(2));
