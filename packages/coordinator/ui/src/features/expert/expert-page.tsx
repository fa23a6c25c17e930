import { loadPart, useAsked } from "../../api/asked.ts";
import { Fault, Skeleton } from "../../components/page-parts.tsx";

/** The list and its reader are larger than all other pages: they are loaded on demand. */
export function ExpertPage() {
  const { answer: part, fault } = useAsked(() => loadPart(import("./expert.tsx")), []).value;
  if (part) return <part.Expert />;
  return (
    <>
      <div class="page-head">
        <h1>Expert</h1>
      </div>
      {fault ? <Fault message={fault} /> : <Skeleton lines={6} label="Loading the list" />}
    </>
  );
}
