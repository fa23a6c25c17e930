import { run } from "./support/run.ts";

/** Compiles the packages into their `dist` folders; seconds when nothing changed. */
run("tsc", ["-b", "packages/coordinator", "packages/agent"]);
