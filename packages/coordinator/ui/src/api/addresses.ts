import { signal } from "@preact/signals";
import type { AddressDetails, AddressPatch, AddressStatus, Change, Overview } from "@sitewright/protocol/api";
import { addLineSample, type LineSample } from "../lib/lines/line-samples.ts";
import { request } from "./client.ts";

/** Rises when something about an address changed: pages that show one load it again. */
export const addressTurn = signal(0);

/** Recent traffic of each line. */
export const lineSamples = signal<ReadonlyMap<string, readonly LineSample[]>>(new Map());

/** Applies what a change says about addresses. */
export function tellAddresses({ addresses, rates }: Change, overview: Overview | undefined): void {
  if (addresses.length > 0) addressTurn.value += 1;
  const entries = Object.entries(rates);
  if (entries.length === 0) return;
  const next = new Map(lineSamples.value);
  for (const [key, rate] of entries) {
    const budget = overview?.addresses.find((address) => address.key === key)?.budget;
    next.set(key, addLineSample(next.get(key) ?? [], { at: Date.now(), rate, budget }));
  }
  lineSamples.value = next;
}

/** Current traffic of a line, bit/s. */
export function lineRate(key: string): number {
  return lineSamples.value.get(key)?.at(-1)?.rate ?? 0;
}

export function listAddresses(): Promise<AddressStatus[]> {
  return request("GET", "/api/v1/addresses");
}

export function readAddress(key: string): Promise<AddressDetails> {
  return request("GET", pathOf(key));
}

export function setAddress(key: string, patch: AddressPatch): Promise<AddressDetails> {
  return request("PATCH", pathOf(key), patch);
}

export function steerAddress(key: string, verb: "pause" | "resume"): Promise<AddressDetails> {
  return request("POST", `${pathOf(key)}/${verb}`);
}

export function resetAddress(key: string): Promise<AddressDetails> {
  return request("DELETE", `${pathOf(key)}/override`);
}

function pathOf(key: string): string {
  return `/api/v1/addresses/${encodeURIComponent(key)}`;
}
