import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { messageOf } from "../../api/client.ts";
import { Fault, Skeleton } from "../../components/page-parts.tsx";

/** The list and its reader are larger than all other pages: they are loaded on demand. */
export function ExpertPage() {
  const part = useSignal<{ Expert: ComponentType } | undefined>(undefined);
  const fault = useSignal<string | undefined>(undefined);
  useEffect(() => {
    import("./expert.tsx").then(
      (loaded) => (part.value = loaded),
      (error: unknown) => (fault.value = messageOf(error)),
    );
  }, []);
  if (part.value) return <part.value.Expert />;
  return (
    <>
      <div class="page-head">
        <h1>Expert</h1>
      </div>
      {fault.value ? <Fault message={fault.value} /> : <Skeleton lines={6} label="Loading the list" />}
    </>
  );
}
