import { useEffect, useId, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { NONE, clock, clockMinutes } from '../format';
import { useStore } from '../store';
import { theme } from '../theme';
import { DASHES, strokeOf } from './line_style';

export interface Line {
  name: string;
  values: (number | null)[];
  bold?: boolean;
}

interface Props {
  title: string;
  at: number[]; // seconds since 1970, growing
  lines: Line[];
  near: number; // so many points apart two values are still joined
  format: (value: number | null | undefined) => string;
  axis: (value: number) => string;
}

const HEIGHT = 200;

// The curves are a picture. What they say stands below in words: the last value and the range, or the values under the pointer.
export function Chart({ title, at, lines, near, format, axis }: Props) {
  const { shown: shownTheme } = useStore(theme);
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const titleId = useId();
  const textId = useId();
  const drawn = lines.filter((line) => line.values.some((value) => value !== null));
  const data = dataOf(at, drawn);
  const names = drawn.map((line) => line.name).join('\n');

  // Colours and lines are fixed when a plot is made; with others it is made anew.
  useEffect(() => {
    const element = box.current;
    if (!element || drawn.length === 0) return;
    const made = new uPlot(optionsOf(element.clientWidth, drawn, near, axis, setPointed), data, element);
    plot.current = made;
    const resize = new ResizeObserver(() => {
      const width = element.clientWidth;
      if (width > 0 && width !== made.width) made.setSize({ width, height: HEIGHT });
    });
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
      setPointed(null);
    };
  }, [shownTheme, names, near]);

  useEffect(() => {
    plot.current?.setData(data);
  }, [at, lines]);

  const index = pointed !== null && pointed < at.length ? pointed : null;
  return (
    <figure class="chart">
      <figcaption id={titleId}>{title}</figcaption>
      <div class={drawn.length === 0 ? 'plot none' : 'plot'} role="img" aria-labelledby={titleId} aria-describedby={textId} ref={box} />
      <div id={textId}>
        {drawn.length === 0 && <p class="faint">{NONE}</p>}
        {drawn.length > 0 && <p class="faint">{index === null ? 'Last value, and range:' : `At ${clock(at[index] * 1000)}:`}</p>}
        <ul class="legend">
          {drawn.map((line, i) => (
            <li key={line.name}>
              <svg class="sample" viewBox="0 0 24 8" aria-hidden="true">
                <path class={`line-${i % DASHES.length}`} stroke-dasharray={DASHES[i % DASHES.length].join(' ') || 'none'} d="M0 4H24" />
              </svg>
              {line.name}: {index === null ? summary(line.values, format) : format(line.values[index])}
            </li>
          ))}
        </ul>
      </div>
    </figure>
  );
}

function dataOf(at: number[], lines: Line[]): uPlot.AlignedData {
  return [at, ...lines.map((line) => line.values)];
}

function summary(values: (number | null)[], format: (value: number) => string): string {
  const known = values.filter((value): value is number => value !== null);
  const last = values[values.length - 1];
  const range = `${format(Math.min(...known))} to ${format(Math.max(...known))}`;
  return last === null ? `${NONE} at the moment; ${range}` : `${format(last)}; ${range}`;
}

function optionsOf(width: number, lines: Line[], near: number, axis: (value: number) => string, point: (index: number | null) => void): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axisLook = { stroke: colour('--faint'), font: '12px system-ui, sans-serif', grid: { stroke: colour('--grid'), width: 1 }, ticks: { show: false } };
  return {
    width: Math.max(width, 50),
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false, setScale: false }, sync: { key: 'sluice' } },
    scales: {
      x: { time: true },
      // From 0, so that a small change of a large number does not look like a fall.
      y: { range: (_plot: uPlot, _min: number | null, max: number | null): [number, number] => [0, max !== null && max > 0 ? max * 1.1 : 1] },
    },
    axes: [
      {
        ...axisLook,
        space: 90,
        values: (_plot: uPlot, splits: number[], _axis: number, _space: number, step: number) =>
          splits.map((split) => (step < 60 ? clock(split * 1000) : clockMinutes(split * 1000))),
      },
      { ...axisLook, size: 64, values: (_plot: uPlot, splits: number[]) => splits.map(axis) },
    ],
    series: [
      {},
      ...lines.map((line, i): uPlot.Series => ({
        label: line.name,
        stroke: colour(strokeOf(i)),
        dash: DASHES[i % DASHES.length],
        width: line.bold ? 2.5 : 1.5,
        gaps: (made: uPlot, series: number) => gapsOf(made, series, near),
        // A value with no other near it would be no line, hence nothing to see.
        points: { show: false, size: 5, stroke: colour(strokeOf(i)), fill: colour(strokeOf(i)), filter: (made: uPlot, series: number) => lonely(made, series, near) },
      })),
    ],
    hooks: { setCursor: [(made: uPlot) => point(made.cursor.idx ?? null)] },
  };
}

// Where nothing was known for longer than `near` points, the line is cut: in pixels from one known point to the next.
function gapsOf(made: uPlot, series: number, near: number): [number, number][] {
  const gaps: [number, number][] = [];
  const known = knownOf(made, series);
  for (let i = 1; i < known.length; ++i)
    if (known[i] - known[i - 1] > near) gaps.push([pixelOf(made, known[i - 1]), pixelOf(made, known[i])]);
  return gaps;
}

function lonely(made: uPlot, series: number, near: number): number[] | null {
  const known = knownOf(made, series);
  const alone = known.filter((at, i) => (i === 0 || at - known[i - 1] > near) && (i === known.length - 1 || known[i + 1] - at > near));
  return alone.length > 0 ? alone : null;
}

function knownOf(made: uPlot, series: number): number[] {
  const known: number[] = [];
  const values = made.data[series];
  for (let i = 0; i < values.length; ++i) if (values[i] != null) known.push(i);
  return known;
}

function pixelOf(made: uPlot, index: number): number {
  return Math.round(made.valToPos(made.data[0][index] as number, 'x', true));
}
