import type { AuditAnswer, DeedRow } from "../answers.ts";
import type { ReadonlySignal } from "@preact/signals";
import type { Topic } from "../store.ts";
import { words } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { When } from "./alert-history.tsx";

const COLUMNS: readonly Column<DeedRow>[] = [
  { name: "at", head: "When", key: (row) => row.at, cell: (row) => <When at={row.at} /> },
  { name: "actor", head: "Who", key: (row) => row.actor },
  { name: "what", head: "Did", key: (row) => row.what, cell: (row) => words(row.what) },
  {
    name: "object",
    head: "To what",
    cell: (row) => (
      <span class="long" title={row.object}>
        {row.object}
      </span>
    ),
  },
];

const identity = (row: DeedRow): string => [row.at, row.actor, row.what, row.object].join("/");

/** Who did what. */
export const AuditCard = ({ of }: { of: ReadonlySignal<Topic<AuditAnswer>> }) => (
  <Card title="Who did what" note="newest first" width="w7">
    <Known of={of}>
      {({ deeds }) => (
        <Table
          name="audit"
          label="What was done, and by whom"
          rows={deeds}
          columns={COLUMNS}
          identity={identity}
          empty="Nobody has done anything yet."
          height={300}
        />
      )}
    </Known>
  </Card>
);
