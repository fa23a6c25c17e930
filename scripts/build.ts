import { build } from "./support/build.ts";

build();
