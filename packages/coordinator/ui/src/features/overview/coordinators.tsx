import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { CoordinatorMember } from "@sitewright/protocol/api";
import { coordinators } from "../../api/operations.ts";
import { Section } from "../../components/page-parts.tsx";
import { Pill } from "../../components/pill.tsx";
import { Table } from "../../components/table.tsx";
import type { Look } from "../../lib/words.ts";

const LEADS: Look = { tone: "ok", icon: "check", word: "leads" };
const STANDS_BY: Look = { tone: "idle", icon: "clock", word: "stands by" };
const SERVES: Look = { tone: "ok", icon: "check", word: "stands by, serves content" };
const EVERY_MS = 10_000;

/** Which coordinators there are; one that is alone is not listed. */
export function Coordinators() {
  const members = useSignal<readonly CoordinatorMember[]>([]);
  useEffect(() => {
    // What cannot be asked now is asked again; the page says by itself that it is stale.
    const read = (): void =>
      void coordinators().then(
        (all) => (members.value = all),
        () => undefined,
      );
    read();
    const timer = setInterval(read, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  if (members.value.length < 2) return null;
  return (
    <Section title="Coordinators">
      <Table
        caption="Coordinators of this hierarchy"
        rows={members.value}
        rowKey={({ member }) => member}
        columns={[
          { head: "Machine", value: ({ host }) => host, rowHead: true },
          { head: "Address", value: ({ url }) => url, wide: true },
          { head: "State", value: (member) => <Pill look={lookOf(member)} /> },
        ]}
      />
    </Section>
  );
}

function lookOf({ leads, serves }: CoordinatorMember): Look {
  if (leads) return LEADS;
  return serves ? SERVES : STANDS_BY;
}
