import { readProcessorMs, readServerProcessorMs } from './process-figures.ts';
import type { Sent } from './sending/order.ts';

/** Milliseconds of processor for 1,000 events. */
export interface ProcessorTime {
  auditlogger: number;
  postgres: number;
  /** Not part of what is judged: it shows how much of the machine measuring takes. */
  sender: number;
}

/** Measures who used how much processor while something is sent. */
export async function measureProcessorTime(
  processes: { auditlogger: number; postmaster: number },
  send: () => Promise<Sent>,
): Promise<{ sent: Sent; processor: ProcessorTime }> {
  const read = (): [number, number] => [
    readProcessorMs(processes.auditlogger),
    readServerProcessorMs(processes.postmaster),
  ];
  const before = read();
  const sent = await send();
  const after = read();
  const thousands = sent.events / 1000;
  return {
    sent,
    processor: {
      auditlogger: (after[0] - before[0]) / thousands,
      postgres: (after[1] - before[1]) / thousands,
      sender: sent.processorMs / thousands,
    },
  };
}
