/** Sends bodies as the messages of its parent say, and ends when the parent does. */
import { BodyStock, differentEvents } from './body-stock.ts';
import { sendInClosedLoop, sendInOpenLoop } from './loops.ts';
import type { Job, Order, Report } from './order.ts';

const stocks = new Map<number, BodyStock>();

function prepare(order: Extract<Order, { kind: 'prepare' }>): BodyStock {
  const { endpoints, job } = order;
  const stock = stocks.get(job.eventsPerBody) ?? new BodyStock(endpoints, job.eventsPerBody);
  stocks.set(job.eventsPerBody, stock);
  // Enough for all that are under way at once.
  stock.fill(Math.max(job.connections ?? 0, Math.ceil(differentEvents / job.eventsPerBody)));
  return stock;
}

async function send(job: Job): Promise<Report> {
  const stock = stocks.get(job.eventsPerBody);
  if (stock === undefined) return { kind: 'failed', reason: 'nothing is prepared' };
  const processor = process.cpuUsage();
  const started = performance.now();
  const firstNumber = BodyStock.nextNumber;
  const { answers, latenciesMs } =
    job.perSecond === undefined
      ? await sendInClosedLoop(stock, { ...job, connections: job.connections ?? 1 })
      : await sendInOpenLoop(stock, { ...job, perSecond: job.perSecond });
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(processor);
  const events = job.bodies * job.eventsPerBody;
  const processorMs = (user + system) / 1000;
  return {
    kind: 'sent',
    sent: { bodies: job.bodies, events, firstNumber, seconds, latenciesMs, answers, processorMs },
  };
}

process.on('message', async (order: Order) => {
  let report: Report;
  try {
    if (order.kind === 'prepare') {
      prepare(order);
      report = { kind: 'prepared' };
    } else report = await send(order.job);
  } catch (error) {
    report = { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
  process.send?.(report);
});
process.once('disconnect', () => process.exit());
