import type { Arc } from './arcs.ts';

/** The arc that an arrow key reaches: around the ring, outwards or inwards. null: the key moves nowhere. */
export function moveAlongArcs(arcs: readonly Arc[], from: Arc | null, key: string): Arc | null {
  if (from === null) return isMove(key) ? (arcs[0] ?? null) : null;
  const ring = arcs.filter((one) => one.ring === from.ring);
  const place = ring.indexOf(from);
  const middle = (from.start + from.end) / 2;
  const covers = (one: Arc): boolean => one.start <= middle && middle < one.end;
  switch (key) {
    case 'ArrowRight':
      return ring[(place + 1) % ring.length] ?? null;
    case 'ArrowLeft':
      return ring[(place + ring.length - 1) % ring.length] ?? null;
    case 'ArrowUp':
      return arcs.find((one) => one.ring === from.ring + 1 && one.start >= from.start && one.start < from.end) ?? from;
    case 'ArrowDown':
      return arcs.find((one) => one.ring === from.ring - 1 && covers(one)) ?? from;
    case 'Home':
      return ring[0] ?? null;
    case 'End':
      return ring.at(-1) ?? null;
    default:
      return null;
  }
}

function isMove(key: string): boolean {
  return ['ArrowRight', 'ArrowLeft', 'ArrowUp', 'ArrowDown', 'Home', 'End'].includes(key);
}

/** Angles of a ring's last arc may differ from those around it by rounding. */
const rounding = 1e-9;

/** Whether an arc is the pointed one, lies around it, or within it; the others are dimmed. */
export function isRelated(one: Arc, pointed: Arc): boolean {
  if (one.key === pointed.key) return true;
  const [around, within] = one.ring < pointed.ring ? [one, pointed] : [pointed, one];
  return around.ring < within.ring && around.start <= within.start + rounding && within.end <= around.end + rounding;
}
