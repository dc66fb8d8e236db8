import { useMemo } from 'preact/hooks';
import type { History, Point, Span } from '../api';
import { WHOLE_WAY, count, legName, rate, seconds, short } from '../format';
import { Chart, type Line } from './chart';

// Points so far apart are still joined: a sink that gets a batch every few seconds has a line, and a pause is seen as one.
const NEAR: Record<Span, number> = { minutes: 15, hours: 2 };

export function HistoryCharts({ history, span }: { history: History; span: Span }) {
  // Made once for each answer: a chart draws anew when its lines are others.
  const { at, rates, lags, puts, legs } = useMemo(() => linesOf(history.points), [history]);
  if (at.length < 2) return <p>There is nothing to draw yet: {span === 'minutes' ? 'the first points come in a few seconds.' : 'there is one point a minute.'}</p>;
  const near = NEAR[span];
  return (
    <div class="charts">
      <Chart title="Records/s that the sink has taken" at={at} lines={rates} near={near} format={rate} axis={short} />
      <Chart title="Lag in records" at={at} lines={lags} near={near} format={count} axis={short} />
      <Chart title="Time of a batch in the sink" at={at} lines={puts} near={near} format={seconds} axis={seconds} />
      <Chart title="Latency, each leg of a record's way" at={at} lines={legs} near={near} format={seconds} axis={seconds} />
    </div>
  );
}

function linesOf(points: Point[]): { at: number[]; rates: Line[]; lags: Line[]; puts: Line[]; legs: Line[] } {
  const line = (name: string, value: (point: Point) => number | null): Line => ({ name, values: points.map(value) });
  // A leg is there from when the first record has travelled it, so the last point knows them all.
  const names = Object.keys(points[points.length - 1]?.latency_s ?? {});
  return {
    at: points.map((point) => point.at / 1000),
    rates: [line('records/s', (point) => point.records_per_s)],
    lags: [line('lag', (point) => point.lag)],
    puts: [line('batch', (point) => point.put_s)],
    legs: names.map((name) => ({ ...line(legName(name), (point) => point.latency_s[name] ?? null), bold: name === WHOLE_WAY })),
  };
}
