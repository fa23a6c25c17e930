import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { AddressStatus } from "@sitewright/protocol/api";
import { addressTurn, lineRate, listAddresses } from "../../api/addresses.ts";
import { messageOf } from "../../api/client.ts";
import { now } from "../../api/clock.ts";
import { overview } from "../../api/store.ts";
import { Empty, Fault, Skeleton } from "../../components/page-parts.tsx";
import { Pill } from "../../components/pill.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatBitRate, plural } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { budgetText, nextChangeText, slowerText, windowLook } from "./window-words.ts";

/** Every line, with its current budget and traffic. */
export function AddressesPage() {
  const addresses = useSignal<AddressStatus[] | undefined>(undefined);
  const fault = useSignal<string | undefined>(undefined);
  const turn = addressTurn.value;
  useEffect(() => {
    listAddresses().then(
      (all) => (addresses.value = all),
      (error: unknown) => (fault.value = messageOf(error)),
    );
  }, [turn]);
  const all = addresses.value;
  return (
    <>
      <div class="page-head">
        <h1>Addresses</h1>
        {all && <span class="muted">{plural(all.length, "line")} to other sites and systems</span>}
      </div>
      {!all && <Fault message={fault.value} />}
      {!all && !fault.value && <Skeleton lines={5} label="Loading the addresses" />}
      {all?.length === 0 && <Empty title="hierarchy.yaml states no address: every system is on the coordinator's own network" />}
      {all && all.length > 0 && <Table caption="Addresses" columns={COLUMNS} rows={all} rowKey={({ key }) => key} />}
    </>
  );
}

const COLUMNS: readonly Column<AddressStatus>[] = [
  {
    head: "Address",
    rowHead: true,
    value: ({ key }) => (
      <a href={links.address(key)}>
        <span class="site-code">{key}</span> {destinationOf(key)}
      </a>
    ),
  },
  { head: "Now", value: (address) => <Pill look={windowLook(address)} /> },
  { head: "Budget now", numeric: true, value: (address) => <Budget address={address} /> },
  { head: "Used", numeric: true, value: ({ key }) => formatBitRate(lineRate(key)) },
  { head: "Bandwidth", numeric: true, value: ({ effective }) => effective.bandwidth ?? "unlimited" },
  { head: "Next change", wide: true, value: (address) => nextChangeText(address, now.value) },
  { head: "Set by", value: ({ override }) => override?.by ?? <span class="muted">hierarchy.yaml</span> },
];

function Budget({ address: { budget, carries } }: { address: AddressStatus }) {
  return (
    <>
      {budgetText(budget)}
      {carries !== undefined && <div class="muted">slower than stated: {slowerText(carries)}</div>}
    </>
  );
}

/** The name of the site, or that it is a system's own line. */
export function destinationOf(key: string): string {
  return overview.value?.sites.find(({ code }) => code === key)?.name ?? "own line of a system";
}
