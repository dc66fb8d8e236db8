import type { Replay } from '../api';
import { NONE, count } from '../format';
import { Pager, usePages } from './pager';
import { Table } from './table';

// "3 replayed, 1 refused", in the host's words.
export function fateCounts(report: Replay): string {
  const fates = new Map<string, number>();
  for (const { fate } of report.letters) fates.set(fate, (fates.get(fate) ?? 0) + 1);
  return fates.size === 0 ? 'no letters' : [...fates].map(([fate, times]) => `${count(times)} ${fate}`).join(', ');
}

export function ReplayReport({ report, label }: { report: Replay; label: string }) {
  const pages = usePages(report.letters);
  return (
    <>
      <p>{fateCounts(report)}.</p>
      {report.message !== '' && <p class="problem">It stopped: {report.message}</p>}
      {report.remarks?.map((remark) => (
        <p key={remark} class="note">
          {remark}
        </p>
      ))}
      {report.letters.length > 0 && (
        <Table label={label} caption={label} columns={['Letter', 'Record', 'Fate', 'Why']}>
          {pages.shown.map((letter) => (
            <tr key={letter.letter}>
              <th scope="row">{letter.letter}</th>
              <td>{letter.origin || NONE}</td>
              <td>{letter.fate}</td>
              <td class="reason">{letter.why}</td>
            </tr>
          ))}
        </Table>
      )}
      <Pager of={pages} what={label} />
    </>
  );
}
