import { expect, test } from "vitest";
import { byMedium, type Parcel } from "./by-courier.ts";

const COURIER = { leaves: 0, arrives: 1000 };
const parcel = (manifest: string, lineAt: number | undefined, bytes = 10): Parcel => ({ manifest, bytes, listBytes: 0, lineAt });

test.each<[what: string, parcels: Parcel[], capacity: number | undefined, chosen: boolean[]]>([
  ["what the line brings no later goes by the line", [parcel("a", 1000), parcel("b", 1001)], undefined, [false, true]],
  ["what no line brings goes by the medium", [parcel("a", undefined)], undefined, [true]],
  [
    "what does not fit goes by the line, and what the line would bring last fits first",
    [parcel("a", 2000), parcel("b", 3000)],
    10,
    [false, true],
  ],
  ["a unit counts once for all systems", [parcel("a", 2000), parcel("a", 2000), parcel("b", 1500)], 20, [true, true, true]],
  [
    "a system whose line is fast gets by the line what others get by the medium",
    [parcel("a", 2000), parcel("a", 500)],
    undefined,
    [true, false],
  ],
  [
    "a large unit that no line brings leaves its room to smaller ones",
    [parcel("a", undefined, 100), parcel("b", 2000, 10)],
    50,
    [false, true],
  ],
])("%s", (_, parcels, capacity, chosen) => {
  expect(byMedium(parcels, { ...COURIER, capacity })).toEqual({ goes: chosen });
});

test("what room is left takes a part of the unit that the line would bring last, beside its list; the line brings the rest", () => {
  const large = { ...parcel("a", 3000, 100), listBytes: 5 };
  expect(byMedium([large, parcel("b", 2000, 10)], { ...COURIER, capacity: 50 })).toEqual({
    goes: [true, true],
    part: { manifest: "a", bytes: 35 },
  });
  // For too little its list is not worth it, and what has no line somewhere would never be whole there.
  expect(byMedium([large, parcel("b", 2000, 10)], { ...COURIER, capacity: 19 })).toEqual({ goes: [false, true] });
  expect(byMedium([large, { ...large, lineAt: undefined }], { ...COURIER, capacity: 50 })).toEqual({ goes: [false, false] });
});
