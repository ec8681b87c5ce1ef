import { BYS, noteOf, shares, type By, type Share } from "../breakdown.ts";
import { negate } from "../decimal.ts";
import { amount, reason } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Figure, toneOf } from "../parts/figure.tsx";
import { chosen, LinkChoices } from "../parts/link-choices.tsx";
import { Known } from "../parts/state.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { topic } from "../store.ts";

type Part = "realized" | "unrealized" | "fees" | "funding" | "net" | "hour" | "day" | "drawdown";

const why = (row: Share, part: Part): string =>
  (part === "fees" || part === "funding") && row.unpriced === null
    ? "not all in the settlement currency"
    : reason(row.unpriced);

function figure(
  head: string,
  part: Part,
  more: Partial<Column<Share>> & { turned?: boolean } = {},
): Column<Share> {
  const { turned = false, ...rest } = more;
  const value = (row: Share): string | null => {
    const found = row[part] ?? null;
    return found !== null && turned ? negate(found) : found;
  };
  return {
    name: part,
    head,
    figure: true,
    key: value,
    cell: (row) => {
      const found = value(row);
      const text = found === null ? null : amount(found, row.currency, part !== "drawdown");
      return <Figure text={text} tone={toneOf(text ?? "")} why={why(row, part)} />;
    },
    ...rest,
  };
}

const columns = (by: By): readonly Column<Share>[] => [
  {
    name: "name",
    head: by[0]?.toUpperCase() + by.slice(1),
    key: (row) => row.name,
    cell: (row) => (
      <>
        {row.name}
        {row.where !== "" && <small class="narrow">{row.where}</small>}
      </>
    ),
  },
  ...(by === "strategy" || by === "symbol"
    ? [
        {
          name: "where",
          head: by === "strategy" ? "Account" : "Venue",
          wide: true,
          key: (row: Share) => row.where,
          cell: (row: Share) => row.where,
        },
      ]
    : []),
  figure("Net", "net"),
  figure("Today", "day"),
  figure("This hour", "hour", { wide: true }),
  figure("Realized", "realized", { wide: true }),
  figure("Unrealized", "unrealized", { wide: true }),
  figure("Fees", "fees", { wide: true, turned: true }),
  figure("Funding", "funding", { wide: true }),
  ...(by === "strategy" || by === "account"
    ? [figure("Drawdown", "drawdown", { wide: true })]
    : []),
  {
    name: "in",
    head: "In",
    key: (row) => row.currency,
    cell: (row) => <small>{row.currency}</small>,
  },
];

/** Made once: the table draws a row again where its columns are others. */
const COLUMNS = Object.fromEntries(BYS.map((by) => [by, columns(by)])) as Record<
  By,
  readonly Column<Share>[]
>;

const identity = (row: Share): string => [row.name, row.where, row.currency].join("/");

/** What each earned: by strategy, account, venue or symbol. */
export function PnlTableCard() {
  const by = chosen("by", BYS);
  const positions = topic("positions").value.value;
  return (
    <Card
      title="Attribution"
      note={noteOf(by, positions?.at_rest)}
      actions={<LinkChoices label="By" name="by" options={BYS} />}
    >
      <Known of={topic("pnl")}>
        {(pnl) => (
          <Table
            name="pnl"
            label={`Attribution by ${by}`}
            rows={shares(by, pnl, positions ?? { as_of: 0, positions: [] })}
            columns={COLUMNS[by]}
            identity={identity}
            order="-net"
            text={identity}
            empty="Nothing was traded yet."
          />
        )}
      </Known>
    </Card>
  );
}
