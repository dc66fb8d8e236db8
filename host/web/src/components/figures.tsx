import type { SeenConnector } from '../api';
import { NONE, byteRate, count, latencyOf, legName, rate, seconds } from '../format';
import { Fact } from './fact';

// The numbers of this moment, each with its name.
export function Figures({ connector }: { connector: SeenConnector }) {
  const { now, tasks } = connector;
  const known = now.at !== 0;
  const latency = latencyOf(now);
  return (
    <dl class="figures">
      <Fact name="Records/s" value={known ? rate(now.records_per_s) : NONE} />
      <Fact name="Bytes/s" value={known ? byteRate(now.bytes_per_s) : NONE} />
      <Fact name="Lag" value={known && tasks.length > 0 ? count(now.lag) : NONE} />
      <Fact name={`Latency, ${legName(latency.leg)}`} value={seconds(latency.value)} />
      <Fact name="A batch in the sink" value={seconds(now.put_s)} />
      <Fact name="Failures/s" value={known ? rate(now.failures_per_s) : NONE} />
      <Fact name="Tasks running" value={`${count(tasks.filter((task) => task.state === 'RUNNING').length)}/${count(tasks.length)}`} />
      <Fact name="Records rejected" value={count(connector.records_rejected)} />
      <Fact name="Dead letters" value={count(connector.dead_letters)} />
    </dl>
  );
}
