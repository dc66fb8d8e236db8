import type { Task } from '../api';
import { bytes, count, dateTime } from '../format';
import { ScrollRegion } from './scroll_region';
import { StateBadge } from './state_badge';

export function TaskTable({ tasks }: { tasks: Task[] }) {
  if (tasks.length === 0) return <p>There are no tasks.</p>;
  return (
    <ScrollRegion label="Tasks">
      <table class="first-stays">
        <caption>
          <span class="unseen">Each task with its state and what it has counted since it was started</span>
        </caption>
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">State</th>
            <th scope="col">Read</th>
            <th scope="col">Bytes read</th>
            <th scope="col">Given to the sink</th>
            <th scope="col">Written</th>
            <th scope="col">Not yet durable</th>
            <th scope="col">Rejected</th>
            <th scope="col">Dead letters</th>
            <th scope="col">Last error</th>
          </tr>
        </thead>
        <tbody>
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
        </tbody>
      </table>
    </ScrollRegion>
  );
}
