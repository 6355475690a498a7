// A table of text with a caption. It may be wider than the screen, so it scrolls and can be reached by keyboard.

export interface Row {
  readonly key: string;
  readonly cells: readonly string[];
  /** Marks the row as one to look at. */
  readonly odd?: boolean;
}

interface DataTableProps {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly Row[];
}

export function DataTable({ caption, head, rows }: DataTableProps) {
  return (
    <section class="scroll" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {head.map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells, odd }) => (
            <tr key={key} class={odd ? 'odd' : undefined}>
              {cells.map((cell, column) =>
                column === 0 ? (
                  <th scope="row" key={head[column]}>
                    {cell}
                  </th>
                ) : (
                  <td key={head[column]}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Both ends of a long hex text. */
export const short = (hex: string) => `${hex.slice(0, 10)}…${hex.slice(-6)}`;
