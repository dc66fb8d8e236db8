import type { ComponentChildren } from 'preact';
import { ScrollRegion } from './scroll_region';

interface Props {
  label: string;   // of the frame in which it moves
  caption: string; // for screen readers
  columns: ComponentChildren[];
  firstStays?: boolean; // the first column, while the others move
  children: ComponentChildren; // the rows
}

export function Table({ label, caption, columns, firstStays = false, children }: Props) {
  return (
    <ScrollRegion label={label}>
      <table class={firstStays ? 'first-stays' : undefined}>
        <caption>
          <span class="unseen">{caption}</span>
        </caption>
        <thead>
          <tr>
            {columns.map((column, at) => (
              <th key={at} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </ScrollRegion>
  );
}
