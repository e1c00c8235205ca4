const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  kb: 1000,
  kib: 1024,
  m: 1024 ** 2,
  mb: 1e6,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1e9,
  gib: 1024 ** 3,
  t: 1024 ** 4,
  tb: 1e12,
  tib: 1024 ** 4,
};

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Reads a whole number above 0, such as `2_000`; null for anything else. */
export function readCount(text: string): number | null {
  const digits = text.trim().replaceAll('_', '');
  const count = Number(digits);
  return /^\d+$/.test(digits) && count > 0 && Number.isSafeInteger(count) ? count : null;
}

/** Reads a size such as `8GiB`, `500MB` or `1073741824` in bytes; null for anything else. */
export function readBytes(text: string): number | null {
  return readQuantity(text, unitBytes);
}

/** Reads a duration such as `7d`, `12h` or `90s` in milliseconds; null for anything else. */
export function readAge(text: string): number | null {
  return readQuantity(text, unitMs);
}

/** Formats a size so that {@link readBytes} reads it. */
export function formatBytes(bytes: number): string {
  return formatQuantity(bytes, { TiB: 1024 ** 4, GiB: 1024 ** 3, MiB: 1024 ** 2, KiB: 1024, B: 1 });
}

/** Formats a duration so that {@link readAge} reads it. */
export function formatAge(ms: number): string {
  return formatQuantity(ms, { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 });
}

function formatQuantity(value: number, units: Readonly<Record<string, number>>): string {
  const [unit, factor] = Object.entries(units).find(([, one]) => value % one === 0) ?? ['', 1];
  return `${value / factor}${unit}`;
}

function readQuantity(text: string, units: Readonly<Record<string, number>>): number | null {
  const [, digits = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const factor = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined;
  const value = factor === undefined || digits === '' ? 0 : Math.floor(Number(digits) * factor);
  return value > 0 && Number.isSafeInteger(value) ? value : null;
}
