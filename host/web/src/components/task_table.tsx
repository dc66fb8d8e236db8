import type { Task } from '../api';
import { bytes, count, dateTime } from '../format';
import { Table } from './table';
import { StateBadge } from './state_badge';

export function TaskTable({ tasks }: { tasks: Task[] }) {
  if (tasks.length === 0) return <p>There are no tasks.</p>;
  return (
    <Table
      label="Tasks"
      caption="Each task with its state and what it has counted since it was started"
      columns={['Task', 'State', 'Read', 'Bytes read', 'Given to the sink', 'Written', 'Not yet durable', 'Rejected', 'Dead letters', 'Last error']}
      firstStays
    >
      {tasks.map((task) => (
        <tr key={task.id}>
          <th scope="row">{task.id}</th>
          <td>
            <StateBadge state={task.state} condition={task.condition} hangs={task.hangs} />
            {task.condition !== '' && <p class="why">{task.condition}</p>}
            {task.trace !== '' && (
              <details>
                <summary>What happened</summary>
                <pre class="trace">{task.trace}</pre>
              </details>
            )}
          </td>
          <td class="number">{count(task.records_read)}</td>
          <td class="number">{bytes(task.bytes_read)}</td>
          <td class="number">{count(task.records_sent)}</td>
          <td class="number">{count(task.records_written)}</td>
          <td class="number">{count(task.records_active)}</td>
          <td class="number">{count(task.records_rejected)}</td>
          <td class="number">{count(task.dead_letters)}</td>
          <td>{task.last_error_ms === null ? 'none' : dateTime(task.last_error_ms)}</td>
        </tr>
      ))}
    </Table>
  );
}
