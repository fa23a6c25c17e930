import { createHash } from "node:crypto";
import type { TestFleet } from "./core-fleet.ts";

/** Lets agents answer with what their client access points have. @param held By system: contents by place, such as `offerinf.box/ABC20001.ofr`. */
export function serveDefinitions(fleet: Pick<TestFleet, "tell">, held: Readonly<Record<string, Readonly<Record<string, string>>>>): void {
  fleet.tell = ({ want, unit }, system) => {
    const files = held[system] ?? {};
    const objects = Object.entries(files).map(([place, text]) => {
      const hash = createHash("sha256").update(text).digest("hex");
      return { path: `${unit.name}/${place}`, number: Number(/\d+/.exec(text)?.[0]), hash, size: text.length };
    });
    if (want.kind === "definitions") return { last: true, objects };
    const [, ...rest] = want.kind === "file" ? want.path.split("/") : [];
    const from = want.kind === "file" ? want.from : 0;
    return { last: true, bytes: Buffer.from(files[rest.join("/")] ?? "").subarray(from) };
  };
}
