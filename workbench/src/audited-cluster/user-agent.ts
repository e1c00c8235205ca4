/** Agents with this prefix are live tests: their events are kept apart and never make an endpoint tested. */
export const liveTestPrefix = 'live-test-writing';

/** The API server cuts an agent at 1,024 bytes, maybe inside a character. */
const maxAgentBytes = 900;

/**
 * Formats the user agent of a live test: `live-test-writing -- <test name>`.
 *
 * @param testName any text; control characters and line ends become spaces, and the agent is cut below 900 bytes of
 *   UTF-8, between characters
 */
export function formatLiveTestAgent(testName: string): string {
  const name = testName.replace(/[\p{Cc}\u2028\u2029]/gu, ' ').trim();
  return name === '' ? liveTestPrefix : cutAtCharacter(`${liveTestPrefix} -- ${name}`, maxAgentBytes).trimEnd();
}

/** Node sends header values as latin1; to send UTF-8 unchanged, each byte is passed as one character. */
export function encodeHeader(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function cutAtCharacter(text: string, limitBytes: number): string {
  if (Buffer.byteLength(text) < limitBytes) return text;
  let bytes = 0;
  let cut = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes >= limitBytes) break;
    cut += character;
  }
  return cut;
}
