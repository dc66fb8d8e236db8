import { useId, useState } from 'preact/hooks';
import type { Partition, Task } from '../api';
import { count } from '../format';
import { Pager, usePages } from './pager';
import { Table } from './table';

type Row = Partition & { task: number };

export function PartitionTable({ tasks }: { tasks: Task[] }) {
  const [byLag, setByLag] = useState(false);
  const id = useId();
  const rows: Row[] = tasks.flatMap((task) => task.partitions.map((partition) => ({ ...partition, task: task.id })));
  rows.sort(byLag ? (a, b) => (b.lag ?? -1) - (a.lag ?? -1) || byName(a, b) : byName);
  const pages = usePages(rows);
  if (rows.length === 0) return <p>No task has a partition.</p>;
  return (
    <>
      <p>
        <input type="checkbox" id={id} checked={byLag} onChange={(event) => setByLag(event.currentTarget.checked)} />{' '}
        <label for={id}>The greatest lag first</label>
      </p>
      <Table
        label="Partitions"
        caption="Each partition with its position, the end of its log, and the task that reads it"
        columns={['Topic', 'Partition', 'Position', 'End', 'Lag', 'Task']}
      >
        {pages.shown.map((row) => (
          // With the task: while a partition changes hands, two have it for a moment.
          <tr key={`${row.task} ${row.topic}-${row.partition}`}>
            <th scope="row">{row.topic}</th>
            <td class="number">{row.partition}</td>
            <td class="number">{count(row.position)}</td>
            <td class="number">{count(row.end)}</td>
            {/* Of what is not known there is no difference. */}
            <td class="number">{count(row.lag)}</td>
            <td class="number">{row.task}</td>
          </tr>
        ))}
      </Table>
      <Pager of={pages} what="partitions" />
    </>
  );
}

function byName(a: Partition, b: Partition): number {
  return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1;
}
