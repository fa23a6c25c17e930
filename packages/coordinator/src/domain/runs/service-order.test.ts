import fc from "fast-check";
import { expect, test } from "vitest";
import type { Role, Priority } from "@sitewright/protocol";
import { byService, type Service } from "./service-order.ts";
import { wireBytesOf } from "../lines/wire-bytes.ts";

const few = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined });
const service: fc.Arbitrary<Service> = fc
  .record({
    unit: fc.constantFrom<Role>("cap", "logon-point", "dp").map((role) => ({ role, name: "X" })),
    priority: fc.constantFrom<Priority>("high", "medium", "low"),
    due: few,
    clients: few,
    sourceBytes: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ due, clients, sourceBytes, ...rest }) => ({
    ...rest,
    sourceBytes,
    packedBytes: sourceBytes,
    manifestBytes: 0,
    ...(due === undefined ? {} : { due }),
    ...(clients === undefined ? {} : { clients }),
  }));

test("the order of any two is antisymmetric, and that of any three transitive", () => {
  fc.assert(
    fc.property(service, service, service, (a, b, c) => {
      expect(Math.sign(byService(a, b)) + Math.sign(byService(b, a))).toBe(0);
      const [first, second, third] = [a, b, c].toSorted(byService) as [Service, Service, Service];
      expect(byService(first, second)).toBeLessThanOrEqual(0);
      expect(byService(second, third)).toBeLessThanOrEqual(0);
      expect(byService(first, third)).toBeLessThanOrEqual(0);
    }),
  );
});

test("no package comes before a CAP or a logon point, whatever its data", () => {
  fc.assert(
    fc.property(service, service, (a, b) => {
      const [cap, pack] = [
        { ...a, unit: { ...a.unit, role: a.unit.role === "dp" ? ("cap" as const) : a.unit.role } },
        { ...b, unit: { ...b.unit, role: "dp" as const } },
      ];
      expect(byService(cap, pack)).toBeLessThan(0);
    }),
  );
});

test("each criterion decides where those before it are equal: priority, due, clients, size", () => {
  fc.assert(
    fc.property(service, service, (one, other) => {
      const [a, b] = [one, { ...other, unit: one.unit }];
      const turn = byService(a, b);
      const words = ["high", "medium", "low"];
      const by = (value: (of: Service) => number) => value(a) - value(b);
      const first = [
        by(({ priority }) => words.indexOf(priority)),
        by(({ due }) => due ?? 1e9),
        by(({ clients }) => -(clients ?? 0)),
        by(wireBytesOf),
      ].find((difference) => difference !== 0);
      expect(Math.sign(turn)).toBe(Math.sign(first ?? 0));
    }),
  );
});
