import type { SeenConnector } from '../api';
import { NONE, byteRate, count, latencyOf, legName, rate, seconds } from '../format';

// The numbers of this moment, each with its name.
export function Figures({ connector }: { connector: SeenConnector }) {
  const { now, tasks } = connector;
  const known = now.at !== 0;
  const latency = latencyOf(now);
  return (
    <dl class="figures">
      <Figure name="Records/s" value={known ? rate(now.records_per_s) : NONE} />
      <Figure name="Bytes/s" value={known ? byteRate(now.bytes_per_s) : NONE} />
      <Figure name="Lag" value={known && tasks.length > 0 ? count(now.lag) : NONE} />
      <Figure name={`Latency, ${legName(latency.leg)}`} value={seconds(latency.value)} />
      <Figure name="A batch in the sink" value={seconds(now.put_s)} />
      <Figure name="Failures/s" value={known ? rate(now.failures_per_s) : NONE} />
      <Figure name="Tasks running" value={`${count(tasks.filter((task) => task.state === 'RUNNING').length)}/${count(tasks.length)}`} />
      <Figure name="Records rejected" value={count(connector.records_rejected)} />
      <Figure name="Dead letters" value={count(connector.dead_letters)} />
    </dl>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
