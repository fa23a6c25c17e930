import { SitewrightError } from "@sitewright/protocol";
import { patchOverride, type AddressPatch } from "../../domain/addresses/address-override.ts";
import { budgetAt, windowAt } from "../../domain/addresses/address-schedule.ts";
import { addressesOf, type Address } from "../../domain/sites/hierarchy.ts";
import type { AddressOverrides } from "./address-overrides.ts";
import { addressStatus, type AddressDetails, type AddressStatus } from "./address-status.ts";
import type { LineMeter } from "./line-meter.ts";
import type { LineSpeeds } from "./line-speeds.ts";
import type { LivePublisher } from "../live/live-view.ts";
import type { Principal } from "../../domain/principal.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import type { AddressChange } from "../ports/addresses.ts";
import type { Clock } from "../ports/clock.ts";
import type { SiteView } from "../sites/site-view.ts";

/** What operators see of addresses and set while they are in use. `by`: who asks, as far as known. */
export interface AddressControl {
  list(): Promise<AddressStatus[]>;
  /** Throws `NOT_FOUND`, as the methods below do. */
  show(key: string): Promise<AddressDetails>;
  /** Throws `BAD_REQUEST` with every fault, and then changes nothing. */
  set(by: Principal, key: string, patch: Omit<AddressPatch, "paused">): Promise<AddressDetails>;
  /** Nothing is sent over it until `resume`. Both throw `CONFLICT` when the address is in that state already. */
  pause(by: Principal, key: string): Promise<AddressDetails>;
  resume(by: Principal, key: string): Promise<AddressDetails>;
  /** Returns to the values of the file. Throws `CONFLICT` when these are in force. */
  reset(by: Principal, key: string): Promise<AddressDetails>;
}

interface AddressWatch extends AddressControl {
  /** Called periodically: reports changes that follow from the clock. */
  look(): Promise<void>;
}

interface AddressControlDeps {
  overrides: AddressOverrides;
  site: SiteView;
  live: LivePublisher;
  meter: Pick<LineMeter, "rate">;
  speeds: Pick<LineSpeeds, "found">;
  ledger: Pick<Ledger, "record">;
  clock: Clock;
  log: Log;
  /** The capacity of lines changed: their users must evaluate it again. */
  onChange: () => void;
}

const RECORDED = { set: "address-set", pause: "address-paused", resume: "address-resumed", reset: "address-reset" } as const;

export function createAddressControl({
  overrides,
  site,
  live,
  meter,
  speeds,
  ledger,
  clock,
  log,
  onChange,
}: AddressControlDeps): AddressWatch {
  const inTurn = oneAtATime();
  /** By address: the values in force at the last check. */
  const seen = new Map<string, string>();

  async function list(): Promise<AddressStatus[]> {
    const inForce = new Map(addressesOf((await site.recent()).hierarchy).map((address) => [address.key, address]));
    return addressesOf(site.stated()).flatMap((file) => {
      const address = inForce.get(file.key);
      return address ? [statusOf(file, address)] : [];
    });
  }

  async function show(key: string): Promise<AddressDetails> {
    const status = (await list()).find((candidate) => candidate.key === key);
    if (!status) throw await unknown(key);
    return { ...status, changes: await overrides.changes(key) };
  }

  async function unknown(key: string): Promise<SitewrightError> {
    const keys = addressesOf((await site.recent()).hierarchy).map((address) => address.key);
    const known = keys.length > 0 ? `it states: ${keys.sort().join(", ")}` : "it states none";
    return new SitewrightError("NOT_FOUND", `hierarchy.yaml states no address ${key}; ${known}`);
  }

  async function find(key: string): Promise<Address> {
    await site.recent();
    const file = addressesOf(site.stated()).find((address) => address.key === key);
    if (!file) throw await unknown(key);
    return file;
  }

  function statusOf(file: Address, address: Address): AddressStatus {
    const seen = { rate: meter.rate(file.key), carries: speeds.found(file.key) };
    return addressStatus({ file, address, set: overrides.get(file.key), seen }, clock());
  }

  function change(who: Principal, key: string, kind: AddressChange["kind"], patch: AddressPatch | undefined): Promise<AddressDetails> {
    const by = who.name;
    return inTurn(async () => {
      const file = await find(key);
      const before = overrides.get(key)?.override;
      if ((kind === "pause" || kind === "resume") && (before?.paused === true) === (kind === "pause"))
        throw new SitewrightError("CONFLICT", `the address ${key} is ${kind === "pause" ? "paused already" : "not paused"}`);
      if (kind === "reset" && !before) throw new SitewrightError("CONFLICT", `the address ${key} has the values of hierarchy.yaml already`);
      const at = clock();
      const override = patch && patchOverride(file, before, patch);
      const entry: AddressChange = { at, by, kind, ...(kind === "set" && patch ? { patch } : {}) };
      const details = entry.patch ? { patch: JSON.stringify(entry.patch) } : {};
      await ledger.record(who, RECORDED[kind], { about: { address: key }, details });
      await overrides.change(key, override && { override, by, at }, entry);
      log.info({ line: key, by, kind, ...(entry.patch ? { patch: entry.patch } : {}) }, `the address ${key} was changed: ${kind}`);
      live.address(key);
      onChange();
      return show(key);
    });
  }

  return {
    list,
    show,
    set: (by, key, patch) => change(by, key, "set", patch),
    pause: (by, key) => change(by, key, "pause", { paused: true }),
    resume: (by, key) => change(by, key, "resume", { paused: false }),
    reset: (by, key) => change(by, key, "reset", undefined),
    async look() {
      const changed = addressesOf(site.hierarchy()).filter((address) => isNews(seen, address, clock()));
      for (const { key } of changed) live.address(key);
      if (changed.length > 0) onChange();
    },
  };
}

function isNews(seen: Map<string, string>, address: Address, now: number): boolean {
  const state = `${String(budgetAt(address, now))} ${windowAt(address, now)}`;
  const before = seen.get(address.key);
  seen.set(address.key, state);
  return before !== undefined && before !== state;
}
