import type { Task } from '../api';
import { count } from '../format';
import { Table } from './table';

// The host's words, and what they mean to somebody who has to decide whether to do something.
const MEANING: Record<string, string> = {
  retry: 'time mends it: the same call was made again',
  restart: 'a new sink mends it: it was made anew and read again from the last position',
  data: 'a record was refused',
  fatal: 'a person is needed',
};

export function FailureTable({ tasks }: { tasks: Task[] }) {
  const sums = new Map<string, number>();
  for (const task of tasks) for (const [kind, times] of Object.entries(task.failures)) sums.set(kind, (sums.get(kind) ?? 0) + times);
  if (sums.size === 0) return <p>Nothing is counted, since there are no tasks.</p>;
  return (
    <Table label="Failures" caption="Calls of the sink that failed, by what mends it" columns={['Kind', 'Calls that failed', 'What it means']}>
      {[...sums].map(([kind, times]) => (
        <tr key={kind}>
          <th scope="row">{kind}</th>
          <td class="number">{count(times)}</td>
          <td>{MEANING[kind] ?? ''}</td>
        </tr>
      ))}
    </Table>
  );
}
