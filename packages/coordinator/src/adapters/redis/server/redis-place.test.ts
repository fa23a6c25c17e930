import { expect, test } from "vitest";
import { parseRedisPlace, shownPlace } from "./redis-place.ts";

test.each([
  ["redis://u:p@host:7000/2", { kind: "server", url: "redis://u:p@host:7000/2" }, "redis://host:7000/2"],
  ["unix:///run/redis.sock", { kind: "socket", path: "/run/redis.sock" }, "unix:///run/redis.sock"],
  [
    "redis-sentinel://u:p%40%3A@a,b:26400/site",
    {
      kind: "sentinel",
      name: "site",
      nodes: [
        { host: "a", port: 26_379 },
        { host: "b", port: 26_400 },
      ],
      account: { username: "u", password: "p@:" },
    },
    "redis-sentinel://a:26379,b:26400/site",
  ],
  [
    "rediss-cluster://:p:q@[::1]:7000,10.0.0.1",
    {
      kind: "cluster",
      nodes: [
        { host: "::1", port: 7000 },
        { host: "10.0.0.1", port: 6379 },
      ],
      account: { password: "p:q" },
      tls: {},
    },
    "redis-cluster://[::1]:7000,10.0.0.1:6379",
  ],
])("the address %s of a Redis is understood, and shown without its password", (address, place, shown) => {
  expect(parseRedisPlace(address)).toEqual(place);
  expect(shownPlace(parseRedisPlace(address))).toBe(shown);
});

test.each([
  ["http://host", /is not an address of a Redis: write redis:\/\/HOST:6379/],
  ["redis://host:99999", /is not an address of a Redis/],
  ["redis-cluster://a:1,b:70000", /b:70000 is not a host/],
  ["redis-cluster://a,,b", /an empty name is not a host/],
  ["redis-cluster://a/3", /has no numbered databases/],
  ["redis-sentinel://a,b", /does not name the master/],
  ["redis-sentinel://u:%zz@a/site", /write %25 for it/],
  ["host:6379", /is not an address of a Redis/],
])("%s is refused as an address of a Redis with what is wrong and how it is written", (address, message) => {
  expect(() => parseRedisPlace(address)).toThrow(expect.objectContaining({ code: "BAD_REQUEST" }));
  expect(() => parseRedisPlace(address)).toThrow(message);
});

test("authorities for a Redis are refused with an address that does not use TLS", () => {
  expect(() => parseRedisPlace("redis://host", "-----BEGIN CERTIFICATE-----")).toThrow(/does not begin with rediss/);
  expect(parseRedisPlace("rediss://host", "pem")).toEqual({ kind: "server", url: "rediss://host", tls: { ca: "pem" } });
});
