// Ethereum's head and the last final block over the time that the page has been open. The colours are those of the page, read
// again when it turns light or dark; whoever cannot see the drawing finds the two numbers in its name. The library is loaded apart:
// it refuses browsers with an unusual language, and the rest of the page does not depend on it.

import { useEffect, useRef, useState } from 'preact/hooks';
import type UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Sample } from './node-data.ts';

const HEIGHT = 200;
const TIME_STEPS_S = [1, 5, 10, 30, 60, 300, 600, 1_800, 3_600];
const DARK = '(prefers-color-scheme: dark)';

export function Chart({ history }: { readonly history: readonly Sample[] }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | undefined>(undefined);
  const shown = useRef(history);
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    const left = new AbortController();
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: box.clientWidth, height: HEIGHT }));
    import('uplot').then(
      ({ default: Plot }) => {
        if (left.signal.aborted) return;
        const draw = () => {
          plot.current?.destroy();
          plot.current = new Plot(optionsFor(box), columnsOf(shown.current), box);
        };
        draw();
        matchMedia(DARK).addEventListener('change', draw, { signal: left.signal });
        resized.observe(box);
      },
      () => setMissing(true),
    );
    return () => {
      left.abort();
      resized.disconnect();
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => {
    shown.current = history;
    plot.current?.setData(columnsOf(history));
  }, [history]);
  const last = history.at(-1);
  return (
    <section aria-labelledby="over-time">
      <h2 id="over-time">Head and final block over time</h2>
      <div
        class="chart"
        ref={place}
        role="img"
        aria-label={`Chart: Ethereum's head is at ${last?.head ?? 'no block'}, final is ${last?.final ?? 'no block'}`}
      />
      {missing && <p class="hint">This browser cannot draw it.</p>}
    </section>
  );
}

function columnsOf(history: readonly Sample[]): UPlot.AlignedData {
  return [history.map(({ at }) => at), history.map(({ head }) => head), history.map(({ final }) => final)];
}

function optionsFor(box: HTMLElement): UPlot.Options {
  const style = getComputedStyle(box);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line') } };
  return {
    width: box.clientWidth,
    height: HEIGHT,
    cursor: { drag: { x: false, y: false } },
    legend: { live: false },
    axes: [
      { ...axis, incrs: TIME_STEPS_S },
      { ...axis, size: 60, incrs: [1, 2, 5, 10, 20, 50, 100, 1_000, 10_000], values: (_, ticks) => ticks.map(String) },
    ],
    series: [
      { label: 'time' },
      { label: 'head', stroke: colour('--quiet'), width: 2, dash: [6, 4] },
      { label: 'final', stroke: colour('--accent'), width: 2 },
    ],
  };
}
