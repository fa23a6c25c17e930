import { SitewrightError } from "@sitewright/protocol";
import type { AddressControl } from "../src/app/addresses/address-control.ts";
import type { AddressDetails } from "../src/app/addresses/address-status.ts";

export interface FakeAddresses extends AddressControl {
  /** The requests, in order. */
  asked: unknown[];
}

export function anAddressStatus(overrides: Partial<AddressDetails> = {}): AddressDetails {
  return {
    key: "SEC",
    timeZone: "America/Chicago",
    concurrency: 3,
    file: { bandwidth: "2 Mbit/s" },
    effective: { bandwidth: "2 Mbit/s" },
    paused: false,
    budget: 2_000_000,
    window: "all",
    opensAt: { high: 0, medium: 0, low: 0 },
    rate: 0,
    changes: [],
    ...overrides,
  };
}

/** One address, SEC. */
export function fakeAddresses(): FakeAddresses {
  const asked: unknown[] = [];
  const answer = async (key: string, ...ask: unknown[]): Promise<AddressDetails> => {
    if (key !== "SEC") throw new SitewrightError("NOT_FOUND", `hierarchy.yaml states no address ${key}; it states: SEC`);
    asked.push(ask);
    return anAddressStatus();
  };
  return {
    asked,
    list: async () => [anAddressStatus()],
    show: (key) => answer(key, "show"),
    set: (by, key, patch) => answer(key, "set", patch, by.name),
    pause: (by, key) => answer(key, "pause", by.name),
    resume: (by, key) => answer(key, "resume", by.name),
    reset: (by, key) => answer(key, "reset", by.name),
  };
}
