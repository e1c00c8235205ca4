/** One measured number, what it should be, and what it must be. */
export interface Figure {
  /** What was measured, in words. */
  what: string;
  measured: number;
  /** `ms`, `µs`, `MiB`; `times` for a ratio. */
  unit: string;
  /** What is aimed at. */
  target: number;
  /** Beyond this it is a fault; null: the number is told, not judged. */
  floor: number | null;
  /** Whether the number should be low or high. */
  better: 'less' | 'more';
}

/** What a part of the benchmark found. */
export interface Measurement {
  figures: Figure[];
  /** Whatever else a reader should know: lines. */
  notes?: string[];
}

/** Whether a figure is at least as good as a limit. */
function reaches({ measured, better }: Figure, limit: number): boolean {
  return better === 'less' ? measured <= limit : measured >= limit;
}

export function missesFloor(figure: Figure): boolean {
  return figure.floor !== null && !reaches(figure, figure.floor);
}

/** A line for each figure: the number, its target and its floor. */
export function printFigures(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map((figure) => figure.what.length));
  return figures
    .map((figure) => {
      const { what, measured, unit, target, floor } = figure;
      const limits = `target ${write(target)}${floor === null ? '' : `, floor ${write(floor)}`}`;
      const verdict = reaches(figure, target) ? 'reached' : missesFloor(figure) ? 'FLOOR MISSED' : 'target missed';
      return `${what.padEnd(width)}  ${write(measured).padStart(8)} ${unit.padEnd(5)}  ${limits}: ${verdict}`;
    })
    .join('\n');
}

function write(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : String(Number(value.toFixed(2)));
}
